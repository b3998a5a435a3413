using System.Security.Cryptography;
using Geralt;

namespace HCChat.Crypto;

/// <summary>
/// The public half of an identity, which says who signed (spec/crypto.md §3). Equal when the bytes are, and printed as its fingerprint.
/// </summary>
public sealed record IdentityKey
{
    internal const int Size = Ed25519.PublicKeySize;
    private const int FingerprintBytes = 15;
    private const int GroupLength = 5;

    /// <summary>A key of <see cref="Size"/> bytes, whether or not anything could be verified with it.</summary>
    internal IdentityKey(ReadOnlySpan<byte> bytes)
    {
        Text = Base64Text.EncodeUrl(bytes);
        var hash = SHA256.HashData([.. "hc-e2ee/2/identity"u8, .. bytes]);
        Fingerprint = Base64Text.EncodeUrl(hash.AsSpan(0, FingerprintBytes));
    }

    /// <summary>The key for programs and stores: base64url, 43 characters.</summary>
    public string Text { get; }

    /// <summary>The key's short name, 20 characters.</summary>
    public string Fingerprint { get; }

    /// <summary>Reads <see cref="Text"/>.</summary>
    /// <exception cref="E2eeException"><see cref="E2eeError.Format"/>.</exception>
    public static IdentityKey Parse(string text) =>
        Base64Text.DecodeUrl(text) is { Length: Size } bytes
            ? new IdentityKey(bytes)
            : throw new E2eeException(E2eeError.Format);

    /// <summary>The fingerprint for people, in four groups of five.</summary>
    public override string ToString() =>
        string.Join(' ', Fingerprint.Chunk(GroupLength).Select(group => new string(group)));

    /// <summary>
    /// Ed25519 as spec/crypto.md §3 has it, which is how libsodium does it: no cofactor, the key canonical, neither it nor R of small order, and S
    /// below the order of the group.
    /// </summary>
    internal static bool Verify(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        Ed25519.Verify(signature, message, key);
}
