namespace HCChat.Rtc.Transport;

/// <summary>Everything below decrypted packets of one peer connection: ICE-lite, DTLS, SRTP and data channels.</summary>
internal sealed class PeerTransport : IDisposable
{
    /// <summary>Bytes behind a packet that protection may fill.</summary>
    public const int Slack = 32;

    /// <summary>Our user name fragment of this ICE generation.</summary>
    public string Ufrag => throw new NotImplementedException();

    /// <summary>Our password of this ICE generation.</summary>
    public string Password => throw new NotImplementedException();

    /// <summary>Whether DTLS is up, so that something can be sent.</summary>
    public bool IsConnected => throw new NotImplementedException();

    /// <summary>The <see cref="TimeProvider"/>'s timestamp of the last authenticated check or packet.</summary>
    public long LastHeard => throw new NotImplementedException();

    /// <summary>A new <see cref="Ufrag"/> and <see cref="Password"/>. The old address is used until a check arrives under the new ones; DTLS stays.</summary>
    public void RestartIce() => throw new NotImplementedException();

    /// <summary>The fingerprint of the peer's certificate, SHA-256. The handshake waits up to 5 s for it.</summary>
    public void Expect(string sha256Fingerprint) => throw new NotImplementedException();

    /// <summary>Protects a media packet in place and sends it. <paramref name="buffer"/> has <see cref="Slack"/> bytes behind <paramref name="length"/>.</summary>
    public void SendRtp(Span<byte> buffer, int length) => throw new NotImplementedException();

    /// <summary>Sends a compound of control packets.</summary>
    public void SendRtcp(ReadOnlySpan<byte> packet) => throw new NotImplementedException();

    /// <summary>Opens a data channel of ours, now or as soon as the peer is there.</summary>
    public void OpenChannel(string label, bool ordered, ushort? maxRetransmits) => throw new NotImplementedException();

    /// <summary>False: there is no such channel, or its queue is full.</summary>
    public bool SendData(string label, ReadOnlySpan<byte> message, bool binary) => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
