using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Geralt;

namespace HCChat.Crypto;

/// <summary>
/// Files of any size as libsodium's secretstream (spec/crypto.md §7.1): chunks of XChaCha20-Poly1305, the last one marked.
/// Memory does not grow with the file.
/// </summary>
[SuppressMessage("Naming", "CA1711", Justification = "Secretstream is the name of libsodium's construction.")]
public static class SecretStream
{
    /// <summary>The scheme's name in an attachment.</summary>
    public const string Scheme = "secretstream.xchacha20poly1305";

    /// <summary>Bytes of the header, which travels beside the object.</summary>
    public const int HeaderSize = IncrementalXChaCha20Poly1305.HeaderSize;

    /// <summary>Bytes that each chunk grows by.</summary>
    public const int Overhead = IncrementalXChaCha20Poly1305.TagSize;

    /// <summary>Bytes of plaintext in a chunk that we write.</summary>
    public const int ChunkSize = 65_536;

    /// <summary>Encrypts all of <paramref name="plain"/>.</summary>
    /// <returns>The header.</returns>
    public static async Task<byte[]> EncryptAsync(
        Stream plain,
        Stream output,
        Secret key,
        CancellationToken stop = default
    )
    {
        var header = new byte[HeaderSize];
        using var state = new IncrementalXChaCha20Poly1305(header, key.Reveal(), encryption: true);
        var chunks = new ChunkReader(plain, ChunkSize);
        var sealedChunk = new byte[ChunkSize + Overhead];
        for (var last = false; !last; )
        {
            var chunk = await chunks.NextAsync(stop).ConfigureAwait(false);
            last = chunks.AtEnd;
            var flag = last
                ? IncrementalXChaCha20Poly1305.ChunkFlag.Final
                : IncrementalXChaCha20Poly1305.ChunkFlag.Message;
            state.EncryptChunk(sealedChunk.AsSpan(0, chunk.Length + Overhead), chunk.Span, flag);
            await output.WriteAsync(sealedChunk.AsMemory(0, chunk.Length + Overhead), stop).ConfigureAwait(false);
        }
        return header;
    }

    /// <summary>
    /// Decrypts all of <paramref name="input"/>. What was written to <paramref name="output"/> is trustworthy only after this returns.
    /// </summary>
    /// <param name="input">The stored object.</param>
    /// <param name="output">Gets the plaintext.</param>
    /// <param name="key">The object's key.</param>
    /// <param name="header">The 24 bytes beside the object.</param>
    /// <param name="chunkSize">Bytes of plaintext in a full chunk, 4,096–1,048,576.</param>
    /// <param name="shortMessage">Old writers closed a file by an empty last chunk after a short one: accept that.</param>
    /// <param name="stop">Stops the work.</param>
    /// <exception cref="E2eeException">
    /// <see cref="E2eeError.Format"/>, <see cref="E2eeError.Truncated"/>, <see cref="E2eeError.Trailing"/> or <see cref="E2eeError.Auth"/>.
    /// </exception>
    public static async Task DecryptAsync(
        Stream input,
        Stream output,
        Secret key,
        byte[] header,
        int chunkSize = ChunkSize,
        bool shortMessage = false,
        CancellationToken stop = default
    )
    {
        ChunkReader.CheckSize(chunkSize);
        if (header.Length != HeaderSize)
        {
            throw new E2eeException(E2eeError.Format);
        }
        using var state = new IncrementalXChaCha20Poly1305(header.ToArray(), key.Reveal(), encryption: false);
        var chunks = new ChunkReader(input, chunkSize + Overhead, shortMessage ? Overhead : 0);
        var plain = new byte[chunkSize];
        while (true)
        {
            var chunk = await chunks.NextAsync(stop).ConfigureAwait(false);
            if (chunk.Length < Overhead)
            {
                throw new E2eeException(E2eeError.Truncated);
            }
            var size = chunk.Length - Overhead;
            var flag = Open(state, chunk.Span, plain.AsSpan(0, size));
            var shorter = size < chunkSize;
            var isMessage = flag == IncrementalXChaCha20Poly1305.ChunkFlag.Message;
            if (
                !isMessage && flag != IncrementalXChaCha20Poly1305.ChunkFlag.Final
                || isMessage && shorter && !shortMessage
            )
            {
                throw new E2eeException(E2eeError.Format);
            }
            if (isMessage == chunks.AtEnd)
            {
                throw new E2eeException(isMessage ? E2eeError.Truncated : E2eeError.Trailing);
            }
            await output.WriteAsync(plain.AsMemory(0, size), stop).ConfigureAwait(false);
            if (!isMessage)
            {
                return;
            }
        }
    }

    private static IncrementalXChaCha20Poly1305.ChunkFlag Open(
        IncrementalXChaCha20Poly1305 state,
        ReadOnlySpan<byte> chunk,
        Span<byte> plain
    )
    {
        try
        {
            return state.DecryptChunk(plain, chunk);
        }
        catch (CryptographicException)
        {
            throw new E2eeException(E2eeError.Auth);
        }
    }
}
