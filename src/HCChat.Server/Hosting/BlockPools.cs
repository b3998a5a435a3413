using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace HCChat.Server.Hosting;

/// <summary>
/// The web server's buffers, from the ordinary heap. Its own pool takes them from the heap of what is never moved, which a rush of peers leaves in shreds: what a thousand senders had under way
/// would stay with the process for good, though nobody uses it. Here a few megabytes are kept and the rest is the collector's.
/// </summary>
internal sealed class BlockPools : IMemoryPoolFactory<byte>
{
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new Pool();

    private sealed class Pool : MemoryPool<byte>
    {
        /// <summary>A page of most systems, as in the web server's own pool (bytes).</summary>
        private const int BlockSize = 4096;

        /// <summary>Blocks that wait for the next to ask: 4 MiB.</summary>
        private const int MostKept = 1024;

        private readonly ConcurrentQueue<Block> _free = new();
        private int _kept;

        public override int MaxBufferSize => BlockSize;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockSize);
            if (_free.TryDequeue(out var block))
            {
                Interlocked.Decrement(ref _kept);
                return block;
            }
            return new Block(this);
        }

        protected override void Dispose(bool disposing) => _free.Clear();

        private void Return(Block block)
        {
            if (Interlocked.Increment(ref _kept) <= MostKept)
            {
                _free.Enqueue(block);
            }
            else
            {
                Interlocked.Decrement(ref _kept);
            }
        }

        private sealed class Block(Pool pool) : IMemoryOwner<byte>
        {
            public Memory<byte> Memory { get; } = GC.AllocateUninitializedArray<byte>(BlockSize);

            public void Dispose() => pool.Return(this);
        }
    }
}
