using System.Buffers.Binary;
using HCChat.Rtc.Rtp;

namespace HCChat.Rtc.Media;

/// <summary>What a peer sends us: where each packet belongs, and what it is told of how its packets came.</summary>
internal sealed class Upstream(MediaPeer peer)
{
    /// <summary>Who we are in what we say of the packets.</summary>
    public const uint Ssrc = 1;

    private const int ReportMs = 1000;
    private const int ControlLength = 1200;
    private const int MostAsked = 128;
    private readonly ArrivalTimes _arrivals = new();
    private readonly byte[] _control = new byte[ControlLength];
    private readonly long[] _times = new long[ArrivalTimes.Report];
    private readonly ReportBlock[] _report = new ReportBlock[1];
    private readonly ushort[] _missing = new ushort[MostAsked];
    private long _reportedMs;
    private uint _lastSsrc;
    private byte _messages;

    private MediaRoom Room => peer.Room;

    public void OnRtp(Span<byte> bytes, long nowUs)
    {
        if (bytes.Length > PacketPool.PacketLength || !RtpPacket.TryRead(bytes, out var packet))
            return;
        if (peer.Publications.Count == 0)
            return;
        // The numbers go through all that the peer sends, whatever it is.
        var wide = packet.Extension(peer.Publications[0].Section.Extensions.TransportWide);
        if (wide.Length == 2)
            _arrivals.Add(BinaryPrimitives.ReadUInt16BigEndian(wide), nowUs);
        _lastSsrc = packet.Ssrc;
        if (!peer.Sources.TryFind(packet.Ssrc, out var source) && !peer.TryLearn(packet, out source))
            return;
        Receive(packet, source, nowUs);
    }

    public void OnSenderReport(uint ssrc, SenderInfo info, long nowUs)
    {
        if (!peer.Sources.TryFind(ssrc, out var source) || source.Repeats)
            return;
        source.Layer.Reception.OnSenderReport(info, nowUs);
        foreach (var subscription in source.Layer.Publication.Subscriptions)
            subscription.OnSenderReport(source.Layer, info);
    }

    public void Tick(long nowUs)
    {
        var nowMs = nowUs / 1000;
        SendArrivals();
        var reports = nowMs - _reportedMs >= ReportMs;
        if (reports)
            _reportedMs = nowMs;
        foreach (var publication in peer.Publications)
        foreach (var layer in publication.Layers)
            if (layer.Ssrc != 0)
                Say(layer, reports, nowUs);
        if (reports && peer.Member.Allowance.IsNear(nowMs))
            Bound();
    }

    private void Receive(in RtpPacket packet, Source source, long nowUs)
    {
        var layer = source.Layer;
        var publication = layer.Publication;
        var section = publication.Section;
        var payload = packet.Payload;
        var nowMs = nowUs / 1000;
        if (packet.PayloadType != (source.Repeats ? section.RtxPayloadType : section.PayloadType))
            return;
        var rank = publication.Kind == MediaKind.Audio ? -1 : layer.Rank;
        var allowed = peer.Member.Allowance.TryTake(packet.Bytes.Length, rank, nowUs);
        var sequence = packet.SequenceNumber;
        if (source.Repeats)
        {
            if (payload.Length < 2)
                return;
            sequence = BinaryPrimitives.ReadUInt16BigEndian(payload);
            payload = payload[2..];
        }
        var before = layer.Reception.Highest;
        // A sender also repeats what has arrived, to see what its way carries.
        var number = layer.Reception.Accept(sequence, packet.Timestamp, source.Repeats, nowUs);
        if (number < 0)
            return;
        Follow(layer, before, number, nowMs);
        if (!allowed)
        {
            layer.Choke(nowMs);
            return;
        }
        if (!source.Repeats)
            publication.Heard(layer, packet.Bytes.Length, nowMs);
        if (publication.Muted)
            return;
        Pass(packet, payload, publication, layer, number, nowUs);
    }

