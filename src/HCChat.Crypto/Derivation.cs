using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace HCChat.Crypto;

/// <summary>The byte strings of spec/crypto.md §1: labels, length-prefixed parts, and HKDF-SHA-256 over them.</summary>
internal static class Derivation
{
    /// <summary>Begins every label, so that a key of ours is never a key of anything else.</summary>
    public const string Product = "hc-e2ee/2/";

    /// <summary>UTF-8 that refuses a lone surrogate instead of replacing it.</summary>
    public static readonly UTF8Encoding StrictUtf8 = new(
        encoderShouldEmitUTF8Identifier: false,
        throwOnInvalidBytes: true
    );

    /// <summary>UTF-8 of <paramref name="text"/>.</summary>
    /// <exception cref="E2eeException"><see cref="E2eeError.Format"/>: the text holds a lone surrogate.</exception>
    public static byte[] Utf8(string text)
    {
        try
        {
            return StrictUtf8.GetBytes(text);
        }
        catch (EncoderFallbackException)
        {
            throw new E2eeException(E2eeError.Format);
        }
    }

    /// <summary><c>label ‖ LP(part) ‖ LP(part) …</c></summary>
    public static byte[] Join(string label, params ReadOnlySpan<byte[]> parts)
    {
        var size = label.Length;
        foreach (var part in parts)
        {
            size += sizeof(uint) + part.Length;
        }
        var joined = new byte[size];
        var at = Encoding.ASCII.GetBytes(label, joined);
        foreach (var part in parts)
        {
            BinaryPrimitives.WriteInt32BigEndian(joined.AsSpan(at), part.Length);
            at += sizeof(uint);
            part.CopyTo(joined.AsSpan(at));
            at += part.Length;
        }
        return joined;
    }

    /// <summary>HKDF-SHA-256 (RFC 5869).</summary>
    public static Secret Hkdf(Secret input, string salt, byte[] info, int length) =>
        Hkdf(input, Encoding.ASCII.GetBytes(salt), info, length);

    /// <inheritdoc cref="Hkdf(Secret, string, byte[], int)"/>
    public static Secret Hkdf(Secret input, byte[] salt, byte[] info, int length) =>
        new(length, output => HKDF.DeriveKey(HashAlgorithmName.SHA256, input.Reveal(), output, salt, info));
}
