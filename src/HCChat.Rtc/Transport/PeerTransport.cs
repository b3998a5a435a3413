namespace HCChat.Rtc.Transport;

/// <summary>
/// Everything below decrypted packets of one peer connection: ICE-lite, DTLS, SRTP and data channels. Sending can be done from any thread, under any lock of the
/// caller, for it takes none that an event is called under.
/// </summary>
internal sealed class PeerTransport : IDisposable
{
    /// <summary>Bytes behind a packet that protection may fill.</summary>
    public const int Slack = 32;

    private readonly MediaPort _port;
    private readonly PeerEvents _events;
    private readonly IceSession _ice;
    private readonly DtlsSession _dtls;
    private readonly DataChannels _data;

    // Events are called under the first. The others are held for a moment, and nothing is called under them.
    private readonly Lock _inbound = new();
    private readonly Lock _sending = new();
    private readonly Lock _channels = new();
    private readonly SrtpSources _sources = new();
    private SrtpReceiver? _receiver;
    private SrtpSender? _sender;
    private long _lastHeard;
    private volatile bool _isConnected;
    private volatile bool _isOver;
    private volatile bool _isDisposed;

    public PeerTransport(MediaPort port, PeerEvents events, ILogger log)
    {
        _port = port;
        _events = events;
        _lastHeard = port.Time.GetTimestamp();
        _ice = new IceSession(this, port);
        _dtls = new DtlsSession(port, d => _ice.Selected?.Send(d), OnHandshake, End, log);
        _data = new DataChannels(port.Time, _dtls.Send);
    }

    /// <summary>Our user name fragment of this ICE generation.</summary>
    public string Ufrag => _ice.Credentials.Ufrag;

    /// <summary>Our password of this ICE generation.</summary>
    public string Password => _ice.Credentials.Password;

    /// <summary>Whether DTLS is up, so that something can be sent.</summary>
    public bool IsConnected => _isConnected;

    /// <summary>The <see cref="TimeProvider"/>'s timestamp of the last authenticated check or packet.</summary>
    public long LastHeard => Volatile.Read(ref _lastHeard);

    /// <summary>A new <see cref="Ufrag"/> and <see cref="Password"/>. The old address is used until a check arrives under the new ones; DTLS stays.</summary>
    public void RestartIce() => _ice.Restart();

    /// <summary>The fingerprint of the peer's certificate, SHA-256. The handshake waits up to 5 s for it.</summary>
    public void Expect(string sha256Fingerprint) => _dtls.Expect(sha256Fingerprint);

    /// <summary>A source of media for the peer; nothing else is sent to it.</summary>
    public uint BeginSource()
    {
        lock (_sending)
            return _sources.Begin();
    }

    /// <summary>Nothing of a source is sent any more, and what was remembered of it goes.</summary>
    public void EndSource(uint ssrc)
    {
        lock (_sending)
            _sources.End(ssrc);
    }

    /// <summary>
    /// Protects a media packet in place and sends it. <paramref name="buffer"/> has <see cref="Slack"/> bytes behind <paramref name="length"/>. A number of a source
    /// that was sent is not sent again: what is asked for once more goes out under another source (RFC 4588).
    /// </summary>
    public void SendRtp(Span<byte> buffer, int length)
    {
        lock (_sending)
        {
            if (_sender is null || _ice.Selected is not { } link || length > MediaPort.LongestDatagram - Slack)
                return;
            if (_sender.ProtectRtp(buffer, length) is > 0 and var whole)
                link.Send(buffer[..whole]);
        }
    }

    /// <summary>Sends a compound of control packets.</summary>
    public void SendRtcp(ReadOnlySpan<byte> packet)
    {
        Span<byte> buffer = stackalloc byte[MediaPort.LongestDatagram];
        if (packet.Length > buffer.Length - Slack)
            return;
        packet.CopyTo(buffer);
        lock (_sending)
        {
            if (_sender is null || _ice.Selected is not { } link)
                return;
            if (_sender.ProtectRtcp(buffer, packet.Length) is > 0 and var whole)
                link.Send(buffer[..whole]);
        }
    }

    /// <summary>Opens a data channel of ours, now or as soon as the peer is there.</summary>
    public void OpenChannel(string label, bool ordered, ushort? maxRetransmits)
    {
        lock (_channels)
            _data.Open(label, ordered, maxRetransmits);
    }

    /// <summary>False: there is no such channel, or its queue is full.</summary>
    public bool SendData(string label, ReadOnlySpan<byte> message, bool binary)
    {
        lock (_channels)
            return !_isOver && !_isDisposed && _data.Send(label, message, binary);
    }

    /// <summary>A check of ours has come over a link.</summary>
    public void OnCheck(Link link, PassedCheck check)
    {
        Heard();
        _ice.OnCheck(link, check);
    }

    /// <summary>A link has gone.</summary>
    public void Forget(Link link) => _ice.Forget(link);

    /// <summary>A datagram has come from an address that has passed a check.</summary>
    public void OnDatagram(DatagramKind kind, Span<byte> datagram)
    {
        if (_isDisposed || _isOver)
            return;
        if (kind == DatagramKind.Dtls)
        {
            _dtls.Push(datagram);
            if (!_isConnected)
                return;
            lock (_inbound)
                Drain();
            return;
        }
        lock (_inbound)
        {
            if (_receiver is null || _isDisposed)
                return;
            var isRtp = kind == DatagramKind.Rtp;
            var length = isRtp ? _receiver.UnprotectRtp(datagram) : _receiver.UnprotectRtcp(datagram);
            if (_receiver.IsUsedUp)
                End("it has sent from more sources than are remembered");
            if (length < 0)
                return;
            Heard();
            (isRtp ? _events.Rtp : _events.Rtcp)(datagram[..length]);
        }
    }

    /// <summary>What data channels have to do by time.</summary>
    public void Tick()
    {
        if (!_isConnected || _isOver)
            return;
        lock (_channels)
            _data.Tick();
        if (_dtls.IsOver)
            End("the peer has ended it");
    }

    /// <summary>Ends it with a word to the peer. No event begins after this.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _port.Remove(this);
        lock (_channels)
            _dtls.Dispose();
        _ice.Close();
        lock (_sending)
        {
            _sender?.Dispose();
            _sender = null;
        }
    }

    private void Heard() => Volatile.Write(ref _lastHeard, _port.Time.GetTimestamp());

    private void OnHandshake(SrtpAgreement agreement)
    {
        lock (_inbound)
        {
            if (_isDisposed)
                return;
            _receiver = agreement.Receiver();
            lock (_sending)
                _sender = agreement.Sender(_sources);
            _isConnected = true;
            Heard();
            _events.Connected();
            Drain();
        }
    }

    // Under the lock of events. Messages are handed out under it alone, so that a handler can send.
    private void Drain()
    {
        while (!_isDisposed)
        {
            lock (_channels)
            {
                var packet = _dtls.Receive();
                if (packet.IsEmpty)
                    break;
                Heard();
                _data.Take(packet);
            }
            while (TryTakeMessage(out var message) && !_isDisposed)
                _events.Data(message.Label, message.Bytes, message.IsBinary);
        }
        if (_dtls.IsOver)
            End("the peer has ended it");
    }

    private bool TryTakeMessage(out DataMessage message)
    {
        lock (_channels)
            return _data.TryTakeMessage(out message);
    }

    private void End(string reason)
    {
        lock (_inbound)
        {
            if (_isOver || _isDisposed)
                return;
            _isOver = true;
            _events.Closed(reason);
        }
    }
}
