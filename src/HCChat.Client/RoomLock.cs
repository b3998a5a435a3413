using System.Text.Json;
using HCChat.Crypto;

namespace HCChat.Client;

/// <summary>What a room's protection makes of texts on their way out and in.</summary>
internal sealed class RoomLock(RoomAccess access, TimeProvider time) : IDisposable
{
    private readonly RoomPolicy policy = new(access.Protection);
    private RoomCipher? cipher;
    private LegacyEnvelope? legacy;
    private byte[]? salt;

    public string? Kid => cipher?.Kid;

    /// <summary>Derives the keys on the first <c>onlineSet</c>, and holds the server to the salt it named then.</summary>
    /// <exception cref="RoomSaltChangedException">Another salt than before.</exception>
    public void Unlock(JsonElement onlineSet)
    {
        var named = SaltOf(onlineSet);
        if (salt is not null)
        {
            if (access.IsSalted && !salt.AsSpan().SequenceEqual(named))
            {
                throw new RoomSaltChangedException();
            }
            return;
        }
        switch (access.Protection)
        {
            case RoomProtection.Passphrase:
                cipher = new RoomCipher(new KeyRing(access.DeriveKeys(named)), access.Channel, time);
                break;
            case RoomProtection.HChat:
                legacy = access.DeriveLegacy();
                break;
        }
        salt = named;
    }

    public (string Text, string Mid) Seal(string nick, TextBody body, string? replyTo)
    {
        if (cipher is not null)
        {
            var message = cipher.Seal(nick, body, replyTo);
            return (message.Text, message.Content.Id);
        }
        if (legacy is not null)
        {
            return (legacy.Seal(body.Emote ? "/me " + body.Text : body.Text), ContentJson.NewId());
        }
        return policy.MaySendPlain
            ? (RoomPolicy.PlainText(body.Text), ContentJson.NewId())
            : throw new RoomClosedException("The room's keys are not there yet.");
    }

    public Incoming Judge(string text) => policy.Judge(text);

    /// <summary>Opens an envelope; the legacy form has no content object and gives text alone.</summary>
    public (OpenedMessage? Message, string? LegacyText) Open(in ReceivedMessage received) =>
        cipher is not null ? (cipher.Open(received), null)
        : legacy is not null ? (null, legacy.Open(received.Text))
        : throw new E2eeException(E2eeError.KeyUnknown);

    public IReadOnlyList<Gap> TakeGaps() => cipher?.TakeGaps() ?? [];

    public void Dispose()
    {
        cipher?.Dispose();
        legacy?.Dispose();
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
