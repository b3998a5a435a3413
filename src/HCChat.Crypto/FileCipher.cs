using System.Security.Cryptography;

namespace HCChat.Crypto;

/// <summary>Objects of every scheme, opened alike (spec/crypto.md §7), and files made ready to be one.</summary>
public static class FileCipher
{
    /// <summary>From this size on, bytes, a file goes out in chunks and is not extended.</summary>
    public const long LargeFrom = 16_000_000;

    /// <summary>Encrypts a file of less than <see cref="LargeFrom"/> bytes, extended by zeroes so that its size tells little, under a fresh key and nonce.</summary>
    /// <returns>The stored object.</returns>
    /// <exception cref="E2eeException"><see cref="E2eeError.Limit"/>: it is larger.</exception>
    public static byte[] EncryptSmall(ReadOnlySpan<byte> plain, out Secret key, out FileEncryption encryption)
    {
        if (plain.Length >= LargeFrom)
        {
            throw new E2eeException(E2eeError.Limit);
        }
        var padded = new byte[Padding.Padme(plain.Length)];
        plain.CopyTo(padded);
        key = Secret.Random(32);
        var stored = GcmFile.Encrypt(padded, key, out var nonce);
        CryptographicOperations.ZeroMemory(padded);
        encryption = FileEncryption.OnePiece(nonce);
        return stored;
    }

    /// <summary>
    /// Decrypts all of <paramref name="stored"/>. Each chunk is verified before a byte of it is written, but what was written to <paramref name="output"/> is trustworthy only
    /// after this returns.
    /// </summary>
    /// <param name="size">Bytes of plaintext; behind them there are zeroes alone, which are not written. Null: all that is there.</param>
    /// <param name="oldEnding">The user asked for compatibility: old writers closed a secretstream by an empty last chunk after a short one.</param>
    /// <exception cref="E2eeException">
    /// The codes of <see cref="GcmFile.Decrypt"/>, <see cref="GcmStream.DecryptAsync"/> and <see cref="SecretStream.DecryptAsync"/>; <see cref="E2eeError.Truncated"/>: less plaintext than
    /// <paramref name="size"/>; <see cref="E2eeError.Format"/>: more that is not zero.
    /// </exception>
    public static async Task DecryptAsync(
        FileEncryption encryption,
        Secret key,
        Stream stored,
        Stream output,
        long? size,
        bool oldEnding = false,
        CancellationToken stop = default
    )
    {
        ArgumentNullException.ThrowIfNull(encryption);
        if (size is not { } bytes)
        {
            await OpenAsync(encryption, key, stored, output, oldEnding, stop).ConfigureAwait(false);
            return;
        }
        var cut = new UnpaddedStream(output, bytes);
        await using (cut.ConfigureAwait(false))
        {
            await OpenAsync(encryption, key, stored, cut, oldEnding, stop).ConfigureAwait(false);
            cut.CheckEnd();
        }
    }

    private static Task OpenAsync(
        FileEncryption encryption,
        Secret key,
        Stream stored,
        Stream output,
        bool oldEnding,
        CancellationToken stop
    ) =>
        encryption.Scheme switch
        {
            GcmFile.Scheme => OpenPieceAsync(encryption, key, stored, output, stop),
            GcmStream.Scheme => GcmStream.DecryptAsync(
                stored,
                output,
                key,
                encryption.Beside,
                encryption.ChunkSize,
                stop
            ),
            _ => SecretStream.DecryptAsync(
                stored,
                output,
                key,
                encryption.Beside,
                encryption.ChunkSize,
                oldEnding,
                stop
            ),
        };

    private static async Task OpenPieceAsync(
        FileEncryption encryption,
        Secret key,
        Stream stored,
        Stream output,
        CancellationToken stop
    )
    {
        using var whole = new MemoryStream();
        var buffer = new byte[GcmStream.ChunkSize];
        for (int read; (read = await stored.ReadAsync(buffer, stop).ConfigureAwait(false)) > 0; )
        {
            if (whole.Length + read > GcmFile.MaxSize + Envelope.TagSize)
            {
                throw new E2eeException(E2eeError.Limit);
            }
            whole.Write(buffer, 0, read);
        }
        var plain = GcmFile.Decrypt(whole.GetBuffer().AsSpan(0, (int)whole.Length), key, encryption.Beside);
        await output.WriteAsync(plain, stop).ConfigureAwait(false);
    }
}
