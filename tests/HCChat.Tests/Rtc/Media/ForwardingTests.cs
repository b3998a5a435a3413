using System.Buffers.Binary;
using HCChat.Rtc.Media;
using HCChat.Rtc.Rtp;

namespace HCChat.Tests.Rtc.Media;

public sealed class ForwardingTests
{
    private readonly Scene _scene = new();
    private readonly Person _anna;
    private readonly Person _ben;

    public ForwardingTests()
    {
        _anna = _scene.Enter("PA_anna");
        _ben = _scene.Enter("PA_ben");
    }

    [Fact]
    public void Audio_is_sent_with_our_own_source_and_extensions()
    {
        var subscription = _ben.Watch(_anna.PublishAudio());
        for (ushort i = 0; i < 250; i++)
            _anna.Send(100, 111, (ushort)(65_500 + i), i * 960u, [1, 2, 3], level: 0x85);
        Assert.Equal(250, _ben.Packets.Count);
        Assert.All(_ben.Packets, packet => Assert.Equal(subscription.Section.Ssrc, packet.Ssrc));
        Assert.All(_ben.Packets, packet => Assert.Equal([0x85], packet.Level));
        Assert.All(_ben.Packets, packet => Assert.True(packet.HasTime));
        Assert.Equal(200, _ben.Packets.Count(packet => packet.Mid == "s0"));
        Assert.All(
            _ben.Packets.Zip(_ben.Packets.Skip(1)),
            pair => Assert.Equal((ushort)(pair.First.Sequence + 1), pair.Second.Sequence)
        );
        subscription.Renegotiate(subscription.Section with { Mid = "new" });
        _anna.Send(100, 111, 300, 300_000, [1]);
        Assert.Equal("new", _ben.Packets[^1].Mid);
        Assert.Equal(subscription.Section.Ssrc, _ben.Packets[^1].Ssrc);
    }

    [Fact]
    public void Nothing_is_sent_before_the_subscriber_knows_of_it_and_is_connected()
    {
        var subscription = _ben.Watch(_anna.PublishAudio(), start: false);
        _anna.Send(100, 111, 1, 0, [1]);
        Assert.Empty(_ben.Packets);
        subscription.Start();
        _anna.Send(100, 111, 2, 960, [1]);
        Assert.Single(_ben.Packets);
    }

    [Fact]
    public void A_video_begins_with_a_keyframe_that_is_asked_for()
    {
        var subscription = _ben.Watch(_anna.PublishVideo(rids: ["q"]));
        _anna.Send(50, 96, 1, 0, Vp8.Payload(false, true, 1, 1, 1), mid: "v", rid: "q");
        _scene.Pass(100);
        Assert.Equal(1, _anna.TakeControl(control => control is { PictureLoss: true, Media: 50 }));
        Assert.Empty(_ben.Packets);
        _anna.Send(50, 96, 2, 3000, Vp8.Payload(true, true, 2, 2, 2), mid: "v", rid: "q");
        _anna.Send(50, 96, 3, 6000, Vp8.Payload(false, true, 3, 3, 3), mid: "v", rid: "q");
        Assert.Equal([2u, 3u], _ben.Packets.Select(packet => Vp8.Id(packet.Payload)));
        Assert.Equal("q", subscription.Current?.Rid);
    }

    [Fact]
    public void A_keyframe_is_asked_for_every_half_second_until_it_comes_and_three_times_a_second_at_most()
    {
        _ben.Watch(_anna.PublishVideo(rids: ["q"]));
        var carl = _scene.Enter("PA_carl").Watch(_anna.Peer.Publications[0]);
        ushort number = 0;
        void Frame(int at)
        {
            if (at % 50 == 0)
                _anna.Send(
                    50,
                    96,
                    number++,
                    number * 3000u,
                    Vp8.Payload(false, true, number, 1, number),
                    mid: "v",
                    rid: "q"
                );
            carl.OnPictureLoss(_scene.Room.NowMs);
        }
        _scene.Pass(3000, Frame);
        Assert.InRange(_anna.TakeControl(control => control.PictureLoss), 5, 10);
    }

