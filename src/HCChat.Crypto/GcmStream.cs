using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace HCChat.Crypto;

/// <summary>
/// Files that a player can seek in with WebCrypto alone (spec/crypto.md §7.3): AES-256-GCM chunk by chunk, the chunk's number and
/// whether it is the last being part of its nonce (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár).
/// </summary>
[SuppressMessage("Naming", "CA1711", Justification = "STREAM is the name of the construction.")]
public static class GcmStream
{
    /// <summary>The scheme's name in an attachment.</summary>
    public const string Scheme = "aes-256-gcm.stream";

    /// <summary>Bytes of the nonce prefix, which travels beside the object.</summary>
    public const int PrefixSize = 7;

    /// <summary>Bytes of plaintext in a chunk that we write.</summary>
    public const int ChunkSize = 65_536;

    /// <summary>Bytes that each chunk grows by.</summary>
    public const int Overhead = TagSize;

    private const int TagSize = Envelope.TagSize;

    /// <summary>Encrypts all of <paramref name="plain"/> under a key that is used for no other object.</summary>
    /// <returns>The nonce prefix.</returns>
    public static async Task<byte[]> EncryptAsync(
        Stream plain,
        Stream output,
        Secret key,
        CancellationToken stop = default
    )
    {
        var prefix = RandomNumberGenerator.GetBytes(PrefixSize);
        await EncryptAsync(plain, output, key, prefix, stop).ConfigureAwait(false);
        return prefix;
    }

    /// <summary>Encrypts under a given prefix: for test vectors only.</summary>
    internal static async Task EncryptAsync(
        Stream plain,
        Stream output,
        Secret key,
        byte[] prefix,
        CancellationToken stop
    )
    {
        using var cipher = new AesGcm(key.Reveal(), TagSize);
        var chunks = new ChunkReader(plain, ChunkSize);
        var sealedChunk = new byte[ChunkSize + TagSize];
        for (long index = 0; !chunks.AtEnd; index++)
        {
            var chunk = await chunks.NextAsync(stop).ConfigureAwait(false);
            var size = Seal(cipher, Nonce(prefix, index, chunks.AtEnd), chunk.Span, sealedChunk);
            await output.WriteAsync(sealedChunk.AsMemory(0, size), stop).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Encrypts a run of chunks, the first of which is <paramref name="index"/>, so that what was broken off can go on anywhere. Whoever encrypts a chunk a second time must know that its
    /// plaintext is what it was: two under one key and prefix give each other away.
    /// </summary>
    /// <param name="index">The number of the first chunk, from 0.</param>
    /// <param name="plain">Whole chunks of <see cref="ChunkSize"/> bytes; the last of the object may be shorter, and is there, empty, in an empty object.</param>
    /// <param name="output">Takes them, each 16 bytes longer.</param>
    /// <param name="key">The object's key.</param>
    /// <param name="prefix">The nonce prefix, 7 random bytes.</param>
    /// <param name="last">Whether the object ends with <paramref name="plain"/>.</param>
    /// <returns>How many bytes <paramref name="output"/> has taken.</returns>
    /// <exception cref="E2eeException"><see cref="E2eeError.Limit"/>: more than 2^32 chunks; <see cref="E2eeError.Format"/>: the prefix, or no whole chunks.</exception>
    public static int EncryptFrom(
        long index,
        ReadOnlySpan<byte> plain,
        Span<byte> output,
        Secret key,
        byte[] prefix,
        bool last
    )
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(prefix);
        if (prefix.Length != PrefixSize || (!last && plain.Length % ChunkSize != 0))
        {
            throw new E2eeException(E2eeError.Format);
        }
        using var cipher = new AesGcm(key.Reveal(), TagSize);
        var written = 0;
        for (var left = plain; left.Length > 0 || (last && written == 0); index++)
        {
            var chunk = left[..Math.Min(ChunkSize, left.Length)];
            left = left[chunk.Length..];
            written += Seal(cipher, Nonce(prefix, index, last && left.Length == 0), chunk, output[written..]);
        }
        return written;
    }

    private static int Seal(AesGcm cipher, byte[] nonce, ReadOnlySpan<byte> chunk, Span<byte> output)
    {
        cipher.Encrypt(nonce, chunk, output[..chunk.Length], output.Slice(chunk.Length, TagSize));
        return chunk.Length + TagSize;
    }

    /// <summary>
    /// Decrypts all of <paramref name="input"/>. What was written to <paramref name="output"/> is trustworthy only after this returns.
    /// </summary>
    /// <exception cref="E2eeException">
    /// <see cref="E2eeError.Format"/>: prefix or chunk size; <see cref="E2eeError.Truncated"/>; <see cref="E2eeError.Auth"/>;
    /// <see cref="E2eeError.Limit"/>: more than 2^32 chunks.
    /// </exception>
    public static async Task DecryptAsync(
        Stream input,
        Stream output,
        Secret key,
        byte[] prefix,
        int chunkSize = ChunkSize,
        CancellationToken stop = default
    )
    {
        ChunkReader.CheckSize(chunkSize);
        if (prefix.Length != PrefixSize)
        {
            throw new E2eeException(E2eeError.Format);
        }
        using var cipher = new AesGcm(key.Reveal(), TagSize);
        var chunks = new ChunkReader(input, chunkSize + TagSize);
        var plain = new byte[chunkSize];
        for (long index = 0; !chunks.AtEnd; index++)
        {
            var chunk = await chunks.NextAsync(stop).ConfigureAwait(false);
            if (chunk.Length < TagSize)
            {
                throw new E2eeException(E2eeError.Truncated);
            }
            var size = chunk.Length - TagSize;
            if (!TryOpen(cipher, Nonce(prefix, index, chunks.AtEnd), chunk.Span, plain))
            {
                // Authentic as a chunk with others after it, and nothing after it: the end was cut off.
                var cut = chunks.AtEnd && TryOpen(cipher, Nonce(prefix, index, last: false), chunk.Span, plain);
                throw new E2eeException(cut ? E2eeError.Truncated : E2eeError.Auth);
            }
            await output.WriteAsync(plain.AsMemory(0, size), stop).ConfigureAwait(false);
        }
    }

    private static bool TryOpen(AesGcm cipher, byte[] nonce, ReadOnlySpan<byte> chunk, Span<byte> plain)
    {
        var size = chunk.Length - TagSize;
        try
        {
            cipher.Decrypt(nonce, chunk[..size], chunk[size..], plain[..size]);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    private static byte[] Nonce(byte[] prefix, long index, bool last)
    {
        if (index > uint.MaxValue)
        {
            throw new E2eeException(E2eeError.Limit);
        }
        var nonce = new byte[Envelope.NonceSize];
        prefix.CopyTo(nonce, 0);
        BinaryPrimitives.WriteUInt32BigEndian(nonce.AsSpan(PrefixSize), (uint)index);
        nonce[^1] = last ? (byte)1 : (byte)0;
        return nonce;
    }
}
