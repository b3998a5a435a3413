using System.Security.Cryptography;
using System.Text;
using HCChat.Rtc.Rtp;

namespace HCChat.Rtc.Media;

/// <summary>
/// A track that a peer is sent: one source with numbers, times and pictures that go on whatever layer they come from. Under one number of a source no two
/// different packets are ever sent, for they would be encrypted with one nonce.
/// </summary>
internal sealed class Subscription
{
    /// <summary>So many packets tell in which section they belong; then the peer knows the source.</summary>
    private const int PacketsWithMid = 200;
    private const int KeyframeAskMs = 500;
    private const int LetGoMs = 600;

    private readonly Numbering _numbering = new((ushort)RandomNumberGenerator.GetInt32(1, 0x8000));
    private readonly Repetition _repetition;
    private Timeline _timeline;
    private Layer? _last;
    private PictureNumbers _pictures = new();
    private byte[] _mid = [];
    private int _withMid;
    private long _askedMs;
    private long _targetAtMs;
    private long _complainedMs;
    private uint _reportedHighest;
    private bool _reported;
    private Wanted _wanted = Wanted.Best;

    public Subscription(Publication publication, MediaPeer peer, SentSection section)
    {
        Publication = publication;
        Peer = peer;
        Section = section;
        _repetition = new Repetition(this);
        _timeline = new Timeline(publication.ClockRate);
        Renegotiate(section);
    }

    public Publication Publication { get; }
    public MediaPeer Peer { get; }
    public SentSection Section { get; private set; }

    /// <summary>What the subscriber wants of it.</summary>
    public Wanted Wanted
    {
        get => _wanted;
        set
        {
            _wanted = value;
            if (!value.Enabled)
                Rest();
            Peer.Downlink.Changed();
        }
    }

    /// <summary>Whether it has been started and has not ended.</summary>
    public bool IsActive { get; private set; }

    /// <summary>Whether it has ended: unsubscribed, unpublished, or one of the two peers is gone.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Whether even the lowest layer does not fit the way to the subscriber.</summary>
    public bool IsPaused { get; private set; }

    public long Packets { get; private set; }
    public long Octets { get; private set; }
    public long Repeated => _repetition.Packets;

    /// <summary>The layer that is being sent.</summary>
    public Layer? Current { get; private set; }

    /// <summary>The layer that is to be sent, from its next keyframe on. Audio has none.</summary>
    public Layer? Target { get; private set; }

    /// <summary>Whether something of it is to be sent at all.</summary>
    internal bool IsWanted => IsActive && Wanted.Enabled && !Publication.Muted;

    private bool IsVideo => Publication.Kind == MediaKind.Video;

    /// <summary>The subscriber knows of it: from now on it is sent.</summary>
    public void Start()
    {
        if (IsEnded)
            return;
        IsActive = true;
        Peer.Downlink.Changed();
    }

    /// <summary>Takes over what a new description says of the same section; the sources stay.</summary>
    public void Renegotiate(SentSection section)
    {
        Section = section with { Ssrc = Section.Ssrc, RtxSsrc = Section.RtxSsrc };
        _mid = Encoding.ASCII.GetBytes(section.Mid);
        _withMid = PacketsWithMid;
    }

    /// <summary>A receiver has lost its picture.</summary>
    internal void OnPictureLoss(long nowMs)
    {
        // A subscriber that complains all the time makes the picture worse for everybody.
        if (!IsVideo || nowMs - _complainedMs < KeyframeAskMs)
            return;
        _complainedMs = nowMs;
        (Current ?? Target)?.WantKeyframe();
    }

    /// <summary>What the receiver says has come of it.</summary>
    internal void OnReport(ReportBlock report)
    {
        var expected = (int)(report.HighestSequence - _reportedHighest);
        _reportedHighest = report.HighestSequence;
        if (!_reported)
            _reported = true;
        else if (expected is > 0 and < 0x8000)
            Peer.Downlink.OnReport(
                expected,
                expected * report.FractionLost / 256.0,
                report.Jitter * 1000.0 / Publication.ClockRate
            );
    }

    internal void OnNack(ushort sequence, long nowUs) => _repetition.Answer(sequence, _numbering.Highest, nowUs);

    /// <summary>Nothing is being sent; what comes next begins with a keyframe.</summary>
    internal void Rest() => Use(null);

    /// <summary>The source of a layer has changed.</summary>
    internal void Restart(Layer layer)
    {
        _repetition.Forget();
        _last = null;
        if (Current == layer)
            Rest();
    }

    /// <summary>What is to be sent from now on; null: the way to the subscriber has no room for any layer.</summary>
    internal void Choose(Layer? target, long nowMs)
    {
        if (target != Target)
            _targetAtMs = nowMs;
        Target = target;
        if (target is null)
            Rest();
        if (IsPaused == (target is null))
            return;
        IsPaused = target is null;
        Peer.Room.Tell(this);
    }

    /// <summary>There is nothing to choose from, or nothing is wanted.</summary>
    internal void Unchoose()
    {
        Target = null;
        if (!IsPaused)
            return;
        IsPaused = false;
        Peer.Room.Tell(this);
    }

    internal void Tick(long nowMs)
    {
        if (!IsVideo || !IsWanted || Target is not { } target || target == Current)
            return;
        if (_askedMs < _targetAtMs || nowMs - _askedMs >= KeyframeAskMs)
        {
            _askedMs = nowMs;
            target.WantKeyframe();
        }
        // It is too much for the way, and no keyframe of a lower layer has come: better no picture for a moment than no sound.
        if (Current is { } current && current.Rank > target.Rank && nowMs - _targetAtMs >= LetGoMs)
            Rest();
    }

