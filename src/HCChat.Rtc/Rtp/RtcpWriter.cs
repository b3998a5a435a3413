using System.Buffers.Binary;

namespace HCChat.Rtc.Rtp;

/// <summary>
/// Writes control packets one behind the other into a buffer. Each method says false, and writes nothing, when the buffer has no room for it.
/// </summary>
internal ref struct RtcpWriter(Span<byte> buffer)
{
    private readonly Span<byte> _buffer = buffer;

    /// <summary>How much is written.</summary>
    public int Length { get; private set; }

    /// <summary>What is written.</summary>
    public readonly ReadOnlySpan<byte> Written => _buffer[..Length];

    /// <summary>A sender report with up to 31 blocks (RFC 3550 section 6.4.1).</summary>
    public bool SenderReport(uint sender, SenderInfo info, ReadOnlySpan<ReportBlock> blocks)
    {
        if (!Begin(RtcpType.SenderReport, blocks.Length, 28 + blocks.Length * ReportBlock.Length, out var packet))
            return false;
        Put(packet, 4, sender);
        BinaryPrimitives.WriteUInt64BigEndian(packet[8..], info.Ntp);
        Put(packet, 16, info.RtpTimestamp);
        Put(packet, 20, info.Packets);
        Put(packet, 24, info.Octets);
        PutBlocks(packet[28..], blocks);
        return true;
    }

    /// <summary>A receiver report with up to 31 blocks (RFC 3550 section 6.4.2).</summary>
    public bool ReceiverReport(uint sender, ReadOnlySpan<ReportBlock> blocks)
    {
        if (!Begin(RtcpType.ReceiverReport, blocks.Length, 8 + blocks.Length * ReportBlock.Length, out var packet))
            return false;
        Put(packet, 4, sender);
        PutBlocks(packet[8..], blocks);
        return true;
    }

    /// <summary>Asks for packets again (RFC 4585 section 6.2.1). The numbers are in rising order.</summary>
    public bool Nack(uint sender, uint media, ReadOnlySpan<ushort> lost)
    {
        var pairs = 0;
        for (var i = 0; i < lost.Length; pairs++)
            i = EndOfPair(lost, i);
        if (!Begin(RtcpType.TransportFeedback, 1, 12 + pairs * 4, out var packet))
            return false;
        Put(packet, 4, sender);
        Put(packet, 8, media);
        var at = 12;
        for (var i = 0; i < lost.Length; at += 4)
        {
            var end = EndOfPair(lost, i);
            var mask = 0;
            for (var k = i + 1; k < end; k++)
                if ((ushort)(lost[k] - lost[i]) is > 0 and var distance)
                    mask |= 1 << (distance - 1);
            BinaryPrimitives.WriteUInt16BigEndian(packet[at..], lost[i]);
            BinaryPrimitives.WriteUInt16BigEndian(packet[(at + 2)..], (ushort)mask);
            i = end;
        }
        return true;
    }

    /// <summary>Asks for a keyframe (RFC 4585 section 6.3.1).</summary>
    public bool PictureLoss(uint sender, uint media)
    {
        if (!Begin(RtcpType.PayloadFeedback, 1, 12, out var packet))
            return false;
        Put(packet, 4, sender);
        Put(packet, 8, media);
        return true;
    }

    /// <summary>
    /// When packets came, by their transport-wide numbers (draft-holmer-rmcat-transport-wide-cc-extensions-01): two-bit status vectors, steps of 250 µs.
    /// </summary>
    /// <param name="first">The number of the first packet.</param>
    /// <param name="count">Counts these messages.</param>
    /// <param name="arrivals">When each came, in microseconds of any clock that does not go back to before 0; negative: it has not come. The first one has.</param>
    public bool TransportWide(uint sender, uint media, ushort first, byte count, ReadOnlySpan<long> arrivals) =>
        throw new NotImplementedException();

    private bool Begin(RtcpType type, int count, int length, out Span<byte> packet)
    {
        packet = default;
        if (length > _buffer.Length - Length || count > 31)
            return false;
        packet = _buffer.Slice(Length, length);
        packet.Clear();
        packet[0] = (byte)(0x80 | count);
        packet[1] = (byte)type;
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)(length / 4 - 1));
        Length += length;
        return true;
    }

    private static int EndOfPair(ReadOnlySpan<ushort> lost, int from)
    {
        var end = from + 1;
        while (end < lost.Length && (ushort)(lost[end] - lost[from]) <= 16)
            end++;
        return end;
    }

    private static void PutBlocks(Span<byte> at, ReadOnlySpan<ReportBlock> blocks)
    {
        foreach (var block in blocks)
        {
            Put(at, 0, block.Ssrc);
            Put(
                at,
                4,
                (uint)block.FractionLost << 24 | (uint)Math.Clamp(block.TotalLost, -0x800000, 0x7fffff) & 0xffffff
            );
            Put(at, 8, block.HighestSequence);
            Put(at, 12, block.Jitter);
            Put(at, 16, block.LastSenderReport);
            Put(at, 20, block.DelaySinceSenderReport);
            at = at[ReportBlock.Length..];
        }
    }

    private static void Put(Span<byte> packet, int at, uint word) =>
        BinaryPrimitives.WriteUInt32BigEndian(packet[at..], word);
}
