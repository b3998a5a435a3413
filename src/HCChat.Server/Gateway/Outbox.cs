using System.Buffers;
using System.Buffers.Binary;
using HCChat.Protocol;

namespace HCChat.Server.Gateway;

/// <summary>
/// The frames on their way to one peer, and the one writer that sends them. Enqueueing never blocks: a broadcast hands the same bytes to all its receivers, and
/// whatever has gathered while a write was in flight goes out with the next one. The queue is bounded; when it is full the
/// connection ends and nobody else notices.
/// </summary>
internal sealed class Outbox(Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> write)
    : IThreadPoolWorkItem,
        IDisposable
{
    private const int BatchSize = 32 * 1024;
    private const byte Text = 0x1;
    private const byte CloseOpcode = 0x8;
    private const int MaxHeader = 10;

    private readonly Lock _lock = new();
    private readonly Queue<Frame> _queue = new();
    private readonly CancellationTokenSource _aborted = new();
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _queuedBytes;
    private bool _writing;
    private bool _closed;

    private readonly record struct Frame(byte Opcode, byte[] Payload);

    /// <summary>Completes when the close frame has been handed to the network, or the connection broke.</summary>
    public Task Finished => _finished.Task;

    /// <summary>Queues a text frame.</summary>
    /// <param name="payload">Shared, never changed.</param>
    /// <param name="droppable">Left out when the queue is half full.</param>
    /// <returns>False when the queue is full: the peer does not read fast enough.</returns>
    public bool TryEnqueue(byte[] payload, bool droppable)
    {
        lock (_lock)
        {
            if (_closed)
            {
                return true;
            }
            if (droppable && _queuedBytes > Limits.MaxQueueBytes / 2)
            {
                return true;
            }
            if (_queue.Count >= Limits.MaxQueueFrames || _queuedBytes + payload.Length > Limits.MaxQueueBytes)
            {
                return false;
            }
            Add(new Frame(Text, payload));
            return true;
        }
    }

    /// <summary>Queues a ping or a pong (RFC 6455 §5.5); left out when the queue is full.</summary>
    public void EnqueueControl(byte opcode, ReadOnlySpan<byte> payload)
    {
        lock (_lock)
        {
            if (!_closed && _queue.Count < Limits.MaxQueueFrames)
            {
                Add(new Frame(opcode, payload.ToArray()));
            }
        }
    }

    /// <summary>Queues the last frame.</summary>
    /// <param name="code">Its code; <see cref="CloseCode.None"/> sends none.</param>
    /// <param name="dropQueued">Whether to forget what is queued, because the peer does not read.</param>
    public void Close(CloseCode code, bool dropQueued)
    {
        lock (_lock)
        {
            if (_closed)
            {
                return;
            }
            if (dropQueued)
            {
                _queue.Clear();
                _queuedBytes = 0;
            }
            var payload = new byte[code == CloseCode.None ? 0 : 2];
            if (code != CloseCode.None)
            {
                BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)code);
            }
            Add(new Frame(CloseOpcode, payload));
            _closed = true;
        }
    }

    /// <summary>Gives up whatever is queued or being written.</summary>
    public void Abort()
    {
        lock (_lock)
        {
            _closed = true;
            _queue.Clear();
        }
        _aborted.Cancel();
        _finished.TrySetResult();
    }

    /// <summary>The writer. Runs on the thread pool while there is something to write.</summary>
    void IThreadPoolWorkItem.Execute() => _ = PumpAsync();

    public void Dispose() => _aborted.Dispose();

    private void Add(Frame frame)
    {
        _queue.Enqueue(frame);
        _queuedBytes += frame.Payload.Length;
        if (!_writing)
        {
            _writing = true;
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
        }
    }

    private async Task PumpAsync()
    {
        var batch = ArrayPool<byte>.Shared.Rent(BatchSize);
        try
        {
            while (TryTake(batch, out var length, out var large))
            {
                if (length > 0)
                {
                    await write(batch.AsMemory(0, length), _aborted.Token);
                }
                if (large is not null)
                {
                    await write(large, _aborted.Token);
                }
            }
        }
        catch (Exception e)
            when (e is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException
            )
        {
            // The peer has gone; the reader finds out by itself.
            Abort();
        }
        catch (System.Net.Sockets.SocketException)
        {
            Abort();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(batch);
        }
    }

    // Fills the batch with whole frames. A frame that no batch can hold goes out behind its header, as it is.
    private bool TryTake(byte[] batch, out int length, out byte[]? large)
    {
        length = 0;
        large = null;
        lock (_lock)
        {
            while (_queue.TryPeek(out var frame) && large is null)
            {
                var fits = length + MaxHeader + frame.Payload.Length <= BatchSize;
                if (!fits && length > 0)
                {
                    break;
                }
                _queue.Dequeue();
                _queuedBytes -= frame.Payload.Length;
                length += WriteHeader(batch.AsSpan(length), frame);
                if (fits)
                {
                    frame.Payload.CopyTo(batch, length);
                    length += frame.Payload.Length;
                }
                else
                {
                    large = frame.Payload;
                }
            }
            if (length == 0)
            {
                _writing = false;
                if (_closed)
                {
                    _finished.TrySetResult();
                }
            }
            return length > 0;
        }
    }

    private static int WriteHeader(Span<byte> header, Frame frame)
    {
        header[0] = (byte)(0x80 | frame.Opcode);
        switch (frame.Payload.Length)
        {
            case < 126:
                header[1] = (byte)frame.Payload.Length;
                return 2;
            case <= ushort.MaxValue:
                header[1] = 126;
                BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)frame.Payload.Length);
                return 4;
            default:
                header[1] = 127;
                BinaryPrimitives.WriteUInt64BigEndian(header[2..], (ulong)frame.Payload.Length);
                return MaxHeader;
        }
    }
}
