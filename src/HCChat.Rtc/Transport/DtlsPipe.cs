using Org.BouncyCastle.Tls;

namespace HCChat.Rtc.Transport;

/// <summary>Takes a packet that stays as it is.</summary>
internal delegate void PacketSink(ReadOnlySpan<byte> packet);

/// <summary>
/// What lies between a peer's datagrams and BouncyCastle, which wants to wait for them: during the handshake its thread may; afterwards nobody waits, and what is
/// asked of an empty queue ends the asking at once.
/// </summary>
/// <param name="send">Takes a datagram out.</param>
internal sealed class DtlsPipe(PacketSink send) : DatagramTransport
{
    /// <summary>Datagrams that wait at most. A client repeats what was dropped.</summary>
    public const int MaxQueued = 32;

    // With room for UDP, IPv6 and a tunnel in 1,280 bytes.
    private const int SendLimit = 1200;

    private readonly Queue<byte[]> _queue = [];
    private bool _isPolled;

    /// <summary>Whether either side has ended it.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Whether there is something to receive.</summary>
    public bool HasSome
    {
        get
        {
            lock (_queue)
                return _queue.Count > 0;
        }
    }

    /// <summary>From now on nobody waits.</summary>
    public void Poll()
    {
        lock (_queue)
            _isPolled = true;
    }

    /// <summary>A datagram has come; it is copied.</summary>
    public void Push(ReadOnlySpan<byte> datagram)
    {
        lock (_queue)
        {
            if (IsClosed || _queue.Count >= MaxQueued)
                return;
            _queue.Enqueue(datagram.ToArray());
            Monitor.Pulse(_queue);
        }
    }

    /// <exception cref="TlsTimeoutException">
    /// There is nothing, and nobody waits. It comes from here because this is asked before each reception, outside of what treats it as a reason to ask again.
    /// </exception>
    public int GetReceiveLimit()
    {
        lock (_queue)
            return _isPolled && _queue.Count == 0 ? throw new TlsTimeoutException() : MediaPort.LongestDatagram;
    }

    public int GetSendLimit() => SendLimit;

    public int Receive(byte[] buf, int off, int len, int waitMillis) => Receive(buf.AsSpan(off, len), waitMillis);

    public int Receive(Span<byte> buffer, int waitMillis)
    {
        lock (_queue)
        {
            if (_queue.Count == 0 && !_isPolled && !IsClosed)
                Monitor.Wait(_queue, waitMillis > 0 ? waitMillis : Timeout.Infinite);
            if (IsClosed)
                throw new IOException("The transport is closed.");
            if (!_queue.TryDequeue(out var datagram))
                return -1;
            var length = Math.Min(datagram.Length, buffer.Length);
            datagram.AsSpan(0, length).CopyTo(buffer);
            return length;
        }
    }

    public void Send(byte[] buf, int off, int len) => send(buf.AsSpan(off, len));

    public void Send(ReadOnlySpan<byte> buffer) => send(buffer);

    public void Close()
    {
        lock (_queue)
        {
            IsClosed = true;
            _queue.Clear();
            Monitor.PulseAll(_queue);
        }
    }
}
