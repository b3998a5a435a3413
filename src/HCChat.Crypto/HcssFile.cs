using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using IetfChaCha20Poly1305 = Geralt.ChaCha20Poly1305;

namespace HCChat.Crypto;

/// <summary>
/// The HChat app's encrypted files, <c>.hcss</c> (spec/crypto.md §10): read in compatibility rooms, never written. Nothing protects their header, which says how long they are: whoever stores
/// one can cut whole chunks off its end, and write that it was never longer.
/// </summary>
internal static class HcssFile
{
    private const string Algorithm = "ChaChaPoly-HKDF-SHA256";
    private const string Info = "hc-secretstream-v1";
    private const int MaxHeader = 4_096; // bytes; the app's has about 250
    private const int SaltSize = 16;
    private const int PrefixSize = 8;
    private const int TagSize = 16;

    private static readonly byte[] s_aad = Encoding.ASCII.GetBytes("HCSSv1");

    private sealed record Header(byte[] Salt, byte[] Prefix, int ChunkSize, long Size, long Chunks);

    /// <summary>Decrypts all of <paramref name="input"/>. What was written to <paramref name="output"/> is trustworthy only after this returns.</summary>
    /// <param name="passphraseHash">SHA-256 of the room's passphrase as typed.</param>
    /// <exception cref="E2eeException">
    /// <see cref="E2eeError.Format"/>: the header; <see cref="E2eeError.Truncated"/>, <see cref="E2eeError.Trailing"/>: not as long as it says; <see cref="E2eeError.Auth"/>.
    /// </exception>
    public static async Task DecryptAsync(Stream input, Stream output, Secret passphraseHash, CancellationToken stop)
    {
        var header = await ReadHeaderAsync(input, stop).ConfigureAwait(false);
        using var key = Derivation.Hkdf(passphraseHash, header.Salt, Encoding.ASCII.GetBytes(Info), 32);
        var stored = new byte[header.ChunkSize + TagSize];
        var plain = new byte[header.ChunkSize];
        for (long index = 0, left = header.Size; index < header.Chunks; index++)
        {
            var size = (int)Math.Min(header.ChunkSize, left);
            left -= size;
            await FillAsync(input, stored.AsMemory(0, size + TagSize), stop).ConfigureAwait(false);
            Open(header, (uint)index, stored.AsSpan(0, size + TagSize), plain.AsSpan(0, size), key);
            await output.WriteAsync(plain.AsMemory(0, size), stop).ConfigureAwait(false);
        }
        if (await input.ReadAsync(stored.AsMemory(0, 1), stop).ConfigureAwait(false) > 0)
        {
            throw new E2eeException(E2eeError.Trailing);
        }
    }

    private static void Open(Header header, uint index, ReadOnlySpan<byte> chunk, Span<byte> plain, Secret key)
    {
        Span<byte> nonce = stackalloc byte[PrefixSize + sizeof(uint)];
        Span<byte> aad = stackalloc byte[s_aad.Length + sizeof(uint)];
        header.Prefix.CopyTo(nonce);
        s_aad.CopyTo(aad);
        BinaryPrimitives.WriteUInt32BigEndian(nonce[PrefixSize..], index);
        BinaryPrimitives.WriteUInt32BigEndian(aad[s_aad.Length..], index);
        try
        {
            IetfChaCha20Poly1305.Decrypt(plain, chunk, nonce, key.Reveal(), aad);
        }
        catch (CryptographicException)
        {
            throw new E2eeException(E2eeError.Auth);
        }
    }

    private static async Task<Header> ReadHeaderAsync(Stream input, CancellationToken stop)
    {
        var length = new byte[sizeof(uint)];
        await FillAsync(input, length, stop).ConfigureAwait(false);
        var size = BinaryPrimitives.ReadUInt32BigEndian(length);
        if (size > MaxHeader)
        {
            throw new E2eeException(E2eeError.Format);
        }
        var utf8 = new byte[size];
        await FillAsync(input, utf8, stop).ConfigureAwait(false);
        using var json = JsonText.Parse(utf8);
        var o = json.RootElement;
        var header = new Header(
            Bytes(o, "hkdfSalt_b64", SaltSize),
            Bytes(o, "noncePrefix_b64", PrefixSize),
            (int)ContentJson.Integer(o, "chunkSize", int.MaxValue),
            ContentJson.Integer(o, "fileSize", ContentJson.MaxInteger),
            ContentJson.Integer(o, "chunkCount", uint.MaxValue)
        );
        ChunkReader.CheckSize(header.ChunkSize);
        var chunks = (header.Size + header.ChunkSize - 1) / header.ChunkSize;
        var fits =
            ContentJson.Integer(o, "version", int.MaxValue) == 1
            && JsonText.String(o, "alg") == Algorithm
            && JsonText.String(o, "info") == Info
            && (header.Chunks == chunks || (header.Size == 0 && header.Chunks == 1));
        return fits ? header : throw new E2eeException(E2eeError.Format);
    }

    private static byte[] Bytes(JsonElement o, string name, int size) =>
        JsonText.String(o, name) is { } text && Base64Text.Decode(text) is { } bytes && bytes.Length == size
            ? bytes
            : throw new E2eeException(E2eeError.Format);

    private static async Task FillAsync(Stream input, Memory<byte> buffer, CancellationToken stop)
    {
        if (await input.ReadAtLeastAsync(buffer, buffer.Length, false, stop).ConfigureAwait(false) < buffer.Length)
        {
            throw new E2eeException(E2eeError.Truncated);
        }
    }
}
