using Geralt;

namespace HCChat.Crypto;

/// <summary>What a signed envelope holds: <c>A ‖ sig ‖ content</c> (spec/crypto.md §3).</summary>
internal static class SignedContent
{
    /// <summary>Bytes in front of the content.</summary>
    public const int Overhead = IdentityKey.Size + Ed25519.SignatureSize;

    /// <summary>Content with its signature for the room of <paramref name="keys"/>.</summary>
    public static byte[] Sign(SigningIdentity identity, RoomKeys keys, ReadOnlySpan<byte> content)
    {
        var signed = new byte[Overhead + content.Length];
        identity.PublicBytes.CopyTo(signed);
        content.CopyTo(signed.AsSpan(Overhead));
        identity.Sign(
            signed.AsSpan(IdentityKey.Size, Ed25519.SignatureSize),
            Message(keys.Channel, keys.KidBytes, content)
        );
        return signed;
    }

    /// <summary>The content and who signed it.</summary>
    /// <exception cref="E2eeException"><see cref="E2eeError.Format"/>: there is no content; <see cref="E2eeError.Auth"/>: the signature is wrong.</exception>
    public static (byte[] Content, IdentityKey Signer) Verify(ReadOnlySpan<byte> signed, string channel, byte[] kid)
    {
        if (signed.Length <= Overhead)
        {
            throw new E2eeException(E2eeError.Format);
        }
        var key = signed[..IdentityKey.Size];
        var content = signed[Overhead..];
        return IdentityKey.Verify(key, Message(channel, kid, content), signed[IdentityKey.Size..Overhead])
            ? (content.ToArray(), new IdentityKey(key))
            : throw new E2eeException(E2eeError.Auth);
    }

    private static byte[] Message(string channel, byte[] kid, ReadOnlySpan<byte> content) =>
        Derivation.Join(Derivation.Product + "sign", Derivation.Utf8(channel), kid, content.ToArray());
}
