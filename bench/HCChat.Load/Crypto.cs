using HCChat.Crypto;

namespace HCChat.Load;

/// <summary>Encryption of files in memory, ours beside libsodium's own functions, called for each chunk as a program in C calls them.</summary>
internal static class Crypto
{
    private const int Rounds = 7;
    private const int ChunkSize = 65_536;
    private const int Chunks = 4_096; // 256 MiB
    private const int PieceSize = 15_000_000;
    private const int Pieces = 16;
    private const long Bytes = (long)Chunks * ChunkSize;

    public static async Task RunAsync()
    {
        Sodium.Begin();
        Console.WriteLine($"{"", -34}{"HCChat MB/s", 14}{"libsodium MB/s", 16}   HCChat ÷ libsodium");
        using var key = Secret.Random(32);
        var plain = new byte[ChunkSize];
        var (sealable, seekable) = (new Repeated(plain, Chunks), await StoredAsync(key));
        var (prefix, header, sequential) = (seekable.Beside, new byte[SecretStream.HeaderSize], new MemoryStream());
        header = await SecretStream.EncryptAsync(sealable.Again(), sequential, key);

        await CompareAsync(
            "aes-256-gcm.stream, encrypt",
            Bytes,
            () => GcmStream.EncryptAsync(sealable.Again(), Stream.Null, key),
            () => Sodium.GcmEncrypt(plain, Chunks)
        );
        await CompareAsync(
            "aes-256-gcm.stream, decrypt",
            Bytes,
            () => GcmStream.DecryptAsync(Rewound(seekable.Stored), Stream.Null, key, prefix),
            () => Sodium.GcmDecrypt(plain, Chunks)
        );
        await CompareAsync(
            "secretstream, encrypt",
            Bytes,
            () => SecretStream.EncryptAsync(sealable.Again(), Stream.Null, key),
            () => Sodium.StreamEncrypt(plain, Chunks)
        );
        await CompareAsync(
            "secretstream, decrypt",
            Bytes,
            () => SecretStream.DecryptAsync(Rewound(sequential), Stream.Null, key, header),
            () => Sodium.StreamDecrypt(plain, Chunks)
        );
        var piece = new byte[PieceSize];
        await CompareAsync(
            "aes-256-gcm, 15 MB in one piece",
            (long)Pieces * PieceSize,
            () =>
            {
                for (var i = 0; i < Pieces; i++)
                {
                    _ = GcmFile.Encrypt(piece, key, out _);
                }
                return Task.CompletedTask;
            },
            () => Sodium.GcmEncrypt(piece, Pieces)
        );
    }

    private static async Task<(MemoryStream Stored, byte[] Beside)> StoredAsync(Secret key)
    {
        var stored = new MemoryStream();
        return (stored, await GcmStream.EncryptAsync(new Repeated(new byte[ChunkSize], Chunks), stored, key));
    }

    private static MemoryStream Rewound(MemoryStream stream)
    {
        stream.Position = 0;
        return stream;
    }

    // In turns, for the machine is another one from minute to minute.
    private static async Task CompareAsync(string what, long bytes, Func<Task> ours, Action theirs)
    {
        await ours();
        theirs();
        var (own, peer) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            var began = TimeProvider.System.GetTimestamp();
            await ours();
            own.Add(bytes / TimeProvider.System.GetElapsedTime(began).TotalSeconds / 1e6);
            began = TimeProvider.System.GetTimestamp();
            theirs();
            peer.Add(bytes / TimeProvider.System.GetElapsedTime(began).TotalSeconds / 1e6);
        }
        var ratios = own.Zip(peer, (o, p) => o / p).Order().ToList();
        Console.WriteLine(
            $"{what, -34}{Figures.Median(own), 14:F0}{Figures.Median(peer), 16:F0}   {Figures.Median(ratios):F2} ({ratios[0]:F2}-{ratios[^1]:F2}, {Rounds} rounds)"
        );
    }

    /// <summary>A chunk again and again.</summary>
    private sealed class Repeated(byte[] chunk, int times) : Stream
    {
        private long _left = (long)chunk.Length * times;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        /// <summary>From the beginning.</summary>
        public Repeated Again()
        {
            _left = (long)chunk.Length * times;
            return this;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var taken = (int)Math.Min(Math.Min(buffer.Length, chunk.Length), _left);
            chunk.AsSpan(0, taken).CopyTo(buffer.Span);
            _left -= taken;
            return new(taken);
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
