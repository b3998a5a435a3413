using Geralt;
using HCChat.Crypto;

namespace HCChat.Tests.Crypto;

/// <summary>A file may be of any size, and what it takes to encrypt and to decrypt it does not grow with it.</summary>
public sealed class FileMemoryTests
{
    private const int ChunkSize = 65_536;
    private const long Gigabyte = 16_000 * ChunkSize;

    /// <summary>All that is ever allocated, collected or not: far below the file, above a few buffers and two small things a chunk.</summary>
    private const long Enough = 16_000_000;

    [Fact]
    public void A_gigabyte_is_encrypted_without_being_held()
    {
        using var key = Secret.Random(32);
        Assert.InRange(Allocated(() => GcmStream.EncryptAsync(new Zeroes(), new Counter(), key)), 0, Enough);
        Assert.InRange(Allocated(() => SecretStream.EncryptAsync(new Zeroes(), new Counter(), key)), 0, Enough);
    }

    [Fact]
    public void A_gigabyte_is_decrypted_without_being_held()
    {
        using var key = Secret.Random(32);
        var prefix = new byte[GcmStream.PrefixSize];
        var (zeroes, index) = (new byte[ChunkSize], 0L);
        var seekable = new Chunks(
            ChunkSize + 16,
            (output, last) => GcmStream.EncryptFrom(index++, zeroes, output, key, prefix, last)
        );
        var counter = new Counter();
        Assert.InRange(Allocated(() => GcmStream.DecryptAsync(seekable, counter, key, prefix)), 0, 2 * Enough);
        Assert.Equal(Gigabyte, counter.Count);

        var header = new byte[SecretStream.HeaderSize];
        using var state = new IncrementalXChaCha20Poly1305(header, key.Reveal(), encryption: true);
        var sequential = new Chunks(
            ChunkSize + SecretStream.Overhead,
            (output, last) =>
                state.EncryptChunk(
                    output,
                    zeroes,
                    last ? IncrementalXChaCha20Poly1305.ChunkFlag.Final : IncrementalXChaCha20Poly1305.ChunkFlag.Message
                )
        );
        counter = new Counter();
        Assert.InRange(Allocated(() => SecretStream.DecryptAsync(sequential, counter, key, header)), 0, Enough);
        Assert.Equal(Gigabyte, counter.Count);
    }

    // Streams of memory wait for nothing: all of it happens on this thread, and what others do meanwhile does not count.
    private static long Allocated(Func<Task> work)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var done = work();
        Assert.True(done.IsCompletedSuccessfully);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private delegate void Make(Span<byte> output, bool last);

    /// <summary>A gigabyte of zeroes.</summary>
    private sealed class Zeroes : OneWay
    {
        private long _left = Gigabyte;

        public override bool CanRead => true;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var taken = (int)Math.Min(_left, buffer.Length);
            buffer.Span[..taken].Clear();
            _left -= taken;
            return new(taken);
        }
    }

    /// <summary>A gigabyte in chunks, each made when it is asked for.</summary>
    private sealed class Chunks(int size, Make make) : OneWay
    {
        private readonly byte[] _chunk = new byte[size];
        private long _made;
        private int _taken = int.MaxValue;

        public override bool CanRead => true;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_taken >= _chunk.Length && _made < Gigabyte)
            {
                (_made, _taken) = (_made + ChunkSize, 0);
                make(_chunk, _made == Gigabyte);
            }
            var given = Math.Min(buffer.Length, Math.Max(0, _chunk.Length - _taken));
            _chunk.AsSpan(given == 0 ? 0 : _taken, given).CopyTo(buffer.Span);
            _taken = given == 0 ? _taken : _taken + given;
            return new(given);
        }
    }

    /// <summary>Counts, and keeps nothing.</summary>
    private sealed class Counter : OneWay
    {
        public long Count { get; private set; }

        public override bool CanWrite => true;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Count += buffer.Length;
            return ValueTask.CompletedTask;
        }
    }

    private abstract class OneWay : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() { }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
