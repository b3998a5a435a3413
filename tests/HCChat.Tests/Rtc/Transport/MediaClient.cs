using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using HCChat.Rtc.Transport;
using Org.BouncyCastle.Tls;

namespace HCChat.Tests.Rtc.Transport;

/// <summary>A browser's side of one peer connection over a real socket: checks, a DTLS client, SRTP, data channels.</summary>
internal sealed class MediaClient : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly Socket _socket;
    private readonly bool _isTcp;
    private readonly DtlsIdentity _identity = new(TimeProvider.System);
    private readonly DtlsPipe _pipe;
    private readonly Lock _gate = new();
    private DtlsTransport? _dtls;
    private readonly SrtpSources _sources = new();
    private SrtpSender? _sender;
    private SrtpReceiver? _receiver;

    public MediaClient(IPEndPoint server, bool tcp)
    {
        _isTcp = tcp;
        _socket = tcp
            ? new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
            : new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        _socket.Connect(server);
        _pipe = new DtlsPipe(Send);
        Sctp = new SctpClient(p => _dtls!.Send(p));
        new Thread(Receive) { IsBackground = true }.Start();
    }

    public string Fingerprint => _identity.Fingerprint;

    public SrtpProfile Profile { get; private set; }

    public SctpClient Sctp { get; }

    public BlockingCollection<byte[]> Answers { get; } = [];

    public BlockingCollection<byte[]> Rtp { get; } = [];

    public BlockingCollection<byte[]> Rtcp { get; } = [];

    /// <summary>Gets a token when the other side closes the connection.</summary>
    public BlockingCollection<bool> Ends { get; } = [];

    /// <summary>Sends a check and waits for the answer.</summary>
    public byte[] Check(PeerTransport peer, bool useCandidate = true)
    {
        Send(StunMessages.Check($"{peer.Ufrag}:them", peer.Password, useCandidate));
        return Next(Answers);
    }

    /// <exception cref="IOException">The handshake has failed.</exception>
    public void Handshake(string serverFingerprint, int[] profiles, bool anonymous = false)
    {
        var client = new DtlsClient(_identity, serverFingerprint, profiles) { IsAnonymous = anonymous };
        var dtls = new DtlsClientProtocol().Connect(client, _pipe);
        (Profile, var material) = client.Agreement;
        var key = Profile.KeyLength;
        var salts = material.AsSpan(2 * key);
        lock (_gate)
        {
            _sender = new SrtpSender(Profile, material.AsSpan(0, key), salts[..Profile.SaltLength], _sources);
            _receiver = new SrtpReceiver(Profile, material.AsSpan(key, key), salts[Profile.SaltLength..]);
            _pipe.Poll();
            _dtls = dtls;
            ReceiveData();
        }
    }

    /// <summary>Protects a packet and sends it.</summary>
    /// <returns>What went out.</returns>
    public byte[] SendRtp(byte[] packet, int length)
    {
        lock (_gate)
        {
            var ssrc = BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(8));
            if (!_sources.TryFind(ssrc, out _))
                _sources.Begin(ssrc);
            packet = packet[.._sender!.ProtectRtp(packet, length)];
        }
        Send(packet);
        return packet;
    }

    public void SendRtcp(byte[] packet)
    {
        var buffer = new byte[packet.Length + PeerTransport.Slack];
        packet.CopyTo(buffer, 0);
        lock (_gate)
            buffer = buffer[.._sender!.ProtectRtcp(buffer, packet.Length)];
        Send(buffer);
    }

    /// <summary>Does something with the association that nothing else does at that moment.</summary>
    public T OnSctp<T>(Func<SctpClient, T> action)
    {
        lock (_gate)
            return action(Sctp);
    }

    public void WaitForSctp(Func<SctpClient, bool> state) =>
        Assert.True(SpinWait.SpinUntil(() => OnSctp(state), s_patience));

    public static T Next<T>(BlockingCollection<T> queue)
    {
        Assert.True(queue.TryTake(out var item, s_patience));
        return item;
    }

    public void Send(ReadOnlySpan<byte> datagram)
    {
        if (!_isTcp)
        {
            _socket.Send(datagram);
            return;
        }
        Span<byte> framed = stackalloc byte[2 + datagram.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)datagram.Length);
        datagram.CopyTo(framed[2..]);
        _socket.Send(framed);
    }

    /// <summary>Says goodbye.</summary>
    public void CloseDtls()
    {
        lock (_gate)
            _dtls!.Close();
    }

    public void Dispose()
    {
        _socket.Dispose();
        _pipe.Close();
    }

    private void Receive()
    {
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                var length = _isTcp ? Frame(buffer) : _socket.Receive(buffer);
                if (length <= 0 && _isTcp)
                    break;
                Take(buffer.AsSpan(0, length));
            }
        }
        catch (SocketException) { }
        catch (ObjectDisposedException) { }
        Ends.Add(true);
    }

    private int Frame(byte[] buffer)
    {
        if (!Exactly(buffer, 2))
            return -1;
        int length = BinaryPrimitives.ReadUInt16BigEndian(buffer);
        return Exactly(buffer, length) ? length : -1;
    }

    private bool Exactly(byte[] buffer, int length)
    {
        for (var at = 0; at < length; )
            if (_socket.Receive(buffer, at, length - at, SocketFlags.None) is > 0 and var read)
                at += read;
            else
                return false;
        return true;
    }

    private void Take(Span<byte> datagram)
    {
        var kind = Demux.Kind(datagram);
        if (kind == DatagramKind.Stun)
            Answers.Add(datagram.ToArray());
        else if (kind == DatagramKind.Dtls)
        {
            _pipe.Push(datagram);
            lock (_gate)
                ReceiveData();
        }
        else if (kind is DatagramKind.Rtp or DatagramKind.Rtcp)
            lock (_gate)
            {
                if (_receiver is null)
                    return;
                var length =
                    kind == DatagramKind.Rtp ? _receiver.UnprotectRtp(datagram) : _receiver.UnprotectRtcp(datagram);
                if (length >= 0)
                    (kind == DatagramKind.Rtp ? Rtp : Rtcp).Add(datagram[..length].ToArray());
            }
    }

    private void ReceiveData()
    {
        var buffer = new byte[4096];
        try
        {
            while (_dtls is not null && _pipe.HasSome && _dtls.Receive(buffer.AsSpan(), 1) is > 0 and var length)
                Sctp.Take(buffer.AsSpan(0, length), Environment.TickCount64);
        }
        catch (TlsTimeoutException) { }
        catch (IOException) { }
        if (_dtls is not null && _pipe.IsClosed)
            Ends.Add(true);
    }
}
