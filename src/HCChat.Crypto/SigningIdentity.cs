using System.Security.Cryptography;
using Geralt;

namespace HCChat.Crypto;

/// <summary>
/// The key with which a person's clients sign what they say in encrypted rooms (spec/crypto.md §3). Made once, kept secret, carried from device to device.
/// Prints its fingerprint, never the key.
/// </summary>
public sealed class SigningIdentity : IDisposable
{
    /// <summary>Bytes of the seed, which is all that has to be kept.</summary>
    public const int SeedSize = Ed25519.SeedSize;

    private const string Prefix = "hcid1-";
    private const int ChecksumSize = 4;

    private readonly Secret _private; // the seed and the public key, as libsodium has it

    /// <summary>The identity of a seed; the caller still owns the seed and should zero it.</summary>
    /// <exception cref="E2eeException"><see cref="E2eeError.Format"/>: not <see cref="SeedSize"/> bytes.</exception>
    public SigningIdentity(ReadOnlySpan<byte> seed)
    {
        if (seed.Length != SeedSize)
        {
            throw new E2eeException(E2eeError.Format);
        }
        using var copy = new Secret(seed);
        var publicKey = new byte[Ed25519.PublicKeySize];
        _private = new Secret(
            Ed25519.PrivateKeySize,
            output => Ed25519.GenerateKeyPair(publicKey, output, copy.Reveal())
        );
        Key = new IdentityKey(publicKey);
    }

    /// <summary>The public half.</summary>
    public IdentityKey Key { get; }

    /// <summary>The public half's bytes.</summary>
    internal ReadOnlySpan<byte> PublicBytes => _private.Reveal()[SeedSize..];

    /// <summary>A new identity.</summary>
    public static SigningIdentity Generate()
    {
        using var seed = Secret.Random(SeedSize);
        return new SigningIdentity(seed.Reveal());
    }

    /// <summary>Reads what <see cref="ExportWithSecret"/> wrote.</summary>
    /// <exception cref="E2eeException"><see cref="E2eeError.Format"/>: anything else, such as a mistyped one.</exception>
    public static SigningIdentity Import(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var bytes = text.StartsWith(Prefix, StringComparison.Ordinal)
            ? Base64Text.DecodeUrl(text[Prefix.Length..])
            : null;
        try
        {
            return
                bytes is { Length: SeedSize + ChecksumSize }
                && Checksum(bytes.AsSpan(0, SeedSize)).AsSpan().SequenceEqual(bytes.AsSpan(SeedSize))
                ? new SigningIdentity(bytes.AsSpan(0, SeedSize))
                : throw new E2eeException(E2eeError.Format);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>The identity as <c>hcid1-…</c>, for carrying it to another device. Whoever has it can sign in one's name.</summary>
    public string ExportWithSecret()
    {
        using var joined = new Secret(
            SeedSize + ChecksumSize,
            output =>
            {
                RevealSeed().CopyTo(output);
                Checksum(RevealSeed()).CopyTo(output[SeedSize..]);
            }
        );
        return Prefix + Base64Text.EncodeUrl(joined.Reveal());
    }

    /// <summary>The seed itself, for keeping it; encrypt it where it lies.</summary>
    /// <exception cref="ObjectDisposedException">The identity was disposed.</exception>
    public ReadOnlySpan<byte> RevealSeed() => _private.Reveal()[..SeedSize];

    /// <summary>Proves to a server that one has the key (spec/protocol.md, Identities). No other server, and no other connection, can use the proof.</summary>
    /// <param name="host">The server's name in the address that one has of it: lower case, no port.</param>
    /// <param name="nonce">What the server asked for this connection.</param>
    /// <returns>The signature in base64url.</returns>
    public string ProveTo(string host, ReadOnlySpan<byte> nonce)
    {
        var signature = new byte[Ed25519.SignatureSize];
        Sign(signature, Derivation.Join("hc-auth/1", Derivation.Utf8(host), nonce.ToArray()));
        return Base64Text.EncodeUrl(signature);
    }

    /// <summary>Signs a message. Whatever is signed begins with a label of its own, so that no signature fits another purpose.</summary>
    internal void Sign(Span<byte> signature, ReadOnlySpan<byte> message) =>
        Ed25519.Sign(signature, message, _private.Reveal());

    /// <summary>Zeroes the key.</summary>
    public void Dispose() => _private.Dispose();

    /// <summary>The fingerprint.</summary>
    public override string ToString() => Key.ToString();

    private static byte[] Checksum(ReadOnlySpan<byte> seed)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("hc-e2ee/2/identity-seed"u8);
        hash.AppendData(seed);
        return hash.GetHashAndReset()[..ChecksumSize];
    }
}
