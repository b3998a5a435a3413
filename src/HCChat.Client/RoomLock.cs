using System.Text.Json;
using HCChat.Crypto;

namespace HCChat.Client;

/// <summary>What a room's protection makes of texts on their way out and in.</summary>
internal sealed class RoomLock(RoomAccess access, TimeProvider time, SigningIdentity? identity = null) : IDisposable
{
    /// <summary>How the HChat app marks an action; its texts have no other place for it.</summary>
    public const string LegacyAction = "/me ";

    private readonly RoomPolicy _policy = new(access.Protection);
    private RoomCipher? _cipher;
    private LegacyEnvelope? _legacy;
    private byte[]? _salt;

    public string? Kid => _cipher?.Kid;

    /// <summary>Whether what comes back as ours, says the server, may be: where we sign, what another key or none has signed is not.</summary>
    public bool MayBeMine(OpenedMessage opened) => identity is null || opened.Signer == identity.Key;

    /// <summary>Derives the keys on the first <c>onlineSet</c>, and holds the server to the salt it named then.</summary>
    /// <exception cref="RoomSaltChangedException">Another salt than before.</exception>
    public void Unlock(JsonElement onlineSet) => Unlock(SaltOf(onlineSet));

    /// <inheritdoc cref="Unlock(JsonElement)"/>
    public void Unlock(byte[] named)
    {
        if (_salt is not null)
        {
            if (access.IsSalted && !_salt.AsSpan().SequenceEqual(named))
            {
                throw new RoomSaltChangedException();
            }
            return;
        }
        switch (access.Protection)
        {
            case RoomProtection.Passphrase:
                _cipher = new RoomCipher(new KeyRing(access.DeriveKeys(named)), access.Channel, time, identity);
                break;
            case RoomProtection.HChat:
                _legacy = access.DeriveLegacy();
                break;
        }
        _salt = named;
    }

    /// <summary>Envelopes of the HChat app: what is sealed is text and nothing else.</summary>
    public bool IsLegacy => access.Protection == RoomProtection.HChat;

    /// <summary>Content goes out as an envelope of version 2; otherwise there is text alone.</summary>
    public bool HasContent => access.Protection == RoomProtection.Passphrase;

    /// <exception cref="NotSupportedException">There is no form for it but in envelopes of version 2.</exception>
    public (string Text, string Mid) Seal(string nick, ContentBody body, string? replyTo = null)
    {
        if (_cipher is not null)
        {
            var message = _cipher.Seal(nick, body, replyTo);
            return (message.Text, message.Content.Id);
        }
        var text = body switch
        {
            TextBody said => _legacy is not null && said.Emote ? LegacyAction + said.Text : said.Text,
            EditBody edit => edit.Text,
            _ => throw new NotSupportedException("This kind of room has no sealed form for that."),
        };
        if (_legacy is not null)
        {
            return (_legacy.Seal(text), ContentJson.NewId());
        }
        return _policy.MaySendPlain
            ? (RoomPolicy.PlainText(text), ContentJson.NewId())
            : throw new RoomClosedException("The room's keys are not there yet.");
    }

    /// <summary>What everybody shall hear, as it goes out.</summary>
    public (string Mid, byte[] Frame) SealSaying(string nick, TextBody body, string? replyTo)
    {
        var (text, mid) = Seal(nick, body, replyTo);
        var cmd = body.Emote && access.Protection == RoomProtection.Off ? "emote" : "chat";
        return (mid, Frames.Command(cmd, "ttl", body.Ttl, ("channel", access.Channel), ("text", text), ("mid", mid)));
    }

    /// <summary>Files as they go out: sealed, and beside that what the server has to know of their objects.</summary>
    /// <param name="done">Their objects.</param>
    /// <exception cref="NotSupportedException">There is no form for it but in envelopes of version 2.</exception>
    public (string Mid, byte[] Frame) SealFiles(
        string nick,
        FileBody body,
        IReadOnlyList<UploadState> done,
        string? replyTo
    )
    {
        var (text, mid) = Seal(nick, body, replyTo);
        return (mid, Frames.Files(access.Channel, text, mid, body, done));
    }

    /// <summary>Decrypts an object. What was written is trustworthy only after this returns.</summary>
    /// <exception cref="E2eeException">The codes of spec/crypto.md §7; <see cref="E2eeError.Plain"/>: it is not encrypted, and the room is.</exception>
    public async Task DecryptAsync(SharedFile file, Stream stored, Stream plain, CancellationToken stop)
    {
        if (file.Sealed is { } told)
        {
            await FileCipher
                .DecryptAsync(told.Encryption, told.Key, stored, plain, told.Size, stop: stop)
                .ConfigureAwait(false);
        }
        else if (file is { BareKey: { } objectKey, BareEncryption: { } how } && _cipher is not null)
        {
            using var key = _cipher.FileKey(how.Scheme, objectKey);
            await FileCipher.DecryptAsync(how, key, stored, plain, size: null, stop: stop).ConfigureAwait(false);
        }
        else if (file.IsAppSealed && _legacy is not null)
        {
            await _legacy.DecryptFileAsync(stored, plain, stop).ConfigureAwait(false);
        }
        else if (access.Protection == RoomProtection.Off)
        {
            await stored.CopyToAsync(plain, stop).ConfigureAwait(false);
        }
        else
        {
            throw new E2eeException(E2eeError.Plain);
        }
    }

    public Incoming Judge(string text) => _policy.Judge(text);

    /// <summary>Opens an envelope; the legacy form has no content object and gives text alone.</summary>
    public (OpenedMessage? Message, string? LegacyText) Open(in ReceivedMessage received) =>
        _cipher is not null ? (_cipher.Open(received), null)
        : _legacy is not null ? (null, _legacy.Open(received.Text))
        : throw new E2eeException(E2eeError.KeyUnknown);

    /// <summary>Looks into an envelope of version 2 without taking notice of it; null for what is none, or cannot be opened.</summary>
    public (Content Content, IdentityKey? Signer)? Peek(string text) => _cipher?.Peek(text);

    /// <summary>A key of a call (spec/crypto.md §8).</summary>
    public Secret CallKey(string callId, string identity, uint epoch) =>
        _cipher?.CallKey(callId, identity, epoch) ?? throw new RoomClosedException("The room's keys are not there.");

    public IReadOnlyList<Gap> TakeGaps() => _cipher?.TakeGaps() ?? [];

    public void Dispose()
    {
        _cipher?.Dispose();
        _legacy?.Dispose();
    }

    private static byte[] SaltOf(JsonElement onlineSet)
    {
        if (!onlineSet.TryGetProperty("e2ee", out var e2ee) || e2ee.ValueKind != JsonValueKind.Object)
        {
            return [];
        }
        var salt = new byte[Passphrase.MaxRoomSalt + 2];
        return Convert.TryFromBase64String(e2ee.Text("saltB64") ?? "", salt, out var count)
            ? salt[..count]
            : throw new E2eeException(E2eeError.Format);
    }
}
