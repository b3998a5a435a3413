namespace HCChat.Rtc.Transport;

/// <summary>What a datagram is.</summary>
internal enum DatagramKind
{
    Unknown,
    Stun,
    Dtls,
    Rtp,
    Rtcp,
}

/// <summary>Tells the protocols on one port apart by the first byte (RFC 7983), and RTCP from RTP by the second (RFC 5761 section 4).</summary>
internal static class Demux
{
    public static DatagramKind Kind(ReadOnlySpan<byte> datagram) =>
        datagram.Length < 2
            ? DatagramKind.Unknown
            : datagram[0] switch
            {
                <= 3 => DatagramKind.Stun,
                >= 20 and <= 63 => DatagramKind.Dtls,
                >= 128 and <= 191 => datagram[1] is >= 192 and <= 223 ? DatagramKind.Rtcp : DatagramKind.Rtp,
                _ => DatagramKind.Unknown,
            };
}