    private void Pass(
        in RtpPacket packet,
        ReadOnlySpan<byte> payload,
        Publication publication,
        Layer layer,
        long number,
        long nowUs
    )
    {
        var section = publication.Section;
        var vp8 = default(Vp8Descriptor);
        if (section.Codec == MediaCodec.Vp8 && !payload.IsEmpty && !Vp8Descriptor.TryRead(payload, out vp8))
            return;
        var level = packet.Extension(section.Extensions.AudioLevel);
        if (level.Length == 1 && publication.Kind == MediaKind.Audio)
            peer.Member.Loudness.Add(level[0]);
        var keyframe = section.Codec switch
        {
            MediaCodec.Vp8 => vp8.BeginsKeyframe,
            MediaCodec.H264 => H264Payload.BeginsKeyframe(payload),
            _ => true,
        };
        if (keyframe)
            layer.OnKeyframe();
        publication.Forward(
            new MediaPacket
            {
                Layer = layer,
                Number = number,
                Timestamp = packet.Timestamp,
                Marker = packet.Marker,
                Payload = payload,
                Level = level,
                BeginsKeyframe = keyframe,
                Vp8 = vp8,
                NowUs = nowUs,
            }
        );
    }

    /// <summary>Notes what is missing before a packet of a layer that somebody is sent.</summary>
    private static void Follow(Layer layer, long before, long number, long nowMs)
    {
        if (layer.Publication.Section.RtxPayloadType == 0 || layer.Users == 0)
            return;
        if (number <= before)
            layer.Missing.Remove(number);
        else if (before > 0 && !layer.Missing.TryAdd(before + 1, number, nowMs))
            layer.WantKeyframe();
    }

    /// <summary>How a layer has come, what of it is missing, and whether a keyframe is needed.</summary>
    private void Say(Layer layer, bool reports, long nowUs)
    {
        var nowMs = nowUs / 1000;
        var writer = new RtcpWriter(_control);
        if (reports && layer.Reception.HasAny)
        {
            _report[0] = layer.Reception.Report(layer.Ssrc, nowUs, out var expected, out var lost);
            writer.ReceiverReport(Ssrc, _report);
            if (expected > 0)
                peer.Member.Health.OnReport(
                    expected,
                    lost,
                    layer.Publication.Kind == MediaKind.Audio ? layer.Reception.JitterMs : 0
                );
        }
        if (layer.Missing.Collect(_missing, nowMs) is > 0 and var count)
            writer.Nack(Ssrc, layer.Ssrc, _missing.AsSpan(0, count));
        if (layer.TakeKeyframeRequest(nowMs))
            writer.PictureLoss(Ssrc, layer.Ssrc);
        if (writer.Length > 0)
            peer.SendControl(writer.Written);
    }

    private void SendArrivals()
    {
        while (_arrivals.TryTake(_times, out var first, out var count))
        {
            var writer = new RtcpWriter(_control);
            if (writer.TransportWide(Ssrc, _lastSsrc, first, _messages++, _times.AsSpan(0, count)))
                peer.SendControl(writer.Written);
        }
    }

    /// <summary>Tells the peer what it may send (REMB), which a sender obeys besides the feedback.</summary>
    private void Bound()
    {
        Span<byte> message = stackalloc byte[24];
        var exponent = 0;
        var mantissa = (uint)Room.Limits.PublishBitrate;
        for (; mantissa > 0x3ffff; mantissa >>= 1)
            exponent++;
        message[0] = 0x80 | 15;
        message[1] = (byte)RtcpType.PayloadFeedback;
        message[3] = 5;
        BinaryPrimitives.WriteUInt32BigEndian(message[4..], Ssrc);
        "REMB"u8.CopyTo(message[12..]);
        BinaryPrimitives.WriteUInt32BigEndian(message[16..], 1u << 24 | (uint)exponent << 18 | mantissa);
        BinaryPrimitives.WriteUInt32BigEndian(message[20..], _lastSsrc);
        peer.SendControl(message);
    }
}
