using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace HCChat.Crypto;

/// <summary>One sealed message: <c>E2EE:</c> and an envelope of version 2 (spec/crypto.md §3).</summary>
public static class Envelope
{
    /// <summary>What every envelope begins with.</summary>
    public const string Prefix = "E2EE:";

    /// <summary>Bytes of content that fit into one envelope.</summary>
    public const int MaxContent = Padding.MaxBucket - 1;

    /// <summary>Characters that an envelope may have; the wire carries no longer text.</summary>
    public const int MaxText = 65_536;

    internal const int NonceSize = 12;
    internal const int TagSize = 16;
    private const string Algorithm = "AES-GCM";

    /// <summary>Is this text meant to be an envelope, of whatever version?</summary>
    public static bool IsEnvelope(string text) => text.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Seals content under a fresh random nonce.</summary>
    /// <exception cref="E2eeException"><see cref="E2eeError.Limit"/>: more than <see cref="MaxContent"/> bytes.</exception>
    public static string Seal(RoomKeys keys, ReadOnlySpan<byte> content)
    {
        Span<byte> nonce = stackalloc byte[NonceSize];
        RandomNumberGenerator.Fill(nonce);
        return Seal(keys, content, nonce);
    }

    /// <summary>Seals under a given nonce, which must never be used twice: for test vectors only.</summary>
    internal static string Seal(RoomKeys keys, ReadOnlySpan<byte> content, ReadOnlySpan<byte> nonce)
    {
        ArgumentNullException.ThrowIfNull(keys);
        if (content.Length > MaxContent)
        {
            throw new E2eeException(E2eeError.Limit);
        }
        var padded = Padding.Pad(content);
        var sealedBytes = new byte[padded.Length + TagSize];
        using var cipher = new AesGcm(keys.Messages.Reveal(), TagSize);
        var ciphertext = sealedBytes.AsSpan(0, padded.Length);
        cipher.Encrypt(nonce, padded, ciphertext, sealedBytes.AsSpan(padded.Length), Aad(keys.Channel, keys.KidBytes));
        CryptographicOperations.ZeroMemory(padded);
        var json =
            $$"""{"v":2,"alg":"{{Algorithm}}","kid":"{{keys.Kid}}","iv":"{{Base64Text.Encode(nonce)}}","ct":"{{Base64Text.Encode(
                sealedBytes
            )}}"}""";
        return Prefix + Base64Text.Encode(Encoding.ASCII.GetBytes(json));
    }

    /// <summary>Opens an envelope. The checks are made in the order of spec/crypto.md §3, so that each fault has one code.</summary>
    /// <returns>The content's bytes, not yet parsed.</returns>
    /// <exception cref="E2eeException">
    /// <see cref="E2eeError.Plain"/>, <see cref="E2eeError.Limit"/>, <see cref="E2eeError.Format"/>, <see cref="E2eeError.Version"/>,
    /// <see cref="E2eeError.Alg"/>, <see cref="E2eeError.KeyUnknown"/>, <see cref="E2eeError.Auth"/> or <see cref="E2eeError.Pad"/>.
    /// </exception>
    public static byte[] Open(string text, KeyRing ring, string channel) => Open(text, ring, channel, out _);

    /// <summary>The same, and tells under which key.</summary>
    internal static byte[] Open(string text, KeyRing ring, string channel, out string kid)
    {
        ArgumentNullException.ThrowIfNull(ring);
        using var json = Parse(text);
        var envelope = json.RootElement;
        if (Number(envelope, "v") != 2)
        {
            throw new E2eeException(E2eeError.Version);
        }
        if (Text(envelope, "alg") != Algorithm)
        {
            throw new E2eeException(E2eeError.Alg);
        }
        kid = Text(envelope, "kid");
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
        var padded = Decrypt(keys.Messages, nonce, sealedBytes, Aad(channel, keys.KidBytes));
        return padded[..Padding.Unpad(padded)];
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

    internal static byte[] Aad(string channel, byte[] kid) =>
        Derivation.Join(Derivation.Product + "aad", Derivation.Utf8(channel), Encoding.ASCII.GetBytes(Algorithm), kid);
}
