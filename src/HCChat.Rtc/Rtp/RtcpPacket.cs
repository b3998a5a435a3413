using System.Buffers.Binary;

namespace HCChat.Rtc.Rtp;

/// <summary>The kinds of control packets (RFC 3550 section 12.1, RFC 4585 section 6.1).</summary>
internal enum RtcpType : byte
{
    SenderReport = 200,
    ReceiverReport = 201,
    SourceDescription = 202,
    Goodbye = 203,
    Application = 204,
    TransportFeedback = 205,
    PayloadFeedback = 206,
}

/// <summary>What a sender says of its clock and of what it has sent (RFC 3550 section 6.4.1).</summary>
/// <param name="Ntp">When, in NTP's 32.32 format.</param>
/// <param name="RtpTimestamp">The same moment on the media's clock.</param>
internal readonly record struct SenderInfo(ulong Ntp, uint RtpTimestamp, uint Packets, uint Octets);

/// <summary>What a receiver says of one source (RFC 3550 section 6.4.1).</summary>
/// <param name="FractionLost">Of the last interval, in 256ths.</param>
/// <param name="TotalLost">24 bits, may be negative.</param>
/// <param name="HighestSequence">Extended by the count of wraps.</param>
/// <param name="LastSenderReport">The middle 32 bits of the NTP time of the last report, or 0.</param>
/// <param name="DelaySinceSenderReport">In 65,536ths of a second.</param>
internal readonly record struct ReportBlock(
    uint Ssrc,
    byte FractionLost,
    int TotalLost,
    uint HighestSequence,
    uint Jitter,
    uint LastSenderReport,
    uint DelaySinceSenderReport
)
{
    /// <summary>Bytes on the wire.</summary>
    public const int Length = 24;
}

/// <summary>Reads the packets of a compound, one after the other, until one's length does not agree with what is there.</summary>
internal ref struct RtcpReader(ReadOnlySpan<byte> compound)
{
    private ReadOnlySpan<byte> _rest = compound;

    /// <summary>The next packet; false at the end, and at what is no packet.</summary>
    public bool Next(out RtcpPacket packet)
    {
        packet = default;
        if (_rest.Length < 4 || _rest[0] >> 6 != 2)
            return false;
        var length = (BinaryPrimitives.ReadUInt16BigEndian(_rest[2..]) + 1) * 4;
        if (length > _rest.Length)
            return false;
        var bytes = _rest[..length];
        _rest = _rest[length..];
        if ((bytes[0] & 0x20) != 0)
        {
            int padding = bytes[^1];
            if (padding == 0 || padding > length - 4)
                return false;
            bytes = bytes[..^padding];
        }
        packet = new RtcpPacket(bytes);
        return true;
    }
}