    [Fact]
    public void The_layer_of_a_source_is_learned_from_the_names_in_its_packets()
    {
        var video = _anna.PublishVideo();
        _anna.Send(7, 96, 1, 0, [0x10, 0]);
        _anna.Send(7, 96, 1, 0, [0x10, 0], mid: "v");
        _anna.Send(7, 96, 1, 0, [0x10, 0], mid: "v", rid: "x");
        _anna.Send(7, 96, 1, 0, [0x10, 0], mid: "w", rid: "h");
        _anna.Send(7, 95, 1, 0, [0x10, 0], mid: "v", rid: "h");
        Assert.All(video.Layers, layer => Assert.Equal(0u, layer.Ssrc));
        _anna.Send(7, 96, 1, 0, [0x10, 0], mid: "v", rid: "h");
        _anna.Send(8, 97, 1, 0, [0, 1, 0x10, 0], mid: "v", repaired: "h");
        Assert.Equal([0u, 7u, 0u], video.Layers.Select(layer => layer.Ssrc));
        Assert.Equal([0u, 8u, 0u], video.Layers.Select(layer => layer.RtxSsrc));
    }

    [Fact]
    public void A_participant_has_so_many_sources_and_no_more()
    {
        var scene = new Scene(new MediaLimits(Sources: 4));
        var anna = scene.Enter("PA_anna");
        var video = anna.PublishVideo();
        var other = anna.PublishVideo("w");
        for (var i = 0u; i < 3; i++)
        {
            anna.Send(10 + i, 96, 1, 0, [0x10, 0], mid: "v", rid: "qhf"[(int)i].ToString());
            anna.Send(20 + i, 96, 1, 0, [0x10, 0], mid: "w", rid: "qhf"[(int)i].ToString());
        }
        Assert.Equal(4, anna.Member.Sources);
        // A layer that comes from somewhere else takes the place of its own.
        for (var i = 0u; i < 100; i++)
            anna.Send(1000 + i, 96, 1, 0, [0x10, 0], mid: "v", rid: "q");
        Assert.Equal(1099u, video.Layers[0].Ssrc);
        Assert.Equal(4, anna.Member.Sources);
        anna.Peer.Unpublish(video);
        anna.Peer.Unpublish(other);
        Assert.Equal(0, anna.Member.Sources);
    }

    [Fact]
    public void What_a_publisher_sends_again_although_it_has_come_is_dropped()
    {
        _ben.Watch(_anna.PublishVideo(rids: ["q"]));
        var payload = Vp8.Payload(true, true, 1, 1, 1);
        Begin(payload);
        var sent = _ben.Packets.Count;
        var again = new byte[payload.Length + 2];
        BinaryPrimitives.WriteUInt16BigEndian(again, 10);
        payload.CopyTo(again, 2);
        for (ushort i = 0; i < 20; i++)
            _anna.Send(51, 97, i, 0, again, mid: "v", repaired: "q");
        Assert.Equal(sent, _ben.Packets.Count);
    }

    [Fact]
    public void What_was_lost_on_the_way_to_us_is_asked_for_and_takes_its_place()
    {
        _ben.Watch(_anna.PublishVideo(rids: ["q"]));
        Begin(Vp8.Payload(true, true, 1, 1, 1));
        var last = _ben.Packets[^1];
        _anna.Send(50, 96, 12, 6000, Vp8.Payload(false, true, 3, 3, 3), mid: "v", rid: "q");
        _anna.Control.Clear();
        _scene.Pass(100);
        Assert.Equal(1, _anna.TakeControl(control => control is { Nack: true, Media: 50 }));
        byte[] again = [0, 11, .. Vp8.Payload(false, true, 2, 2, 2)];
        _anna.Send(51, 97, 1, 3000, again, mid: "v", repaired: "q");
        Assert.Equal((ushort)(last.Sequence + 1), _ben.Packets[^1].Sequence);
        Assert.Equal(2u, Vp8.Id(_ben.Packets[^1].Payload));
        _scene.Pass(500);
        Assert.Equal(0, _anna.TakeControl(control => control.Nack));
    }

