using System.Buffers.Binary;
using HCChat.Rtc.Rtp;

namespace HCChat.Rtc.Transport;

/// <summary>
/// Verifies and decrypts what comes from one peer (RFC 3711, RFC 7714), each packet once. Only what is authentic leaves a trace. Not for several threads at once.
/// </summary>
internal sealed class SrtpReceiver : IDisposable
{
    /// <summary>
    /// Sources of one peer. Which packets of them were there is remembered as long as the keys are used, or somebody could send them once more; and what one peer makes us remember has an end.
    /// </summary>
    public const int MaxSources = 1024;

    private readonly SrtpCipher _rtp;
    private readonly SrtpCipher _rtcp;
    private readonly Dictionary<uint, SrtpStream> _rtpStreams = [];
    private readonly Dictionary<uint, SrtpStream> _rtcpStreams = [];

    // One that has not shown anything authentic yet; it becomes a source's own when it has.
    private SrtpStream _fresh = new();

    public SrtpReceiver(SrtpProfile profile, ReadOnlySpan<byte> masterKey, ReadOnlySpan<byte> masterSalt)
        : this(
            SrtpCipher.Create(profile, SrtpKeys.ForRtp(profile, masterKey, masterSalt)),
            SrtpCipher.Create(profile, SrtpKeys.ForRtcp(profile, masterKey, masterSalt))
        ) { }

    public SrtpReceiver(SrtpCipher rtp, SrtpCipher rtcp)
    {
        _rtp = rtp;
        _rtcp = rtcp;
    }

    /// <summary>Whether the peer, and nobody else, has sent from one source more: nothing new can be heard under these keys.</summary>
    public bool IsUsedUp { get; private set; }

    /// <returns>The length of the packet that is now in front of the buffer, or -1: it is not authentic, or was there before.</returns>
    public int UnprotectRtp(Span<byte> packet)
    {
        var header = RtpPacket.HeaderLengthOf(packet);
        if (header < 0 || packet.Length < header + _rtp.TagLength || packet.Length > MediaPort.LongestDatagram)
            return -1;
        var ssrc = BinaryPrimitives.ReadUInt32BigEndian(packet[8..]);
        var stream = _rtpStreams.GetValueOrDefault(ssrc, _fresh);
        if (
            !stream.TryEstimate(BinaryPrimitives.ReadUInt16BigEndian(packet[2..]), out var index)
            || !_rtp.UnprotectRtp(packet, header, ssrc, index)
            || !TryKeep(_rtpStreams, ssrc, stream, index)
        )
            return -1;
        return packet.Length - _rtp.TagLength;
    }

    /// <returns>As <see cref="UnprotectRtp"/>.</returns>
    public int UnprotectRtcp(Span<byte> packet)
    {
        var length = packet.Length - _rtcp.TagLength - 4;
        if (length < 8 || packet.Length > MediaPort.LongestDatagram)
            return -1;
        var ssrc = BinaryPrimitives.ReadUInt32BigEndian(packet[4..]);
        var word = BinaryPrimitives.ReadUInt32BigEndian(packet[(_rtcp.IsAead ? packet.Length - 4 : length)..]);
        var index = word & 0x7fffffff;
        var stream = _rtcpStreams.GetValueOrDefault(ssrc, _fresh);
        return
            !stream.HasSeen(index)
            && _rtcp.UnprotectRtcp(packet, ssrc, word)
            && TryKeep(_rtcpStreams, ssrc, stream, index)
            ? length
            : -1;
    }

    public void Dispose()
    {
        _rtp.Dispose();
        _rtcp.Dispose();
    }

    private bool TryKeep(Dictionary<uint, SrtpStream> streams, uint ssrc, SrtpStream stream, ulong index)
    {
        var isNew = stream == _fresh;
        if (isNew && streams.Count == MaxSources)
        {
            IsUsedUp = true;
            return false;
        }
        stream.Note(index);
        if (isNew)
        {
            streams.Add(ssrc, stream);
            _fresh = new SrtpStream();
        }
        return true;
    }
}
