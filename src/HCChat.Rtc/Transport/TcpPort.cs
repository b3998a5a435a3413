using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace HCChat.Rtc.Transport;

/// <summary>
/// The TCP listener, for networks that let no UDP through (RFC 6544, passive). A connection that has not passed a check is one of a bounded number, in all and
/// of its address, and has a few seconds; one that has passed belongs to its peer.
/// </summary>
internal sealed class TcpPort : IDisposable
{
    public const int MaxPending = 256;
    public const int MaxPendingOfAddress = 16;
    public static readonly TimeSpan PendingTime = TimeSpan.FromSeconds(5);

    /// <summary>Clients check every 2.5 s or so.</summary>
    public static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(30);

    private const int Backlog = 128;

    private readonly MediaPort _port;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Socket _listener;
    private readonly ConcurrentDictionary<TcpLink, byte> _links = [];
    private readonly Dictionary<IPAddress, int> _pending = [];
    private int _pendingCount;

    public TcpPort(MediaPort port, IPEndPoint listen, TimeProvider time, ILogger log)
    {
        _port = port;
        _time = time;
        _log = log;
        _listener = new Socket(listen.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (listen.AddressFamily == AddressFamily.InterNetworkV6)
            _listener.DualMode = listen.Address.Equals(IPAddress.IPv6Any);
        _listener.Bind(listen);
        _listener.Listen(Backlog);
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>How many connections there are, checked or not.</summary>
    public int LinkCount => _links.Count;

    public void Start() => _ = AcceptAsync();

    /// <summary>Ends connections that are over their time.</summary>
    public void Tick()
    {
        var now = _time.GetTimestamp();
        foreach (var (link, _) in _links)
            if (_time.GetElapsedTime(link.LastChecked, now) > (link.Peer is null ? PendingTime : IdleTime))
                link.Close();
    }

    /// <summary>A connection has passed a check, or ended before it did.</summary>
    public void NoLongerPending(IPAddress address)
    {
        lock (_pending)
        {
            _pendingCount--;
            if (--_pending[address] == 0)
                _pending.Remove(address);
        }
    }

    public void Remove(TcpLink link) => _links.TryRemove(link, out _);

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var (link, _) in _links)
            link.Close();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync().ConfigureAwait(false);
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.OperationAborted or SocketError.NotSocket)
            {
                return;
            }
            catch (SocketException)
            {
                // Whoever came is gone already, or there are no descriptors left: those of others end some time.
                await Task.Delay(TimeSpan.FromMilliseconds(50), _time).ConfigureAwait(false);
                continue;
            }
            Welcome(socket);
        }
    }

    private void Welcome(Socket socket)
    {
        if (socket.RemoteEndPoint is not IPEndPoint from || !TryPend(from.Address))
        {
            socket.Dispose();
            return;
        }
        var link = new TcpLink(_port, this, socket, from, _log) { LastChecked = _time.GetTimestamp() };
        _links.TryAdd(link, 0);
        _port.StartTicking();
        _ = link.ReceiveAsync();
    }

    private bool TryPend(IPAddress address)
    {
        lock (_pending)
        {
            _pending.TryGetValue(address, out var count);
            if (_pendingCount >= MaxPending || count >= MaxPendingOfAddress)
                return false;
            _pending[address] = count + 1;
            _pendingCount++;
            return true;
        }
    }
}
