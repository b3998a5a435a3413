using System.Buffers.Binary;
using System.Text;
using HCChat.Rtc.Media;
using HCChat.Rtc.Rtp;
using HCChat.Rtc.Transport;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Rtc.Media;

/// <summary>A room whose clock stands still until it is told to go on, and what it has told.</summary>
internal sealed class Scene
{
    private int _passed;

    public Scene(MediaLimits? limits = null)
    {
        Room = new MediaRoom(
            Time,
            limits ?? new MediaLimits(),
            new MediaEvents(
                speakers => Speakers.AddRange(speakers),
                (member, quality, _) => Qualities.Add((member.Sid, quality)),
                (publication, quality) => Wanted.Add((publication.Sid, quality)),
                subscription => Streams.Add((subscription, subscription.IsPaused))
            )
        );
    }

    public FakeTimeProvider Time { get; } = new();
    public MediaRoom Room { get; }
    public List<Speaker> Speakers { get; } = [];
    public List<(string Sid, ConnectionQuality Quality)> Qualities { get; } = [];
    public List<(string Sid, VideoQuality Quality)> Wanted { get; } = [];
    public List<(Subscription Subscription, bool Paused)> Streams { get; } = [];

    public Person Enter(string sid) => new(this, sid);

    /// <summary>Ticks of 50 ms; before each, whatever comes in meanwhile.</summary>
    public void Pass(int milliseconds, Action<int>? every10 = null)
    {
        for (var at = 0; at < milliseconds; at += 10)
        {
            every10?.Invoke(at);
            Time.Advance(TimeSpan.FromMilliseconds(10));
            if (++_passed % 5 == 0)
                Room.Tick();
        }
    }
}

/// <summary>A packet as somebody got it.</summary>
internal sealed record Got(
    uint Ssrc,
    int PayloadType,
    ushort Sequence,
    uint Timestamp,
    bool Marker,
    byte[] Payload,
    int Padding,
    string Mid,
    byte[] Level,
    bool HasTime
);

/// <summary>A participant with one peer connection, and what it was sent.</summary>
internal sealed class Person
{
    public static readonly ExtensionIds Ids = new(4, 10, 11, 1, 3, 2);
    private readonly Scene _scene;
    private ushort _wide;

    public Person(Scene scene, string sid)
    {
        _scene = scene;
        Member = scene.Room.Enter(sid);
        Peer = Member.Open(
            new MediaSink(Take, packet => Control.Add(packet.ToArray()), () => LastHeard, Sources.Begin, Sources.End)
        );
        LastHeard = scene.Time.GetTimestamp();
        Peer.Connected();
    }

    public MediaMember Member { get; }
    public MediaPeer Peer { get; }

    /// <summary>What the peer is sent.</summary>
    public SrtpSources Sources { get; } = new();
    public long LastHeard { get; set; }
    public List<Got> Packets { get; } = [];
    public List<byte[]> Control { get; } = [];

    public Publication PublishAudio(string mid = "a", uint ssrc = 100) =>
        Peer.Publish(
            "TR_" + Member.Sid + mid,
            new ReceivedSection(mid, MediaCodec.Opus, 111, 0, Ids, [], [new NamedSource(ssrc, 0)]),
            []
        );

    public Publication PublishVideo(
        string mid = "v",
        MediaCodec codec = MediaCodec.Vp8,
        IReadOnlyList<string>? rids = null
    ) =>
        Peer.Publish(
            "TR_" + Member.Sid + mid,
            new ReceivedSection(mid, codec, 96, 97, Ids, rids ?? ["q", "h", "f"], []),
            [
                new DeclaredLayer(VideoQuality.Low, 320, 180, 160_000),
                new DeclaredLayer(VideoQuality.Medium, 640, 360, 450_000),
                new DeclaredLayer(VideoQuality.High, 1280, 720, 1_700_000),
            ]
        );

    public Subscription Watch(Publication publication, bool start = true)
    {
        var video = publication.Kind == MediaKind.Video;
        var subscription = Peer.Subscribe(
            publication,
            new SentSection(
                "s" + Peer.Subscriptions.Count,
                video ? 96 : 111,
                video ? 97 : 0,
                new ExtensionIds(Mid: 4, AbsSendTime: 2, AudioLevel: video ? 0 : 1)
            )
        );
        if (start)
            subscription.Start();
        return subscription;
    }

