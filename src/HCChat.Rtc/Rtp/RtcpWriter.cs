using System.Buffers.Binary;

namespace HCChat.Rtc.Rtp;

/// <summary>
/// Writes control packets one behind the other into a buffer. Each method says false, and writes nothing, when the buffer has no room for it.
/// </summary>
internal ref struct RtcpWriter(Span<byte> buffer)
{
    private const int SymbolsOfVector = 7;

    // Microseconds of the feedback's coarse and of its fine clock.
    private const long ReferenceUnit = 64_000;
    private const long StepUnit = 250;

    private readonly Span<byte> _buffer = buffer;

    /// <summary>How much is written.</summary>
    public int Length { get; private set; }

    /// <summary>What is written.</summary>
    public readonly ReadOnlySpan<byte> Written => _buffer[..Length];

    /// <summary>A sender report with up to 31 blocks (RFC 3550 section 6.4.1).</summary>
    public bool SenderReport(uint sender, SenderInfo info, scoped ReadOnlySpan<ReportBlock> blocks)
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
    public bool ReceiverReport(uint sender, scoped ReadOnlySpan<ReportBlock> blocks)
    {
        if (!Begin(RtcpType.ReceiverReport, blocks.Length, 8 + blocks.Length * ReportBlock.Length, out var packet))
            return false;
        Put(packet, 4, sender);
        PutBlocks(packet[8..], blocks);
        return true;
    }

    /// <summary>Asks for packets again (RFC 4585 section 6.2.1). The numbers are in rising order.</summary>
    public bool Nack(uint sender, uint media, scoped ReadOnlySpan<ushort> lost)
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
    public bool TransportWide(uint sender, uint media, ushort first, byte count, scoped ReadOnlySpan<long> arrivals)
    {
        var reference = -1L;
        foreach (var arrival in arrivals)
            if (reference < 0 && arrival >= 0)
                reference = arrival / ReferenceUnit;
        if (reference < 0 || arrivals.Length > ushort.MaxValue)
            return false;
        var vectors = (arrivals.Length + SymbolsOfVector - 1) / SymbolsOfVector;
        var used = 20 + 2 * vectors + LengthOfDeltas(reference, arrivals);
        var length = (used + 3) & ~3;
        if (!Begin(RtcpType.TransportFeedback, 15, length, out var packet))
            return false;
        Put(packet, 4, sender);
        Put(packet, 8, media);
        BinaryPrimitives.WriteUInt16BigEndian(packet[12..], first);
        BinaryPrimitives.WriteUInt16BigEndian(packet[14..], (ushort)arrivals.Length);
        Put(packet, 16, (uint)(reference & 0xffffff) << 8 | count);
        WriteArrivals(packet[20..], 2 * vectors, reference, arrivals);
        if (length > used)
        {
            packet[0] |= 0x20;
            packet[^1] = (byte)(length - used);
        }
        return true;
    }

    private static void WriteArrivals(Span<byte> to, int vectors, long reference, ReadOnlySpan<long> arrivals)
    {
        var delta = new ArrivalSteps(reference);
        var at = vectors;
        for (var i = 0; i < arrivals.Length; i++)
        {
            var vector = to[(i / SymbolsOfVector * 2)..];
            var symbols = i % SymbolsOfVector == 0 ? 0xc000 : BinaryPrimitives.ReadUInt16BigEndian(vector);
            var size = delta.Next(arrivals[i], out var steps);
            symbols |= size << (12 - i % SymbolsOfVector * 2);
            BinaryPrimitives.WriteUInt16BigEndian(vector, (ushort)symbols);
            if (size == 1)
                to[at] = (byte)steps;
            else if (size == 2)
                BinaryPrimitives.WriteInt16BigEndian(to[at..], (short)steps);
            at += size;
        }
    }

    private static int LengthOfDeltas(long reference, ReadOnlySpan<long> arrivals)
    {
        var delta = new ArrivalSteps(reference);
        var length = 0;
        foreach (var arrival in arrivals)
            length += delta.Next(arrival, out _);
        return length;
    }

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

    // Goes from arrival to arrival in steps. The symbol of an arrival is the number of bytes that its step takes; none when it has not come, or is too far away.
    private ref struct ArrivalSteps(long reference)
    {
        private long _steps = reference * ReferenceUnit / StepUnit;

        public int Next(long arrival, out long steps)
        {
            steps = arrival / StepUnit - _steps;
            if (arrival < 0 || steps is < short.MinValue or > short.MaxValue)
                return 0;
            _steps += steps;
            return steps is >= 0 and <= byte.MaxValue ? 1 : 2;
        }
    }
}