/// <summary>
/// A view of one control packet without its padding. Whatever is asked of it and not there is absent, zero or empty; nothing throws.
/// </summary>
internal readonly ref struct RtcpPacket(ReadOnlySpan<byte> bytes)
{
    private const int ReportsOfSender = 28;
    private const int ReportsOfReceiver = 8;
    private const int FeedbackHeader = 12;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>The packet, header included.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    public RtcpType Type => (RtcpType)_bytes[1];

    /// <summary>How many reports or sources there are, or the format of a feedback.</summary>
    public int Count => _bytes[0] & 0x1f;

    /// <summary>Who says it.</summary>
    public uint Sender => Word(4);

    /// <summary>The source that a feedback is about.</summary>
    public uint Media => Word(8);

    /// <summary>Negative acknowledgements (RFC 4585 section 6.2.1): <see cref="Lost"/> has them.</summary>
    public bool IsNack => Type == RtcpType.TransportFeedback && Count == 1;

    /// <summary>Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01).</summary>
    public bool IsTransportWide => Type == RtcpType.TransportFeedback && Count == 15;

    /// <summary>Picture loss indication (RFC 4585 section 6.3.1), about <see cref="Media"/>.</summary>
    public bool IsPictureLoss => Type == RtcpType.PayloadFeedback && Count == 1;

    /// <summary>Full intra request (RFC 5104 section 4.3.1): <see cref="Names"/> tells of which sources.</summary>
    public bool IsFullIntra => Type == RtcpType.PayloadFeedback && Count == 4;

    /// <summary>What a sender report begins with.</summary>
    public bool TryReadSender(out SenderInfo info)
    {
        info = default;
        if (Type != RtcpType.SenderReport || _bytes.Length < ReportsOfSender)
            return false;
        info = new SenderInfo(BinaryPrimitives.ReadUInt64BigEndian(_bytes[8..]), Word(16), Word(20), Word(24));
        return true;
    }

    /// <summary>How many report blocks of a sender or receiver report are really there.</summary>
    public int Reports =>
        Type switch
        {
            RtcpType.SenderReport => Blocks(ReportsOfSender),
            RtcpType.ReceiverReport => Blocks(ReportsOfReceiver),
            _ => 0,
        };

    /// <summary>One of the <see cref="Reports"/>.</summary>
    public ReportBlock Report(int index)
    {
        var at = (Type == RtcpType.SenderReport ? ReportsOfSender : ReportsOfReceiver) + index * ReportBlock.Length;
        var lost = Word(at + 4);
        return new ReportBlock(
            Word(at),
            (byte)(lost >> 24),
            (int)(lost << 8) >> 8,
            Word(at + 8),
            Word(at + 12),
            Word(at + 16),
            Word(at + 20)
        );
    }

    /// <summary>The sequence numbers that a <see cref="IsNack"/> asks for, in its order.</summary>
    public LostNumbers Lost => new(IsNack && _bytes.Length > FeedbackHeader ? _bytes[FeedbackHeader..] : default);

    /// <summary>Whether a <see cref="IsFullIntra"/> or a <see cref="Type"/> of <see cref="RtcpType.Goodbye"/> names this source.</summary>
    public bool Names(uint ssrc)
    {
        if (IsFullIntra)
        {
            for (var at = FeedbackHeader; at + 8 <= _bytes.Length; at += 8)
                if (Word(at) == ssrc)
                    return true;
        }
        else if (Type == RtcpType.Goodbye)
        {
            for (var i = 0; i < Count && 8 + i * 4 <= _bytes.Length; i++)
                if (Word(4 + i * 4) == ssrc)
                    return true;
        }
        return false;
    }

    /// <summary>Receiver estimated maximum bitrate (draft-alvestrand-rmcat-remb-03), in bits per second.</summary>
    public bool TryReadBitrate(out ulong bitsPerSecond)
    {
        bitsPerSecond = 0;
        if (
            Type != RtcpType.PayloadFeedback
            || Count != 15
            || _bytes.Length < 20
            || !_bytes[12..16].SequenceEqual("REMB"u8)
        )
            return false;
        var word = Word(16);
        var exponent = (int)(word >> 18) & 0x3f;
        var mantissa = (ulong)word & 0x3ffff;
        bitsPerSecond = exponent > 46 ? ulong.MaxValue : mantissa << exponent;
        return true;
    }

    private int Blocks(int from) => Math.Min(Count, Math.Max(0, _bytes.Length - from) / ReportBlock.Length);

    private uint Word(int at) => at + 4 <= _bytes.Length ? BinaryPrimitives.ReadUInt32BigEndian(_bytes[at..]) : 0;
}

/// <summary>Goes through the numbers of a negative acknowledgement: pairs of a number and a mask of the sixteen behind it.</summary>
internal ref struct LostNumbers(ReadOnlySpan<byte> pairs)
{
    private ReadOnlySpan<byte> _pairs = pairs;
    private int _bit = -1;

    public ushort Current { get; private set; }

    public readonly LostNumbers GetEnumerator() => this;

    public bool MoveNext()
    {
        while (_pairs.Length >= 4)
        {
            var first = BinaryPrimitives.ReadUInt16BigEndian(_pairs);
            var mask = BinaryPrimitives.ReadUInt16BigEndian(_pairs[2..]);
            if (_bit < 0)
            {
                _bit = 0;
                Current = first;
                return true;
            }
            while (_bit < 16)
            {
                if ((mask >> _bit++ & 1) == 0)
                    continue;
                Current = (ushort)(first + _bit);
                return true;
            }
            _bit = -1;
            _pairs = _pairs[4..];
        }
        return false;
    }
}