    [Fact]
    public void A_subscriber_is_sent_again_only_so_much()
    {
        var subscription = _ben.Watch(_anna.PublishVideo(rids: ["q"]));
        Begin(Vp8.Payload(true, true, 1, 1, 1, 1000));
        var number = _ben.Packets[^1].Sequence;
        _ben.Packets.Clear();
        for (var i = 0; i < 50; i++)
            _ben.SayLost(subscription.Section.Ssrc, number);
        Assert.Single(_ben.Packets);
        for (ushort i = 1; i < 300; i++)
            _anna.Send(
                50,
                96,
                (ushort)(10 + i),
                3000u + i,
                Vp8.Payload(false, true, i + 1, 1, i, 1000),
                mid: "v",
                rid: "q"
            );
        _ben.Packets.Clear();
        for (var i = 0; i < 300; i++)
            _ben.SayLost(subscription.Section.Ssrc, (ushort)(number + i));
        Assert.InRange(_ben.Packets.Count, 10, 66);
        Assert.All(_ben.Packets, packet => Assert.Equal(subscription.Section.RtxSsrc, packet.Ssrc));
    }

    [Fact]
    public void While_it_is_muted_nothing_is_forwarded_and_then_it_goes_on()
    {
        var audio = _anna.PublishAudio();
        _ben.Watch(audio);
        _anna.Send(100, 111, 1, 0, [1]);
        audio.Muted = true;
        _anna.Send(100, 111, 2, 960, [1]);
        audio.Muted = false;
        _scene.Pass(2000);
        _anna.Send(100, 111, 102, 97_920, [1]);
        Assert.Equal(2, _ben.Packets.Count);
        Assert.Equal((ushort)(_ben.Packets[0].Sequence + 1), _ben.Packets[1].Sequence);
        Assert.Equal(97_920u, _ben.Packets[1].Timestamp - _ben.Packets[0].Timestamp);
    }

    [Fact]
    public void What_is_unpublished_ends_its_subscriptions_and_comes_again_under_new_sources()
    {
        var audio = _anna.PublishAudio();
        var subscription = _ben.Watch(audio);
        _anna.Send(100, 111, 1, 0, [1]);
        _anna.Peer.Unpublish(audio);
        Assert.True(subscription.IsEnded);
        Assert.False(subscription.IsActive);
        Assert.Empty(_ben.Peer.Subscriptions);
        _anna.Send(100, 111, 2, 960, [1]);
        Assert.Single(_ben.Packets);
        var again = _anna.PublishAudio();
        var second = _ben.Watch(again);
        _anna.Send(100, 111, 3, 960, [1]);
        Assert.Equal(second.Section.Ssrc, _ben.Packets[^1].Ssrc);
        Assert.NotEqual(subscription.Section.Ssrc, second.Section.Ssrc);
    }

    [Fact]
    public void Of_what_comes_and_goes_for_hours_nothing_is_kept()
    {
        for (var i = 0u; i < 2000; i++)
        {
            var screen = _anna.PublishVideo("v" + i, rids: []);
            _ben.Watch(screen);
            _anna.Peer.Unpublish(screen);
        }
        Assert.Equal(0, _ben.Sources.Count);
        Assert.Equal(0, _anna.Member.Sources);
        Assert.Empty(_ben.Peer.Subscriptions);
        Assert.Empty(_anna.Peer.Publications);
    }

