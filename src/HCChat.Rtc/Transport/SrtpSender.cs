using System.Buffers.Binary;
using HCChat.Rtc.Rtp;

namespace HCChat.Rtc.Transport;

/// <summary>
/// Protects what goes to one peer (RFC 3711, RFC 7714). A number of a source is encrypted once and never again: two packets under one nonce would give the
/// key of AEAD away, whoever asks for it. Only what belongs to one of the sources is encrypted. Not for several threads at once.
/// </summary>
internal sealed class SrtpSender : IDisposable
{
    private const uint EncryptedFlag = 0x80000000;

    private readonly SrtpCipher _rtp;
    private readonly SrtpCipher _rtcp;
    private readonly SrtpSources _sources;
    private uint _rtcpIndex;

    public SrtpSender(
        SrtpProfile profile,
        ReadOnlySpan<byte> masterKey,
        ReadOnlySpan<byte> masterSalt,
        SrtpSources sources
    )
        : this(
            SrtpCipher.Create(profile, SrtpKeys.ForRtp(profile, masterKey, masterSalt)),
            SrtpCipher.Create(profile, SrtpKeys.ForRtcp(profile, masterKey, masterSalt)),
            sources
        ) { }

    public SrtpSender(SrtpCipher rtp, SrtpCipher rtcp, SrtpSources sources)
    {
        _sources = sources;
        _rtp = rtp;
        _rtcp = rtcp;
    }

    /// <summary>Protects a media packet in place; there are <see cref="PeerTransport.Slack"/> bytes behind it.</summary>
    /// <returns>The new length, or -1: it is no packet, none of a source of ours, or its number was used.</returns>
    public int ProtectRtp(Span<byte> buffer, int length)
    {
        var header = RtpPacket.HeaderLengthOf(buffer[..length]);
        if (header < 0)
            return -1;
        var ssrc = BinaryPrimitives.ReadUInt32BigEndian(buffer[8..]);
        if (
            !_sources.TryFind(ssrc, out var stream)
            || !stream.TryEstimate(BinaryPrimitives.ReadUInt16BigEndian(buffer[2..]), out var index)
        )
            return -1;
        _rtp.ProtectRtp(buffer, header, length, ssrc, index);
        stream.Note(index);
        return length + _rtp.TagLength;
    }

    /// <summary>Protects a compound of control packets in place, with as much space behind it.</summary>
    /// <returns>The new length, or -1: it is no compound, or the 2³¹ numbers are used up.</returns>
    public int ProtectRtcp(Span<byte> buffer, int length)
    {
        if (length < 8 || _rtcpIndex == EncryptedFlag - 1)
            return -1;
        var ssrc = BinaryPrimitives.ReadUInt32BigEndian(buffer[4..]);
        _rtcp.ProtectRtcp(buffer, length, ssrc, ++_rtcpIndex | EncryptedFlag);
        return length + _rtcp.TagLength + 4;
    }

    public void Dispose()
    {
        _rtp.Dispose();
        _rtcp.Dispose();
    }
}
