using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace HCChat.Rtc.Transport;

/// <summary>
/// One TCP connection: datagrams with a length of two bytes before each (RFC 4571). What is to be sent is gathered while the socket is busy, up to a bound
/// beyond which packets are dropped whole.
/// </summary>
internal sealed class TcpLink : Link
{
    /// <summary>What waits at most: a quarter of a second at 2 Mbit/s. More would only be late.</summary>
    public const int QueueLength = 64 << 10;

    private const int ReceiveLength = 8 << 10;
    private const int Prefix = 2;

    private readonly MediaPort _port;
    private readonly TcpPort _owner;
    private readonly Socket _socket;
    private readonly IPAddress _address;
    private readonly SocketAddress _from;
    private readonly ILogger _log;
    private readonly Lock _gate = new();

    // One is filled while the other is on its way. They are there from the first packet on, so that a pending connection costs little.
    private byte[] _filling = [];
    private byte[] _leaving = [];
    private int _filled;
    private bool _isSending;
    private volatile int _closed;
    private int _pendingEnded;

    public TcpLink(MediaPort port, TcpPort owner, Socket socket, IPEndPoint from, ILogger log)
    {
        _port = port;
        _owner = owner;
        _socket = socket;
        _socket.NoDelay = true;
        _address = from.Address;
        _from = from.Serialize();
        _log = log;
    }

    public override void Send(ReadOnlySpan<byte> datagram)
    {
        lock (_gate)
        {
            if (_filling.Length == 0)
                (_filling, _leaving) = (new byte[QueueLength], new byte[QueueLength]);
            if (_closed != 0 || _filled + Prefix + datagram.Length > QueueLength)
                return;
            BinaryPrimitives.WriteUInt16BigEndian(_filling.AsSpan(_filled), (ushort)datagram.Length);
            datagram.CopyTo(_filling.AsSpan(_filled + Prefix));
            _filled += Prefix + datagram.Length;
            if (_isSending)
                return;
            _isSending = true;
        }
        _ = FlushAsync();
    }

    public override void Close()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0)
            return;
        _socket.Dispose();
        _owner.Remove(this);
        EndPending();
        Peer?.Forget(this);
    }

    /// <summary>Receives until the connection ends.</summary>
    public async Task ReceiveAsync()
    {
        var buffer = new byte[ReceiveLength];
        var filled = 0;
        try
        {
            while (await _socket.ReceiveAsync(buffer.AsMemory(filled)).ConfigureAwait(false) is > 0 and var read)
            {
                filled += read;
                var taken = TakeFrames(buffer.AsSpan(0, filled));
                if (taken < 0)
                    break;
                buffer.AsSpan(taken, filled - taken).CopyTo(buffer);
                filled -= taken;
            }
        }
        catch (SocketException) { }
        catch (ObjectDisposedException) { }
        catch (Exception e)
        {
            TransportLog.PacketFailed(_log, e);
        }
        finally
        {
            Close();
        }
    }

    /// <returns>How much was whole, or -1: this is nobody who speaks our protocol.</returns>
    private int TakeFrames(Span<byte> received)
    {
        var at = 0;
        while (received.Length - at >= Prefix)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(received[at..]);
            if (length > MediaPort.LongestDatagram)
                return -1;
            if (received.Length - at - Prefix < length)
                break;
            if (!Take(received.Slice(at + Prefix, length)))
                return -1;
            at += Prefix + length;
        }
        return at;
    }

    private bool Take(Span<byte> datagram)
    {
        var kind = Demux.Kind(datagram);
        if (kind == DatagramKind.Stun)
            return Check(datagram);
        if (Peer is not { } peer)
            return false;
        peer.OnDatagram(kind, datagram);
        return true;
    }

    private bool Check(ReadOnlySpan<byte> datagram)
    {
        Span<byte> answer = stackalloc byte[Stun.LongestAnswer];
        if (!_port.TryCheck(datagram, _from, answer, out var check))
            return Peer is not null;
        if (Peer is null)
        {
            Peer = check.Credentials.Peer;
            EndPending();
        }
        else if (Peer != check.Credentials.Peer)
            return false;
        Peer.OnCheck(this, check);
        Send(answer[..check.AnswerLength]);
        if (_closed != 0)
            Peer.Forget(this);
        return true;
    }

    private void EndPending()
    {
        if (Interlocked.Exchange(ref _pendingEnded, 1) == 0)
            _owner.NoLongerPending(_address);
    }

    private async Task FlushAsync()
    {
        try
        {
            while (true)
            {
                int length;
                lock (_gate)
                {
                    if (_filled == 0)
                    {
                        _isSending = false;
                        return;
                    }
                    (_filling, _leaving) = (_leaving, _filling);
                    length = _filled;
                    _filled = 0;
                }
                for (var sent = 0; sent < length; )
                    sent += await _socket.SendAsync(_leaving.AsMemory(sent, length - sent)).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It never sends again, so the queue stays full and everything is dropped, until whoever receives sees the end.
        }
    }
}
