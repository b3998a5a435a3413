using System.Buffers.Binary;
using System.Text;

namespace HCChat.Rtc.Transport;

/// <summary>A message of a data channel that waits to be handed out.</summary>
internal readonly record struct DataMessage(string Label, byte[] Bytes, bool IsBinary);

/// <summary>
/// The data channels of one peer (RFC 8831, RFC 8832), by their labels. Of two channels with one label the later one is meant. Not for several threads at once.
/// </summary>
internal sealed class DataChannels
{
    /// <summary>Channels of one peer. More are not opened and not taken.</summary>
    public const int MaxChannels = 64;

    private const int LongestLabel = 256;
    private const byte OpenMessage = 3;
    private const byte AckMessage = 2;
    private const int OpenHeader = 12;
    private const byte PartialByRetransmits = 0x01;
    private const byte PartialByTime = 0x02;
    private const byte UnorderedBit = 0x80;

    private const uint ControlProtocol = 50;
    private const uint StringProtocol = 51;
    private const uint BinaryProtocol = 53;
    private const uint EmptyStringProtocol = 56;
    private const uint EmptyBinaryProtocol = 57;

    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly SctpAssociation _association;
    private readonly Dictionary<ushort, Channel> _channels = [];
    private readonly Dictionary<string, Channel> _byLabel = new(StringComparer.Ordinal);
    private readonly Queue<DataMessage> _messages = [];
    private int _generation;

    /// <param name="send">Takes a packet to the peer.</param>
    public DataChannels(TimeProvider time, PacketSink send)
    {
        _time = time;
        _start = time.GetTimestamp();
        _association = new SctpAssociation(send, OnMessage, OnReset);
    }

    private long Now => (long)_time.GetElapsedTime(_start).TotalMilliseconds;

    /// <summary>A packet has come. What it completes is with <see cref="TryTakeMessage"/>.</summary>
    public void Take(ReadOnlySpan<byte> packet)
    {
        _association.Take(packet, Now);
        FollowGeneration();
    }

    /// <summary>The next message that has come.</summary>
    public bool TryTakeMessage(out DataMessage message) => _messages.TryDequeue(out message);

    /// <summary>What is due by time.</summary>
    public void Tick() => _association.Tick(Now);

    /// <summary>Opens a channel of ours. Ours have odd numbers, for we are the server of DTLS (RFC 8832 section 6).</summary>
    public void Open(string label, bool ordered, ushort? maxRetransmits)
    {
        var stream = FirstFree();
        if (stream >= Math.Min(_association.PeerStreams, SctpInbound.MaxStreams) || _channels.Count >= MaxChannels)
            return;
        var name = Encoding.UTF8.GetBytes(label);
        var open = new byte[OpenHeader + name.Length];
        open[0] = OpenMessage;
        open[1] = (byte)((ordered ? 0 : UnorderedBit) | (maxRetransmits is null ? 0 : PartialByRetransmits));
        BinaryPrimitives.WriteUInt32BigEndian(open.AsSpan(4), maxRetransmits ?? 0);
        BinaryPrimitives.WriteUInt16BigEndian(open.AsSpan(8), (ushort)name.Length);
        name.CopyTo(open, OpenHeader);
        if (!_association.Outbound.Enqueue(new SctpDelivery(stream, ControlProtocol, true, null), open))
            return;
        Add(new Channel(stream, label, ordered, maxRetransmits) { IsAnswered = false });
        _association.Flush(Now);
    }

    /// <summary>False: there is no such channel, or its queue is full.</summary>
    public bool Send(string label, ReadOnlySpan<byte> message, bool binary)
    {
        if (!_byLabel.TryGetValue(label, out var channel))
            return false;
        var protocol = (message.IsEmpty, binary) switch
        {
            (false, true) => BinaryProtocol,
            (false, false) => StringProtocol,
            (true, true) => EmptyBinaryProtocol,
            (true, false) => EmptyStringProtocol,
        };
        // Until the peer has answered, nothing may overtake the opening (RFC 8832 section 6).
        var isOrdered = channel.IsOrdered || !channel.IsAnswered;
        var how = new SctpDelivery(channel.Stream, protocol, isOrdered, channel.MaxRetransmits);
        if (!_association.Outbound.Enqueue(how, message.IsEmpty ? [0] : message))
            return false;
        _association.Flush(Now);
        return true;
    }

