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
    /// Ed25519 as spec/crypto.md §3 has it. libsodium refuses keys and R of small order, keys that are not canonical and S that is not below the order. It
    /// multiplies by the cofactor, other verifiers do not; they agree once key and R are in the group of prime order, which only their maker
    /// could have arranged otherwise.
    /// </summary>
    internal static bool Verify(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        Ed25519.Verify(signature, message, key)
        && IsOfPrimeOrder(key)
        && IsOfPrimeOrder(signature[..Ed25519.PublicKeySize]);

    /// <summary>Converting a point to X25519 is libsodium's one function within reach that asks for its order.</summary>
    private static bool IsOfPrimeOrder(ReadOnlySpan<byte> point)
    {
        Span<byte> unused = stackalloc byte[X25519.PublicKeySize];
        try
        {
            Ed25519.ComputeX25519PublicKey(unused, point);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
