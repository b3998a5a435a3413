using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace HCChat.Rtc.Transport;

/// <summary>A check that has proved its password.</summary>
/// <param name="AnswerLength">How long the answer to it is.</param>
internal readonly record struct PassedCheck(IceCredentials Credentials, bool UseCandidate, int AnswerLength);

/// <summary>
/// One UDP and one TCP port for all peers of all calls. Whoever has no password of a live peer gets no answer to anything (RFC 8445 as ICE-lite, RFC 7983).
/// </summary>
internal sealed class MediaPort : IAsyncDisposable
{
    /// <summary>Longer datagrams are not taken and not sent.</summary>
    public const int LongestDatagram = 2048;

    /// <summary>DTLS handshakes that run at once. A client repeats its first flight until there is room.</summary>
    public const int MaxHandshakes = 32;

    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(50);

    private readonly ILogger _log;
    private readonly UdpPort? _udp;
    private readonly TcpPort? _tcp;
    private readonly ConcurrentDictionary<ulong, IceCredentials> _credentials = [];
    private readonly ConcurrentDictionary<PeerTransport, byte> _peers = [];
    private readonly ITimer _timer;
    private readonly Lock _timerGate = new();
    private bool _isTicking;
    private bool _closed;

    /// <exception cref="SocketException">A port is taken, or the address is not this machine's.</exception>
    public MediaPort(MediaPortOptions options, TimeProvider time, ILogger logger)
    {
        Time = time;
        _log = logger;
        Identity = new DtlsIdentity(time);
        var listen = options.Listen;
        if (listen.AddressFamily == AddressFamily.InterNetworkV6 && !Socket.OSSupportsIPv6)
        {
            TransportLog.NoIPv6(logger);
            listen = IPAddress.Any;
        }
        _timer = time.CreateTimer(_ => Tick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        try
        {
            if (options.UdpPort >= 0)
                _udp = new UdpPort(this, new IPEndPoint(listen, options.UdpPort), logger);
            if (options.TcpPort >= 0)
                _tcp = new TcpPort(this, new IPEndPoint(listen, options.TcpPort), time, logger);
        }
        catch
        {
            _udp?.Dispose();
            _timer.Dispose();
            throw;
        }
        CandidateLines = CandidateAddresses.Lines(
            CandidateAddresses.Choose(
                options,
                listen.AddressFamily == AddressFamily.InterNetworkV6,
                CandidateAddresses.OfThisMachine()
            ),
            Udp?.Port,
            Tcp?.Port
        );
        _udp?.Start();
        _tcp?.Start();
    }

    /// <summary>What UDP is bound to, or null when it is off.</summary>
    public IPEndPoint? Udp => _udp?.EndPoint;

    /// <summary>What TCP is bound to, or null when it is off.</summary>
    public IPEndPoint? Tcp => _tcp?.EndPoint;

    /// <summary>SHA-256 of our certificate as SDP writes it: "AB:CD:…".</summary>
    public string Fingerprint => Identity.Fingerprint;

    /// <summary>Our candidates as SDP writes them, without "a=", the best first.</summary>
    public IReadOnlyList<string> CandidateLines { get; }

    public TimeProvider Time { get; }

    public DtlsIdentity Identity { get; }

    /// <summary>Turns of <see cref="MaxHandshakes"/>.</summary>
    public SemaphoreSlim Handshakes { get; } = new(MaxHandshakes, MaxHandshakes);

    /// <summary>Addresses and connections that are known.</summary>
    public int LinkCount => (_udp?.LinkCount ?? 0) + (_tcp?.LinkCount ?? 0);

    /// <summary>A new transport for one peer connection.</summary>
    public PeerTransport Open(PeerEvents events)
    {
        var peer = new PeerTransport(this, events, _log);
        _peers.TryAdd(peer, 0);
        StartTicking();
        return peer;
    }

    /// <summary>From now on checks under these credentials are answered.</summary>
    public void Add(IceCredentials credentials) => _credentials[credentials.Key] = credentials;

    /// <summary>From now on they are not.</summary>
    public void Remove(IceCredentials credentials) =>
        _credentials.TryRemove(KeyValuePair.Create(credentials.Key, credentials));

    public void Remove(PeerTransport peer) => _peers.TryRemove(peer, out _);

    /// <summary>Whether a datagram is a check of a live peer, and the answer to it.</summary>
    /// <param name="answer">Has room for <see cref="Stun.LongestAnswer"/>.</param>
    public bool TryCheck(ReadOnlySpan<byte> datagram, SocketAddress from, Span<byte> answer, out PassedCheck check)
    {
        check = default;
        if (
            !StunRequest.TryRead(datagram, out var request)
            || !_credentials.TryGetValue(IceCredentials.KeyOf(request.Ufrag), out var credentials)
            || !request.IsFrom(credentials.PasswordBytes)
        )
            return false;
        var length = Stun.WriteSuccess(request, from, credentials.PasswordBytes, answer);
        check = new PassedCheck(credentials, request.UseCandidate, length);
        return true;
    }

    /// <summary>The timer runs while there is somebody whom it concerns.</summary>
    public void StartTicking()
    {
        lock (_timerGate)
        {
            if (_isTicking || _closed)
                return;
            _isTicking = true;
            _timer.Change(s_tick, Timeout.InfiniteTimeSpan);
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_timerGate)
            _closed = true;
        await _timer.DisposeAsync().ConfigureAwait(false);
        foreach (var (peer, _) in _peers)
            peer.Dispose();
        _udp?.Dispose();
        _tcp?.Dispose();
        // A handshake that still runs gives its turn back after this.
    }

    private void Tick()
    {
        try
        {
            _tcp?.Tick();
        }
        catch (Exception e)
        {
            TransportLog.TickFailed(_log, e);
        }
        foreach (var (peer, _) in _peers)
            Tick(peer);
        lock (_timerGate)
        {
            _isTicking = !_closed && (!_peers.IsEmpty || _tcp is { LinkCount: > 0 });
            if (_isTicking)
                _timer.Change(s_tick, Timeout.InfiniteTimeSpan);
        }
    }

    // A mistake of ours in one peer's call must not keep the others from their time.
    private void Tick(PeerTransport peer)
    {
        try
        {
            peer.Tick();
        }
        catch (Exception e)
        {
            TransportLog.TickFailed(_log, e);
        }
    }
}
