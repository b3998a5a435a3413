using System.Security.Cryptography;
using System.Text;

namespace HCChat.Crypto;

/// <summary>Small files in one piece (spec/crypto.md §7.2): AES-256-GCM, the tag at the end.</summary>
public static class GcmFile
{
    /// <summary>The scheme's name in an attachment.</summary>
    public const string Scheme = "aes-256-gcm";

    /// <summary>Bytes of plaintext that a file may have.</summary>
    public const int MaxSize = 16_777_215;

    private static readonly byte[] Aad = Encoding.ASCII.GetBytes(Derivation.Product + "file-aad:" + Scheme);

    /// <summary>Encrypts a file under a fresh random nonce, which travels beside the object.</summary>
    /// <exception cref="E2eeException"><see cref="E2eeError.Limit"/>: larger than <see cref="MaxSize"/>.</exception>
    public static byte[] Encrypt(ReadOnlySpan<byte> plain, Secret key, out byte[] nonce)
    {
        nonce = RandomNumberGenerator.GetBytes(Envelope.NonceSize);
        return Encrypt(plain, key, nonce);
    }

    /// <summary>Encrypts under a given nonce: for test vectors only.</summary>
    internal static byte[] Encrypt(ReadOnlySpan<byte> plain, Secret key, byte[] nonce)
    {
        if (plain.Length > MaxSize)
        {
            throw new E2eeException(E2eeError.Limit);
        }
        var output = GC.AllocateUninitializedArray<byte>(plain.Length + Envelope.TagSize); // all of it is written
        using var cipher = new AesGcm(key.Reveal(), Envelope.TagSize);
        cipher.Encrypt(nonce, plain, output.AsSpan(0, plain.Length), output.AsSpan(plain.Length), Aad);
        return output;
    }

    /// <summary>Decrypts a file.</summary>
    /// <exception cref="E2eeException">
    /// <see cref="E2eeError.Format"/>: the nonce; <see cref="E2eeError.Truncated"/>: shorter than a tag; <see cref="E2eeError.Limit"/>;
    /// <see cref="E2eeError.Auth"/>.
    /// </exception>
    public static byte[] Decrypt(ReadOnlySpan<byte> stored, Secret key, byte[] nonce)
    {
        if (nonce.Length != Envelope.NonceSize)
        {
            throw new E2eeException(E2eeError.Format);
        }
        if (stored.Length < Envelope.TagSize)
        {
            throw new E2eeException(E2eeError.Truncated);
        }
        return stored.Length - Envelope.TagSize <= MaxSize
            ? Envelope.Decrypt(key, nonce, stored, Aad)
            : throw new E2eeException(E2eeError.Limit);
    }
}