    [Fact]
    public void Whoever_leaves_takes_all_of_it_along()
    {
        var subscription = _ben.Watch(_anna.PublishAudio());
        var back = _anna.Watch(_ben.PublishAudio());
        _scene.Room.Leave(_anna.Member);
        Assert.True(subscription.IsEnded);
        Assert.True(back.IsEnded);
        Assert.Empty(_ben.Peer.Publications[0].Subscriptions);
    }

    [Fact]
    public void Sender_reports_are_told_in_the_terms_of_what_is_sent()
    {
        var subscription = _ben.Watch(_anna.PublishAudio());
        _anna.Send(100, 111, 1, 5000, [1, 2, 3]);
        var report = new byte[28];
        var writer = new RtcpWriter(report);
        writer.SenderReport(100, new SenderInfo(77UL << 32, 5000, 9, 9), []);
        _anna.Peer.OnRtcp(report);
        var reader = new RtcpReader(Assert.Single(_ben.Control));
        Assert.True(reader.Next(out var packet));
        Assert.True(packet.TryReadSender(out var info));
        Assert.Equal(subscription.Section.Ssrc, packet.Sender);
        Assert.Equal(new SenderInfo(77UL << 32, _ben.Packets[0].Timestamp, 1, 3), info);
    }

    [Fact]
    public void Layers_are_aligned_by_what_their_senders_say_of_the_time()
    {
        var subscription = _ben.Watch(_anna.PublishVideo(rids: ["q", "h"]));
        subscription.Wanted = new Wanted(true, 0, 0, VideoQuality.Low);
        Frame(0, 1, 1000);
        Frame(1, 1, 900_000);
        SayTime(0, 1000);
        SayTime(1, 900_000);
        _scene.Pass(100);
        Frame(0, 2, 1000 + 9000);
        subscription.Wanted = Wanted.Best;
        _scene.Pass(150);
        // 200 ms after the first pictures by their clock, whenever it comes.
        Frame(1, 2, 900_000 + 18_000);
        Assert.Equal(2, _ben.Packets.Count);
        Assert.Equal(9000u, _ben.Packets[1].Timestamp - _ben.Packets[0].Timestamp);

        void Frame(uint layer, ushort number, uint time) =>
            _anna.Send(
                50 + layer,
                96,
                number,
                time,
                Vp8.Payload(true, true, number, 1, 1),
                mid: "v",
                rid: "qh"[(int)layer].ToString()
            );
        void SayTime(uint layer, uint time)
        {
            var report = new byte[28];
            var writer = new RtcpWriter(report);
            writer.SenderReport(50 + layer, new SenderInfo(77UL << 32, time, 9, 9), []);
            _anna.Peer.OnRtcp(report);
        }
    }

    [Fact]
    public void H264_is_forwarded_from_a_keyframe_on()
    {
        _ben.Watch(_anna.PublishVideo(codec: MediaCodec.H264, rids: ["q"]));
        _anna.Send(50, 96, 1, 0, [0x41, 1], mid: "v", rid: "q");
        _scene.Pass(100);
        _anna.Send(50, 96, 2, 3000, [0x41, 1], mid: "v", rid: "q");
        _anna.Send(50, 96, 3, 6000, [0x67, 1], mid: "v", rid: "q");
        _anna.Send(50, 96, 4, 6000, [0x65, 1], mid: "v", rid: "q");
        Assert.Equal(
            [
                [0x67, 1],
                [0x65, 1],
            ],
            _ben.Packets.Select(packet => packet.Payload)
        );
    }

    /// <summary>Number 10 of the layer is the first that is forwarded.</summary>
    private void Begin(byte[] keyframe)
    {
        _anna.Send(50, 96, 9, 0, Vp8.Payload(false, true, 0, 0, 0), mid: "v", rid: "q");
        _scene.Pass(100);
        _anna.Send(50, 96, 10, 3000, keyframe, mid: "v", rid: "q");
        Assert.Single(_ben.Packets);
    }
}
