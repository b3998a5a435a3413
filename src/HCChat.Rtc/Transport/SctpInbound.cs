using System.Buffers.Binary;

namespace HCChat.Rtc.Transport;

/// <summary>A whole message of a stream. The bytes are valid during the call only.</summary>
internal delegate void SctpMessageHandler(ushort stream, uint protocol, ReadOnlySpan<byte> message);

/// <summary>
/// What comes in one association: which numbers were there, fragments put together, messages in the order of their streams (RFC 9260 section 6, RFC 3758
/// section 3.6). Everything that waits for something else is counted against one bound, which is also the window that the peer is told.
/// </summary>
/// <param name="first">The number of the peer's first chunk.</param>
internal sealed class SctpInbound(uint first, SctpMessageHandler deliver)
{
    /// <summary>Streams that we take.</summary>
    public const ushort MaxStreams = 1024;

    /// <summary>The longest message that we take.</summary>
    public const int MaxMessage = 256 << 10;

    /// <summary>Bytes that wait at most, what it costs to keep them included.</summary>
    public const int Capacity = 512 << 10;

    private const int DataHeader = 12;
    private const int Window = 4096;
    private const int MaxFragments = 512;
    private const int MaxGaps = 32;
    private const int MaxSkips = 64;
    private const int CostOfKeeping = 64;
    private const byte Ending = 1;
    private const byte Beginning = 2;
    private const byte Unordered = 4;

    private readonly HashSet<uint> _beyond = [];
    private readonly Dictionary<uint, Fragment> _fragments = [];
    private readonly Dictionary<ushort, InboundStream> _streams = [];
    private uint _highest = first - 1;
    private int _kept;

    /// <summary>The last number before which nothing is missing.</summary>
    public uint Cumulative { get; private set; } = first - 1;

    /// <summary>Whether the peer has to be told.</summary>
    public bool IsSackDue { get; private set; }

    /// <summary>A chunk of data. False: the peer breaks the bounds, and the association has to end.</summary>
    public bool Take(byte flags, ReadOnlySpan<byte> value)
    {
        if (value.Length <= DataHeader)
            return true;
        var tsn = BinaryPrimitives.ReadUInt32BigEndian(value);
        var distance = (int)(tsn - Cumulative);
        IsSackDue = true;
        if (distance is <= 0 or > Window || _beyond.Contains(tsn))
            return true;
        var data = value[DataHeader..];
        if (_kept + data.Length + CostOfKeeping > Capacity)
            return distance != 1;
        Count(tsn, distance);
        var stream = BinaryPrimitives.ReadUInt16BigEndian(value[4..]);
        if (stream >= MaxStreams)
            return true;
        var fragment = new FragmentHeader(
            flags,
            stream,
            BinaryPrimitives.ReadUInt16BigEndian(value[6..]),
            BinaryPrimitives.ReadUInt32BigEndian(value[8..])
        );
        if ((flags & (Beginning | Ending)) == (Beginning | Ending))
        {
            Whole(fragment, data);
            return true;
        }
        _fragments[tsn] = new Fragment(fragment, data.ToArray());
        _kept += data.Length + CostOfKeeping;
        return TryAssemble(tsn);
    }

    /// <summary>The peer gives up on everything up to a number (FORWARD-TSN).</summary>
    public void Forward(ReadOnlySpan<byte> value)
    {
        if (value.Length < 4)
            return;
        var cumulative = BinaryPrimitives.ReadUInt32BigEndian(value);
        IsSackDue = true;
        if ((int)(cumulative - Cumulative) <= 0)
            return;
        _beyond.RemoveWhere(t => (int)(t - cumulative) <= 0);
        foreach (var tsn in _fragments.Keys.Where(t => (int)(t - cumulative) <= 0).ToArray())
            Drop(tsn);
        Cumulative = cumulative;
        if ((int)(cumulative - _highest) > 0)
            _highest = cumulative;
        Advance();
        value = value[4..];
        for (var i = 0; i < MaxSkips && value.Length >= 4; i++, value = value[4..])
            if (_streams.TryGetValue(BinaryPrimitives.ReadUInt16BigEndian(value), out var stream))
                Skip(stream, BinaryPrimitives.ReadUInt16BigEndian(value[2..]));
    }

    /// <summary>A stream begins anew (RFC 6525).</summary>
    public void Reset(ushort stream)
    {
        if (_streams.Remove(stream, out var old))
            foreach (var message in old.Waiting.Values)
                _kept -= message.Bytes.Length + CostOfKeeping;
    }

    /// <summary>Tells what has come (RFC 9260 section 3.3.4).</summary>
    public void WriteSack(ref SctpWriter writer)
    {
        IsSackDue = false;
        Span<ushort> gaps = stackalloc ushort[2 * MaxGaps];
        var ends = FindGaps(gaps);
        var value = writer.Add(SctpType.Sack, 0, 12 + ends * 2);
        BinaryPrimitives.WriteUInt32BigEndian(value, Cumulative);
        BinaryPrimitives.WriteUInt32BigEndian(value[4..], (uint)Math.Max(0, Capacity - _kept));
        BinaryPrimitives.WriteUInt16BigEndian(value[8..], (ushort)(ends / 2));
        for (var i = 0; i < ends; i++)
            BinaryPrimitives.WriteUInt16BigEndian(value[(12 + i * 2)..], gaps[i]);
    }

