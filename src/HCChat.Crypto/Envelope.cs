using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace HCChat.Crypto;

/// <summary>What an envelope held.</summary>
/// <param name="Content">The content's bytes, not yet parsed.</param>
/// <param name="Kid">The key that it was sealed with.</param>
/// <param name="Signer">Whose signature it has; null when it has none, and whoever holds the room's key may have made it.</param>
public sealed record OpenedEnvelope(byte[] Content, string Kid, IdentityKey? Signer);

/// <summary>One sealed message: <c>E2EE:</c> and an envelope of version 2 (spec/crypto.md §3).</summary>
public static class Envelope
{
    /// <summary>What every envelope begins with.</summary>
    public const string Prefix = "E2EE:";

    /// <summary>Bytes of content that fit into one envelope.</summary>
    public const int MaxContent = Padding.MaxBucket - 1;

    /// <summary>Bytes of content that fit into one envelope beside a signature.</summary>
    public const int MaxSignedContent = MaxContent - SignedContent.Overhead;

    /// <summary>Characters that an envelope may have; the wire carries no longer text.</summary>
    public const int MaxText = 65_536;

    internal const int NonceSize = 12;
    internal const int TagSize = 16;
    private const string Unsigned = "AES-GCM";
    private const string Signed = "AES-GCM.Ed25519";

    /// <summary>Is this text meant to be an envelope, of whatever version?</summary>
    public static bool IsEnvelope(string text) => text.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Seals content under a fresh random nonce, signed when somebody signs it.</summary>
    /// <exception cref="E2eeException">
    /// <see cref="E2eeError.Limit"/>: more than <see cref="MaxContent"/> bytes, or than <see cref="MaxSignedContent"/> to be signed.
    /// </exception>
    public static string Seal(RoomKeys keys, ReadOnlySpan<byte> content, SigningIdentity? identity = null)
    {
        Span<byte> nonce = stackalloc byte[NonceSize];
        RandomNumberGenerator.Fill(nonce);
        return Seal(keys, content, identity, nonce);
    }

    /// <summary>Seals under a given nonce, which must never be used twice: for test vectors only.</summary>
    internal static string Seal(
        RoomKeys keys,
        ReadOnlySpan<byte> content,
        SigningIdentity? identity,
        ReadOnlySpan<byte> nonce
    )
    {
        ArgumentNullException.ThrowIfNull(keys);
        if (content.Length > (identity is null ? MaxContent : MaxSignedContent))
        {
            throw new E2eeException(E2eeError.Limit);
        }
        var inner = identity is null ? content : SignedContent.Sign(identity, keys, content);
        var algorithm = identity is null ? Unsigned : Signed;
        var padded = Padding.Pad(inner);
        var sealedBytes = new byte[padded.Length + TagSize];
        using var cipher = new AesGcm(keys.Messages.Reveal(), TagSize);
        var ciphertext = sealedBytes.AsSpan(0, padded.Length);
        var aad = Aad(keys.Channel, algorithm, keys.KidBytes);
        cipher.Encrypt(nonce, padded, ciphertext, sealedBytes.AsSpan(padded.Length), aad);
        CryptographicOperations.ZeroMemory(padded);
        var json =
            $$"""{"v":2,"alg":"{{algorithm}}","kid":"{{keys.Kid}}","iv":"{{Base64Text.Encode(nonce)}}","ct":"{{Base64Text.Encode(
                sealedBytes
            )}}"}""";
        return Prefix + Base64Text.Encode(Encoding.ASCII.GetBytes(json));
    }

    /// <summary>Opens an envelope. The checks are made in the order of spec/crypto.md §3, so that each fault has one code.</summary>
    /// <exception cref="E2eeException">
    /// <see cref="E2eeError.Plain"/>, <see cref="E2eeError.Limit"/>, <see cref="E2eeError.Format"/>, <see cref="E2eeError.Version"/>,
    /// <see cref="E2eeError.Alg"/>, <see cref="E2eeError.KeyUnknown"/>, <see cref="E2eeError.Auth"/> (also for a wrong signature) or <see cref="E2eeError.Pad"/>.
    /// </exception>
    public static OpenedEnvelope Open(string text, KeyRing ring, string channel)
    {
        ArgumentNullException.ThrowIfNull(ring);
        using var json = Parse(text);
        var envelope = json.RootElement;
        if (Number(envelope, "v") != 2)
        {
            throw new E2eeException(E2eeError.Version);
        }
        var algorithm = Text(envelope, "alg");
        if (algorithm is not (Unsigned or Signed))
        {
            throw new E2eeException(E2eeError.Alg);
        }
        var kid = Text(envelope, "kid");
        var keys = ring.Find(kid) ?? throw new E2eeException(E2eeError.KeyUnknown);
        var nonce = Bytes(envelope, "iv");
        var sealedBytes = Bytes(envelope, "ct");
        var size = sealedBytes.Length - TagSize;
        if (nonce.Length != NonceSize || size <= 0 || Padding.Bucket(size) != size)
        {
            throw new E2eeException(E2eeError.Format);
        }
        if (size > Padding.MaxBucket)
        {
            throw new E2eeException(E2eeError.Limit);
        }
        var padded = Decrypt(keys.Messages, nonce, sealedBytes, Aad(channel, algorithm, keys.KidBytes));
        var inner = padded[..Padding.Unpad(padded)];
        if (algorithm == Unsigned)
        {
            return new OpenedEnvelope(inner, kid, null);
        }
        var (content, signer) = SignedContent.Verify(inner, channel, keys.KidBytes);
        return new OpenedEnvelope(content, kid, signer);
    }

    /// <summary>The outer form, the same for every version: prefix, base64, a JSON object.</summary>
    internal static JsonDocument Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!IsEnvelope(text))
        {
            throw new E2eeException(E2eeError.Plain);
        }
        if (text.Length > MaxText)
        {
            throw new E2eeException(E2eeError.Limit);
        }
        return JsonText.Parse(Base64Text.Decode(text[Prefix.Length..]) ?? throw new E2eeException(E2eeError.Format));
    }

    internal static double Number(JsonElement envelope, string name) =>
        envelope.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
            ? value.GetDouble()
            : throw new E2eeException(E2eeError.Format);

    internal static string Text(JsonElement envelope, string name) =>
        JsonText.String(envelope, name) ?? throw new E2eeException(E2eeError.Format);

    internal static byte[] Bytes(JsonElement envelope, string name) =>
        Base64Text.Decode(Text(envelope, name)) ?? throw new E2eeException(E2eeError.Format);

    /// <summary>AES-256-GCM over <c>ciphertext ‖ tag</c>.</summary>
    internal static byte[] Decrypt(Secret key, byte[] nonce, ReadOnlySpan<byte> sealedBytes, ReadOnlySpan<byte> aad)
    {
        var plain = new byte[sealedBytes.Length - TagSize];
        using var cipher = new AesGcm(key.Reveal(), TagSize);
        try
        {
            cipher.Decrypt(nonce, sealedBytes[..plain.Length], sealedBytes[plain.Length..], plain, aad);
            return plain;
        }
        catch (AuthenticationTagMismatchException)
        {
            throw new E2eeException(E2eeError.Auth);
        }
    }

    internal static byte[] Aad(string channel, string algorithm, byte[] kid) =>
        Derivation.Join(Derivation.Product + "aad", Derivation.Utf8(channel), Encoding.ASCII.GetBytes(algorithm), kid);
}
