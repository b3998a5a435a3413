using Org.BouncyCastle.Tls;

namespace HCChat.Rtc.Transport;

/// <summary>
/// DTLS with one peer. The handshake has a thread of its own, one of a bounded number; afterwards each datagram is worked on where it comes in.
/// </summary>
internal sealed class DtlsSession : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly MediaPort _port;
    private readonly DtlsPipe _pipe;
    private readonly Action<SrtpAgreement> _completed;
    private readonly Action<string> _failed;
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private readonly ManualResetEventSlim _told = new();
    private readonly byte[] _plain = new byte[MediaPort.LongestDatagram];
    private volatile string? _expected;
    private bool _started;
    private volatile bool _closed;
    private DtlsTransport? _transport;

    /// <param name="send">Takes a datagram to the peer.</param>
    /// <param name="completed">The handshake is done; comes on its thread.</param>
    /// <param name="failed">The handshake has failed; comes on its thread.</param>
    public DtlsSession(
        MediaPort port,
        PacketSink send,
        Action<SrtpAgreement> completed,
        Action<string> failed,
        ILogger log
    )
    {
        _port = port;
        _pipe = new DtlsPipe(send);
        _completed = completed;
        _failed = failed;
        _log = log;
    }

    /// <summary>Whether the peer, or an error, has ended it after the handshake.</summary>
    public bool IsOver => _transport is not null && _pipe.IsClosed;

    /// <summary>The fingerprint that the peer's certificate must have. A later one counts until the certificate has been looked at.</summary>
    public void Expect(string fingerprint)
    {
        _expected = fingerprint;
        _told.Set();
    }

    /// <summary>A datagram has come. The first one starts the handshake, if there is a turn.</summary>
    public void Push(ReadOnlySpan<byte> datagram)
    {
        if (!DtlsRecords.AreWhole(datagram))
            return;
        lock (_gate)
        {
            if (_closed)
                return;
            if (!_started)
            {
                if (datagram[0] != ContentType.handshake || !_port.Handshakes.Wait(0))
                    return;
                _started = true;
                new Thread(Handshake) { IsBackground = true, Name = "dtls" }.Start();
            }
        }
        _pipe.Push(datagram);
    }

    /// <summary>
    /// What has come since, decrypted, or empty when there is nothing more. Not before the handshake is done; not for several threads at once, and not together
    /// with <see cref="Send"/>. The span is valid until the next call.
    /// </summary>
    public ReadOnlySpan<byte> Receive()
    {
        while (_transport is { } transport && !_pipe.IsClosed)
        {
            try
            {
                var length = transport.ReceivePending(_plain.AsSpan());
                if (length < 0 && _pipe.HasSome)
                    length = transport.Receive(_plain.AsSpan(), 1);
                else if (length < 0)
                    return default;
                if (length > 0)
                    return _plain.AsSpan(0, length);
            }
            catch (TlsTimeoutException)
            {
                // The datagram held nothing for us.
            }
            catch (IOException)
            {
                // It says goodbye, or breaks the protocol: over, either way.
                _pipe.Close();
            }
        }
        return default;
    }

    /// <summary>Sends a datagram of up to 1,160 bytes under the keys. The same rules as for <see cref="Receive"/>.</summary>
    public void Send(ReadOnlySpan<byte> packet)
    {
        try
        {
            if (!_pipe.IsClosed)
                _transport?.Send(packet);
        }
        catch (IOException)
        {
            _pipe.Close();
        }
    }

    /// <summary>Ends it, with a word to the peer if it is there. The same rules as for <see cref="Receive"/>.</summary>
    public void Dispose()
    {
        lock (_gate)
            _closed = true;
        _told.Set();
        try
        {
            _transport?.Close();
        }
        catch (IOException) { }
        _pipe.Close();
    }

    private void Handshake()
    {
        try
        {
            var server = new DtlsServer(_port.Identity, WaitForFingerprint);
            var transport = new DtlsServerProtocol().Accept(server, _pipe);
            _pipe.Poll();
            _transport = transport;
            _completed(server.Agreement!);
        }
        catch (IOException e)
        {
            if (!_closed)
            {
                TransportLog.HandshakeFailed(_log, e.Message);
                _failed("the DTLS handshake has failed");
            }
        }
        catch (Exception e)
        {
            TransportLog.PacketFailed(_log, e);
            _failed("the DTLS handshake has failed");
        }
        finally
        {
            _port.Handshakes.Release();
        }
    }

    // In the older of LiveKit's two modes a client begins before its answer, with the fingerprint, has come over the signalling.
    private string? WaitForFingerprint() => _told.Wait(s_patience) && !_closed ? _expected : null;
}