    // Pairs of the first and the last of what has come beyond a hole, as distances.
    private int FindGaps(Span<ushort> gaps)
    {
        var count = 0;
        var span = _beyond.Count == 0 ? 0 : (int)(_highest - Cumulative);
        for (var distance = 2; distance <= span && count < gaps.Length; distance++)
        {
            if (!_beyond.Contains(Cumulative + (uint)distance))
                continue;
            gaps[count++] = (ushort)distance;
            while (_beyond.Contains(Cumulative + (uint)distance + 1))
                distance++;
            gaps[count++] = (ushort)distance;
        }
        return count;
    }

    private void Count(uint tsn, int distance)
    {
        if ((int)(tsn - _highest) > 0)
            _highest = tsn;
        if (distance == 1)
        {
            Cumulative = tsn;
            Advance();
        }
        else
            _beyond.Add(tsn);
    }

    private void Advance()
    {
        while (_beyond.Remove(Cumulative + 1))
            Cumulative++;
    }

    // Fragments of a message have consecutive numbers. False: there are more than a message has.
    private bool TryAssemble(uint tsn)
    {
        var from = tsn;
        var length = 0;
        for (var count = 0; (_fragments[from].Header.Flags & Beginning) == 0; from--)
            if (++count > MaxFragments)
                return false;
            else if (!_fragments.ContainsKey(from - 1))
                return true;
        var to = from;
        for (var count = 0; ; to++)
        {
            if (!_fragments.TryGetValue(to, out var next))
                return true;
            length += next.Bytes.Length;
            if (++count > MaxFragments || length > MaxMessage)
                return false;
            if ((next.Header.Flags & Ending) != 0)
                break;
        }
        var header = _fragments[from].Header;
        var message = new byte[length];
        var at = 0;
        for (var i = from; i != to + 1; i++)
        {
            var bytes = Drop(i);
            bytes.CopyTo(message.AsSpan(at));
            at += bytes.Length;
        }
        Whole(header, message);
        return true;
    }

    private byte[] Drop(uint tsn)
    {
        _fragments.Remove(tsn, out var fragment);
        _kept -= fragment.Bytes.Length + CostOfKeeping;
        return fragment.Bytes;
    }

    private void Whole(FragmentHeader header, ReadOnlySpan<byte> message)
    {
        if ((header.Flags & Unordered) != 0)
        {
            deliver(header.Stream, header.Protocol, message);
            return;
        }
        if (!_streams.TryGetValue(header.Stream, out var stream))
            _streams.Add(header.Stream, stream = new InboundStream(header.Stream));
        if (header.Sequence == stream.Expected)
        {
            stream.Expected++;
            deliver(header.Stream, header.Protocol, message);
            DeliverWaiting(stream);
        }
        else if (
            (short)(header.Sequence - stream.Expected) > 0
            && stream.Waiting.TryAdd(header.Sequence, new WaitingMessage(header.Protocol, message.ToArray()))
        )
            _kept += message.Length + CostOfKeeping;
    }

    private void DeliverWaiting(InboundStream stream)
    {
        while (stream.Waiting.ContainsKey(stream.Expected))
            Deliver(stream, stream.Expected++);
    }

    private void Skip(InboundStream stream, ushort upTo)
    {
        if ((short)(upTo - stream.Expected) < 0)
            return;
        if (stream.Waiting.Count > 0)
            foreach (var sequence in Passed(stream, upTo))
                Deliver(stream, sequence);
        stream.Expected = (ushort)(upTo + 1);
        DeliverWaiting(stream);
    }

    private static ushort[] Passed(InboundStream stream, ushort upTo) =>
        [.. stream.Waiting.Keys.Where(s => (short)(upTo - s) >= 0).OrderBy(s => (ushort)(s - stream.Expected))];

    private void Deliver(InboundStream stream, ushort sequence)
    {
        stream.Waiting.Remove(sequence, out var message);
        _kept -= message.Bytes.Length + CostOfKeeping;
        deliver(stream.Id, message.Protocol, message.Bytes);
    }

    private readonly record struct FragmentHeader(byte Flags, ushort Stream, ushort Sequence, uint Protocol);

    private readonly record struct Fragment(FragmentHeader Header, byte[] Bytes);

    private readonly record struct WaitingMessage(uint Protocol, byte[] Bytes);

    private sealed class InboundStream(ushort id)
    {
        public ushort Id { get; } = id;

        public ushort Expected { get; set; }

        public Dictionary<ushort, WaitingMessage> Waiting { get; } = [];
    }
}