    /// <summary>Sends a media packet.</summary>
    public void Send(
        uint ssrc,
        int payloadType,
        ushort sequence,
        uint timestamp,
        ReadOnlySpan<byte> payload,
        bool marker = false,
        string mid = "",
        string rid = "",
        string repaired = "",
        byte? level = null,
        byte padding = 0
    )
    {
        var elements = new List<byte>();
        Put(elements, Ids.TransportWide, [(byte)(_wide >> 8), (byte)_wide]);
        _wide++;
        Put(elements, Ids.Mid, Encoding.ASCII.GetBytes(mid));
        Put(elements, Ids.Rid, Encoding.ASCII.GetBytes(rid));
        Put(elements, Ids.RepairedRid, Encoding.ASCII.GetBytes(repaired));
        Put(elements, Ids.AudioLevel, level is { } loud ? [loud] : []);
        while (elements.Count % 4 != 0)
            elements.Add(0);
        var packet = new byte[16 + elements.Count + payload.Length + padding];
        packet[0] = (byte)(0x90 | (padding > 0 ? 0x20 : 0));
        packet[1] = (byte)(payloadType | (marker ? 0x80 : 0));
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), sequence);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), ssrc);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(12), RtpPacket.OneByteForm);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(14), (ushort)(elements.Count / 4));
        elements.CopyTo(packet, 16);
        payload.CopyTo(packet.AsSpan(16 + elements.Count));
        if (padding > 0)
            packet[^1] = padding;
        Peer.OnRtp(packet);
    }

    /// <summary>Says something about what it is sent.</summary>
    public void Say(Func<byte[]> message) => Peer.OnRtcp(message());

    public void SayBitrate(uint bitsPerSecond)
    {
        var exponent = 0;
        for (; bitsPerSecond > 0x3ffff; bitsPerSecond >>= 1)
            exponent++;
        var message = new byte[24];
        message[0] = 0x8f;
        message[1] = 206;
        message[3] = 5;
        "REMB"u8.CopyTo(message.AsSpan(12));
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(16), 1u << 24 | (uint)exponent << 18 | bitsPerSecond);
        Peer.OnRtcp(message);
    }

    public void SayLost(uint ssrc, params ushort[] lost)
    {
        var buffer = new byte[1200];
        var writer = new RtcpWriter(buffer);
        Assert.True(writer.Nack(7, ssrc, lost));
        Peer.OnRtcp(writer.Written.ToArray());
    }

    public void SayPictureLoss(uint ssrc)
    {
        var buffer = new byte[12];
        var writer = new RtcpWriter(buffer);
        writer.PictureLoss(7, ssrc);
        Peer.OnRtcp(buffer);
    }

    /// <summary>Control packets of a kind that it was sent, and forgets them all.</summary>
    public int TakeControl(Func<RtcpKind, bool> which)
    {
        var found = 0;
        foreach (var compound in Control)
        {
            var reader = new RtcpReader(compound);
            while (reader.Next(out var packet))
                if (
                    which(
                        new RtcpKind(
                            packet.IsNack,
                            packet.IsPictureLoss,
                            packet.IsTransportWide,
                            packet.Type,
                            packet.Media
                        )
                    )
                )
                    found++;
        }
        Control.Clear();
        return found;
    }

    private void Take(Span<byte> buffer, int length)
    {
        Assert.True(buffer.Length >= length + PeerTransport.Slack);
        Assert.True(RtpPacket.TryRead(buffer[..length].ToArray(), out var packet));
        Packets.Add(
            new Got(
                packet.Ssrc,
                packet.PayloadType,
                packet.SequenceNumber,
                packet.Timestamp,
                packet.Marker,
                packet.Payload.ToArray(),
                packet.PaddingLength,
                Encoding.ASCII.GetString(packet.Extension(4)),
                packet.Extension(1).ToArray(),
                packet.Extension(2).Length == 3
            )
        );
        // Whoever protects it in place changes it.
        buffer[..(length + PeerTransport.Slack)].Fill(0xee);
    }

    private static void Put(List<byte> elements, int id, byte[] value)
    {
        if (value.Length == 0)
            return;
        elements.Add((byte)(id << 4 | (value.Length - 1)));
        elements.AddRange(value);
    }
}

internal sealed record RtcpKind(bool Nack, bool PictureLoss, bool TransportWide, RtcpType Type, uint Media);
