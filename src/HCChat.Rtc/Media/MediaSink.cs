using HCChat.Rtc.Transport;

namespace HCChat.Rtc.Media;

/// <summary>Protects a packet in place and sends it; <paramref name="buffer"/> has <see cref="PeerTransport.Slack"/> bytes behind <paramref name="length"/>.</summary>
internal delegate void RtpSink(Span<byte> buffer, int length);

/// <summary>Sends a compound of control packets.</summary>
internal delegate void RtcpSink(ReadOnlySpan<byte> packet);

/// <summary>Where the packets for a peer go, and when it was heard of last (a timestamp of the <see cref="TimeProvider"/>); and the numbers of the sources that
/// are sent there, none of which is given twice: under one number and key, no two packets may have the same index.</summary>
internal sealed record MediaSink(
    RtpSink SendRtp,
    RtcpSink SendRtcp,
    Func<long> LastHeard,
    Func<uint> BeginSource,
    Action<uint> EndSource
)
{
    /// <summary>Through a transport.</summary>
    public static MediaSink Of(PeerTransport transport) =>
        new(
            transport.SendRtp,
            transport.SendRtcp,
            () => transport.LastHeard,
            transport.BeginSource,
            transport.EndSource
        );
}
