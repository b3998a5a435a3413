using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace HCChat.Rtc.Transport;

/// <summary>
/// The UDP socket: one thread receives for all peers, whoever sends does so on their own thread. Nothing is allocated for a packet. An address gets into the
/// table by a check that proves a password, and out of it with its peer.
/// </summary>
internal sealed class UdpPort : IDisposable
{
    private const int BufferSize = 4 << 20;

    // The system's buffer is full for as long only as the network card is behind; media that is later than this is worth nothing.
    private const int SendTimeoutMs = 5;

    private readonly MediaPort _port;
    private readonly ILogger _log;
    private readonly Socket _socket;
    private readonly ConcurrentDictionary<SocketAddress, UdpLink> _links = [];
    private volatile bool _closed;

    public UdpPort(MediaPort port, IPEndPoint listen, ILogger log)
    {
        _port = port;
        _log = log;
        _socket = new Socket(listen.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        if (listen.AddressFamily == AddressFamily.InterNetworkV6)
            _socket.DualMode = listen.Address.Equals(IPAddress.IPv6Any);
        _socket.ReceiveBufferSize = BufferSize;
        _socket.SendBufferSize = BufferSize;
        _socket.SendTimeout = SendTimeoutMs;
        _socket.Bind(listen);
        EndPoint = (IPEndPoint)_socket.LocalEndPoint!;
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>How many addresses are known.</summary>
    public int LinkCount => _links.Count;

    public void Start() => new Thread(Receive) { IsBackground = true, Name = "media" }.Start();

    public void Send(ReadOnlySpan<byte> datagram, SocketAddress to)
    {
        try
        {
            _socket.SendTo(datagram, SocketFlags.None, to);
        }
        catch (SocketException)
        {
            // Unreachable, or no room: the same as lost on the way.
        }
        catch (ObjectDisposedException) { }
    }

    /// <summary>Forgets an address, unless it has become another peer's.</summary>
    public void Remove(SocketAddress address, UdpLink link) => _links.TryRemove(KeyValuePair.Create(address, link));

    public void Dispose()
    {
        _closed = true;
        _socket.Dispose();
    }

    private void Receive()
    {
        var buffer = new byte[MediaPort.LongestDatagram];
        var from = new SocketAddress(_socket.AddressFamily);
        while (!_closed)
        {
            try
            {
                var length = _socket.ReceiveFrom(buffer, SocketFlags.None, from);
                Take(buffer.AsSpan(0, length), from);
            }
            catch (SocketException)
            {
                // Somebody's port is closed, or a datagram was longer than any that we take.
            }
            catch (ObjectDisposedException) { }
            catch (Exception e)
            {
                // A mistake of ours in one peer's call must not end everybody's.
                TransportLog.PacketFailed(_log, e);
            }
        }
    }

    private void Take(Span<byte> datagram, SocketAddress from)
    {
        var kind = Demux.Kind(datagram);
        if (kind == DatagramKind.Stun)
            Check(datagram, from);
        else if (kind != DatagramKind.Unknown && _links.TryGetValue(from, out var link))
            link.Peer!.OnDatagram(kind, datagram);
    }

    private void Check(ReadOnlySpan<byte> datagram, SocketAddress from)
    {
        Span<byte> answer = stackalloc byte[Stun.LongestAnswer];
        if (!_port.TryCheck(datagram, from, answer, out var check))
            return;
        if (!_links.TryGetValue(from, out var link) || link.Peer != check.Credentials.Peer)
        {
            link?.Peer!.Forget(link);
            var address = new SocketAddress(from.Family, from.Size);
            from.Buffer.Span[..from.Size].CopyTo(address.Buffer.Span);
            link = new UdpLink(this, address, check.Credentials.Peer);
            _links[address] = link;
        }
        check.Credentials.Peer.OnCheck(link, check);
        Send(answer[..check.AnswerLength], from);
    }
}

/// <summary>An address that has passed a check.</summary>
internal sealed class UdpLink : Link
{
    private readonly UdpPort _port;
    private readonly SocketAddress _address;

    public UdpLink(UdpPort port, SocketAddress address, PeerTransport peer)
    {
        _port = port;
        _address = address;
        Peer = peer;
    }

    public override void Send(ReadOnlySpan<byte> datagram) => _port.Send(datagram, _address);

    public override void Close() => _port.Remove(_address, this);
}