    // When the peer begins from nothing, what was open is not. What we opened before it came for the first time is.
    private void FollowGeneration()
    {
        if (_generation == _association.Generation)
            return;
        if (_generation > 0)
            foreach (var stream in _channels.Keys.ToArray())
                Close(stream);
        _generation = _association.Generation;
    }

    private void OnMessage(ushort stream, uint protocol, ReadOnlySpan<byte> message)
    {
        FollowGeneration();
        if (protocol == ControlProtocol)
            OnControl(stream, message);
        else if (!_channels.TryGetValue(stream, out var channel))
            return;
        else if (protocol is StringProtocol or BinaryProtocol)
            _messages.Enqueue(new DataMessage(channel.Label, message.ToArray(), protocol == BinaryProtocol));
        else if (protocol is EmptyStringProtocol or EmptyBinaryProtocol)
            _messages.Enqueue(new DataMessage(channel.Label, [], protocol == EmptyBinaryProtocol));
    }

    private void OnControl(ushort stream, ReadOnlySpan<byte> message)
    {
        if (message[0] == AckMessage)
        {
            if (_channels.TryGetValue(stream, out var answered))
                answered.IsAnswered = true;
        }
        else if (message[0] == OpenMessage && message.Length >= OpenHeader)
            OnOpen(stream, message);
    }

    private void OnOpen(ushort stream, ReadOnlySpan<byte> message)
    {
        int length = BinaryPrimitives.ReadUInt16BigEndian(message[8..]);
        if (
            length > LongestLabel
            || OpenHeader + length > message.Length
            || _channels.Count >= MaxChannels
            || _channels.ContainsKey(stream)
        )
            return;
        var label = Encoding.UTF8.GetString(message.Slice(OpenHeader, length));
        var reliability = BinaryPrimitives.ReadUInt32BigEndian(message[4..]);
        ushort? retransmits = (message[1] & 0x7f) switch
        {
            PartialByRetransmits => (ushort)Math.Min(reliability, ushort.MaxValue),
            // A bound in time is kept by not repeating at all.
            PartialByTime => 0,
            _ => null,
        };
        Add(new Channel(stream, label, (message[1] & UnorderedBit) == 0, retransmits) { IsAnswered = true });
        _association.Outbound.Enqueue(new SctpDelivery(stream, ControlProtocol, true, null), [AckMessage]);
    }

    // The peer has closed its half, so we close ours.
    private void OnReset(ushort stream)
    {
        if (Close(stream))
            _association.ResetStream(stream);
    }

    private bool Close(ushort stream)
    {
        if (!_channels.Remove(stream, out var channel))
            return false;
        if (_byLabel.TryGetValue(channel.Label, out var named) && named == channel)
        {
            _byLabel.Remove(channel.Label);
            if (_channels.Values.FirstOrDefault(c => c.Label == channel.Label) is { } other)
                _byLabel[channel.Label] = other;
        }
        return true;
    }

    private void Add(Channel channel)
    {
        _channels[channel.Stream] = channel;
        _byLabel[channel.Label] = channel;
    }

    private ushort FirstFree()
    {
        ushort stream = 1;
        while (_channels.ContainsKey(stream))
            stream += 2;
        return stream;
    }

    private sealed class Channel(ushort stream, string label, bool isOrdered, ushort? maxRetransmits)
    {
        public ushort Stream { get; } = stream;

        public string Label { get; } = label;

        public bool IsOrdered { get; } = isOrdered;

        public ushort? MaxRetransmits { get; } = maxRetransmits;

        public bool IsAnswered { get; set; }
    }
}
