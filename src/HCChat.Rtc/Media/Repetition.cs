using System.Buffers.Binary;

namespace HCChat.Rtc.Media;

/// <summary>
/// Sends a subscriber again what it has lost (RFC 4588): as a source of its own with its own numbers, so that the same packet may go out twice. What is
/// remembered of the last 1,024 packets is where they came from and how they were changed.
/// </summary>
internal sealed class Repetition(Subscription subscription)
{
    private const int Size = 1024;
    private const int NotAgainMs = 40;
    private const int MostAtOnce = 64 * 1024;
    private const int LeastPerSecond = 8 * 1024;
    private const int BurstSeconds = 2;
    private Sent[]? _sent;
    private ushort _sequence;
    private long _first;
    private long _allowance = MostAtOnce;
    private long _filledUs;

    private struct Sent
    {
        public long Number;
        public Layer? Layer;
        public long Source;
        public uint Timestamp;
        public PictureShift Shift;
        public long RepeatedMs;
    }

    /// <summary>How many packets it was.</summary>
    public long Packets { get; private set; }

    /// <summary>Whether the subscriber has agreed to it.</summary>
    public bool IsPossible => subscription.Section is { RtxPayloadType: > 0, RtxSsrc: not 0 };

    /// <summary>A packet has been sent.</summary>
    public void Note(long number, Layer layer, long source, uint timestamp, PictureShift shift)
    {
        if (!IsPossible)
            return;
        _sent ??= new Sent[Size];
        _sent[number % Size] = new Sent
        {
            Number = number,
            Layer = layer,
            Source = source,
            Timestamp = timestamp,
            Shift = shift,
        };
    }

    /// <summary>The publisher counts from anew: what was sent before cannot be found any longer.</summary>
    public void Forget() => _sent = null;

    /// <summary>A picture begins with this number that needs nothing from before it: what is missed of that is not sent again.</summary>
    public void Begin(long number) => _first = number;

    /// <summary>
    /// The subscriber misses a packet. It is sent again if it is still there, not too often, and at most as much as half of what the layer is, or of what the way
    /// carries: where too much is lost because too much is sent, more would be lost of everything.
    /// </summary>
    /// <param name="highest">The highest number sent.</param>
    public void Answer(ushort sequence, long highest, long nowUs)
    {
        var number = highest + (short)(sequence - (ushort)highest);
        if (_sent is null || number < _first)
            return;
        ref var sent = ref _sent[number % Size];
        var nowMs = nowUs / 1000;
        if (sent.Number != number || sent.Layer is not { } layer || nowMs - sent.RepeatedMs < NotAgainMs)
            return;
        if (
            !layer.History.TryGet(sent.Source, out var payload, out var marker)
            || !MaySend(payload.Length, layer, nowUs)
        )
            return;
        sent.RepeatedMs = nowMs;
        Span<byte> buffer = subscription.Peer.Room.Buffer;
        var at = WriteHeader(buffer, marker, sent.Timestamp, nowUs);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[at..], sequence);
        at += 2;
        payload.CopyTo(buffer[at..]);
        if (
            subscription.Publication.Section.Codec == MediaCodec.Vp8
            && Vp8Descriptor.TryRead(payload, out var descriptor)
        )
            sent.Shift.Apply(buffer[at..], descriptor);
        Packets++;
        subscription.Peer.Send(buffer, at + payload.Length, nowMs);
    }

    /// <summary>The header of the next packet of this source.</summary>
    public int WriteHeader(Span<byte> buffer, bool marker, uint timestamp, long nowUs) =>
        subscription.WriteHeader(
            buffer,
            subscription.Section.RtxPayloadType,
            marker,
            ++_sequence,
            timestamp,
            subscription.Section.RtxSsrc,
            default,
            nowUs
        );

    private bool MaySend(int length, Layer layer, long nowUs)
    {
        var bits = Math.Min(layer.Cost(nowUs / 1000), subscription.Peer.Downlink.Rate);
        var perSecond = Math.Max(LeastPerSecond, bits / 16);
        if ((nowUs - _filledUs) * perSecond / 1_000_000 is > 0 and var filled)
        {
            _allowance += filled;
            _filledUs = nowUs;
        }
        _allowance = Math.Min(_allowance, Math.Min(MostAtOnce, perSecond * BurstSeconds));
        if (_allowance < length)
            return false;
        _allowance -= length;
        return true;
    }
}