    internal void Forward(in MediaPacket packet)
    {
        if (!IsWanted || !Peer.IsConnected || (packet.Layer != Current && !TryBegin(packet)))
            return;
        if (!_numbering.TryMap(packet.Number, out var number))
            return;
        var timestamp = _timeline.Map(packet.Timestamp, packet.NowMs);
        Span<byte> buffer = Peer.Room.Buffer;
        var length = Write(buffer, (ushort)number, timestamp, packet.Marker, packet.Level, packet.NowUs);
        packet.Payload.CopyTo(buffer[length..]);
        if (Publication.Section.Codec == MediaCodec.Vp8)
        {
            _pictures.Shift.Apply(buffer[length..], packet.Vp8);
            _pictures.Note(packet.Vp8);
        }
        if (IsVideo)
            _repetition.Note(number, packet.Layer, packet.Number, timestamp, _pictures.Shift);
        Packets++;
        Octets += packet.Payload.Length;
        Peer.Send(buffer, length + packet.Payload.Length, packet.NowMs);
    }

    /// <summary>The publisher's packet has nothing in it.</summary>
    internal void Skip(in MediaPacket packet)
    {
        if (packet.Layer != Current || !_numbering.TrySkip(packet.Number, out var number))
            return;
        // What comes behind it is out already, with its place left free: one byte of padding fills it.
        Span<byte> buffer = Peer.Room.Buffer;
        var length = Write(buffer, (ushort)number, _timeline.Highest, false, default, packet.NowUs);
        Pad(buffer, length, 1);
        Peer.Send(buffer, length + 1, packet.NowMs);
    }

    /// <summary>Sends so much padding beside the media, under the numbers of the repetitions, to see whether the way has room. False: there are none.</summary>
    internal bool TryProbe(byte padding, long nowUs)
    {
        if (!IsWanted || !_repetition.IsPossible || Packets == 0)
            return false;
        Span<byte> buffer = Peer.Room.Buffer;
        var length = _repetition.WriteHeader(buffer, false, _timeline.Highest, nowUs);
        Pad(buffer, length, padding);
        Peer.Send(buffer, length + padding, nowUs / 1000);
        return true;
    }

    /// <summary>What the publisher says of its clock, in the terms of what is sent.</summary>
    internal void OnSenderReport(Layer layer, SenderInfo info)
    {
        if (layer != Current || !IsWanted || Packets == 0 || !Peer.IsConnected)
            return;
        _timeline.OnReport(info);
        Span<byte> buffer = stackalloc byte[32];
        var writer = new RtcpWriter(buffer);
        var sent = new SenderInfo(info.Ntp, info.RtpTimestamp + _timeline.Shift, (uint)Packets, (uint)Octets);
        if (writer.SenderReport(Section.Ssrc, sent, []))
            Peer.SendControl(writer.Written);
    }

    internal void End()
    {
        if (IsEnded)
            return;
        Rest();
        IsEnded = true;
        IsActive = false;
        Publication.Remove(this);
        Peer.Forget(this);
    }

    internal int WriteHeader(
        Span<byte> buffer,
        int payloadType,
        bool marker,
        ushort sequence,
        uint timestamp,
        uint ssrc,
        ReadOnlySpan<byte> level,
        long nowUs
    ) =>
        OutgoingHeader.Write(
            buffer,
            payloadType,
            marker,
            sequence,
            timestamp,
            ssrc,
            Section.Extensions,
            _withMid > 0 ? _mid : default,
            level,
            nowUs
        );

    private int Write(
        Span<byte> buffer,
        ushort number,
        uint timestamp,
        bool marker,
        ReadOnlySpan<byte> level,
        long nowUs
    )
    {
        var length = WriteHeader(buffer, Section.PayloadType, marker, number, timestamp, Section.Ssrc, level, nowUs);
        if (_withMid > 0)
            _withMid--;
        return length;
    }

    private static void Pad(Span<byte> buffer, int length, byte padding)
    {
        buffer[0] |= 0x20;
        buffer.Slice(length, padding).Clear();
        buffer[length + padding - 1] = padding;
    }

    private bool TryBegin(in MediaPacket packet)
    {
        if (IsVideo && (packet.Layer != Target || !packet.BeginsKeyframe))
            return false;
        // What belongs behind it has come before it and is gone: a picture that is begun with it would have holes.
        if (packet.Number < packet.Layer.Reception.Highest)
        {
            packet.Layer.WantKeyframe();
            return false;
        }
        _numbering.Begin(packet.Number);
        _repetition.Begin(_numbering.Highest + 1);
        _timeline.Begin(packet.Timestamp, packet.Layer == _last, packet.Layer.Reception.Sender, packet.NowMs);
        _last = packet.Layer;
        _pictures.Begin(packet.Vp8);
        Use(packet.Layer);
        // It was not kept while nobody was sent it.
        if (IsVideo && packet.Layer.Users == 1)
            packet.Layer.History.Add(packet.Number, packet.Marker, packet.Payload, packet.NowMs);
        return true;
    }

    private void Use(Layer? layer)
    {
        if (Current is { } before && --before.Users == 0)
            before.Missing.Clear();
        Current = layer;
        if (layer is not null)
            layer.Users++;
    }
}
