using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Geralt;
using HCChat.Protocol;

namespace HCChat.Server.Chat;

/// <summary>Proving to have a key: <c>identify</c> (spec/protocol.md, Identities). The key itself says nothing; what rooms let it do is theirs.</summary>
internal static class Identifying
{
    private const int PublicKeySize = 32;
    private const int SignatureSize = 64;
    private const int FingerprintSize = 15;

    public static async Task IdentifyAsync(Call call)
    {
        if (!call.Charge(2, Fault.RateCommand))
        {
            return;
        }
        if (call.Message.String("accessToken") is { } token)
        {
            await LogInAsync(call, token);
        }
        else
        {
            await ProveAsync(call);
        }
    }

    private static async Task LogInAsync(Call call, string token)
    {
        var access = await call.Chat.Tokens.ReadAccessAsync(token);
        try
        {
            if (access is not { Nick: null } || !await call.Chat.IsGoodAsync(access))
            {
                call.Refuse(Fault.BadToken);
                return;
            }
        }
        catch (TimeoutException)
        {
            call.Refuse(Fault.Unavailable);
            return;
        }
        var isNew = call.Session.Account != access.Subject;
        (call.Session.Account, call.Session.Login) = (access.Subject, access.Login);
        await RecognizeAsync(call, access.Subject, isNew);
    }

    private static async Task ProveAsync(Call call)
    {
        var (session, message) = (call.Session, call.Message);
        if (
            Bytes(message.String("key"), PublicKeySize) is not { } key
            || Bytes(message.String("sig"), SignatureSize) is not { } signature
        )
        {
            call.Refuse(Fault.BadPayload, text: "key and sig are 32 and 64 bytes in base64url.");
            return;
        }
        if (!Ed25519.Verify(signature, Challenge(session.Host, session.Nonce), key))
        {
            call.Refuse(Fault.BadSignature);
            return;
        }
        var name = "key:" + Fingerprint(key);
        var isNew = session.Key != name;
        session.Key = name;
        await RecognizeAsync(call, name, isNew);
    }

    /// <summary>Takes the account away from somebody who has logged out; the rooms that they are in see it at once, and there is another token.</summary>
    public static async Task ForgetAccountAsync(ChatServer chat, Session session)
    {
        (session.Account, session.Login) = (null, null);
        Show(chat, session);
        if (session.Seats.Count > 0)
        {
            await chat.TellSessionAsync(session, restored: false);
        }
    }

    private static void Show(ChatServer chat, Session session)
    {
        foreach (var seat in session.Seats)
        {
            chat.Rooms.With(
                seat.Room,
                room =>
                {
                    (seat.Me.Key, seat.Me.Account) = (session.Key, session.Account);
                    Ranks.Refresh(room, seat.Me);
                }
            );
        }
    }

    // In the rooms that one is in already. The token that was given with them knows nothing of it: there is another.
    private static async Task RecognizeAsync(Call call, string identity, bool isNew)
    {
        var session = call.Session;
        Show(call.Chat, session);
        call.Reply(new Notice("identity").String("identity", identity));
        if (isNew && call.IsOurs && session.Seats.Count > 0)
        {
            await call.Chat.TellSessionAsync(session, restored: false);
        }
    }

    /// <summary>What the key's owner signs.</summary>
    /// <param name="host">The name of the server as its client knows it, so that no other server can pass the signature on.</param>
    /// <param name="nonce">Of this connection.</param>
    internal static byte[] Challenge(string host, ReadOnlySpan<byte> nonce)
    {
        var name = Encoding.UTF8.GetBytes(host);
        byte[] challenge = [.. "hc-auth/1"u8, .. Length(name.Length), .. name, .. Length(nonce.Length), .. nonce];
        return challenge;
    }

    /// <summary>How people compare a key (spec/crypto.md, Signed).</summary>
    internal static string Fingerprint(ReadOnlySpan<byte> key)
    {
        byte[] named = [.. "hc-e2ee/2/identity"u8, .. key];
        return Base64Url.EncodeToString(SHA256.HashData(named).AsSpan(0, FingerprintSize));
    }

    private static byte[] Length(int length)
    {
        var bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        return bytes;
    }

    private static byte[]? Bytes(string? text, int size) =>
        text is not null
        && text.Length == (size * 8 + 5) / 6
        && Base64Url.IsValid(text, out var length)
        && length == size
            ? Base64Url.DecodeFromChars(text)
            : null;
}
