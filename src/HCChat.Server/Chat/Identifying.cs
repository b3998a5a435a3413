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
            Prove(call);
        }
    }

    private static async Task LogInAsync(Call call, string token)
    {
        var access = await call.Chat.Tokens.ReadAccessAsync(token);
        try
        {
            if (access is not { Nick: null } || !await call.Chat.IsGoodAsync(access.Subject))
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
        call.Session.Account = access.Subject;
        Recognize(call);
        call.Reply(new Notice("identity").String("identity", access.Subject));
    }

    private static void Prove(Call call)
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
        session.Key = "key:" + Fingerprint(key);
        Recognize(call);
        call.Reply(new Notice("identity").String("identity", session.Key));
    }

    // In the rooms that one is in already.
    private static void Recognize(Call call)
    {
        var session = call.Session;
        foreach (var seat in session.Seats)
        {
            call.Chat.Rooms.With(
                seat.Room,
                room =>
                {
                    (seat.Me.Key, seat.Me.Account) = (session.Key, session.Account);
                    Ranks.Refresh(room, seat.Me);
                }
            );
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
