using HCChat.Rtc.Media;

namespace HCChat.Tests.Rtc.Media;

public sealed class DownlinkTests
{
    private readonly Scene _scene = new();
    private readonly Person _anna;
    private readonly Person _ben;
    private readonly Person _carl;
    private readonly Camera _camera;
    private readonly Publication _video;
    private readonly Publication _audio;
    private readonly Subscription _bens;
    private readonly Subscription _carls;
    private ushort _audioSequence;

    public DownlinkTests()
    {
        _anna = _scene.Enter("PA_anna");
        _ben = _scene.Enter("PA_ben");
        _carl = _scene.Enter("PA_carl");
        _camera = new Camera(_anna);
        _video = _anna.PublishVideo();
        _audio = _anna.PublishAudio();
        _ben.Watch(_audio);
        _carl.Watch(_audio);
        _bens = _ben.Watch(_video);
        _carls = _carl.Watch(_video);
    }

    [Fact]
    public void Whoever_can_receive_everything_gets_the_layer_that_is_wanted()
    {
        Say(_ben, 5_000_000);
        Run(3000);
        Assert.Equal("f", _bens.Current?.Rid);
        _bens.Wanted = new Wanted(true, 600, 340, VideoQuality.High);
        Run(1000);
        Assert.Equal("h", _bens.Current?.Rid);
        _bens.Wanted = new Wanted(true, 180, 320, VideoQuality.High);
        Run(1000);
        Assert.Equal("q", _bens.Current?.Rid);
        _bens.Wanted = new Wanted(true, 0, 0, VideoQuality.Medium);
        Run(1000);
        Assert.Equal("h", _bens.Current?.Rid);
    }

    [Fact]
    public void A_way_of_300_kilobits_gets_the_lowest_layer_and_all_of_the_audio_and_nobody_else_notices()
    {
        Say(_ben, 5_000_000);
        Say(_carl, 5_000_000);
        Run(3000);
        Assert.Equal("f", _carls.Current?.Rid);
        _carl.Packets.Clear();
        Say(_carl, 300_000);
        Run(2000);
        Assert.Equal("q", _carls.Current?.Rid);
        Assert.Equal("f", _bens.Current?.Rid);
        Assert.False(_carls.IsPaused);
        Assert.Equal(200, _carl.Packets.Count(packet => packet.PayloadType == 111));
        // They stay there; what is seen of others is never touched.
        Run(8000);
        Assert.Equal("q", _carls.Current?.Rid);
        Assert.Equal("f", _bens.Current?.Rid);
        Assert.Empty(_scene.Streams);
        Assert.Empty(_scene.Wanted);
    }

    [Fact]
    public void When_not_even_the_lowest_fits_the_video_pauses_and_the_audio_goes_on()
    {
        Say(_carl, 5_000_000);
        Run(3000);
        Say(_carl, 60_000);
        Report(seconds: 6, lost: 60);
        Assert.True(_carls.IsPaused);
        Assert.Null(_carls.Current);
        Assert.Equal([(_carls, true)], _scene.Streams);
        _carl.Packets.Clear();
        Run(1000);
        Assert.Equal(100, _carl.Packets.Count(packet => packet.PayloadType == 111));
        Assert.Equal(0, _carl.Packets.Count(packet => packet.PayloadType == 96));
        Say(_carl, 5_000_000);
        Report(seconds: 40, lost: 0);
        Assert.False(_carls.IsPaused);
        Assert.Equal([(_carls, true), (_carls, false)], _scene.Streams);
        Assert.NotNull(_carls.Current);
    }

    [Fact]
    public void Who_says_little_and_loses_nothing_keeps_the_lowest_layer()
    {
        Say(_carl, 5_000_000);
        Run(3000);
        Say(_carl, 60_000);
        Report(seconds: 6, lost: 0);
        Assert.False(_carls.IsPaused);
        Assert.Equal("q", _carls.Current?.Rid);
    }

    // What the receiver says once a second of its last hundred packets.
    private void Report(int seconds, double lost)
    {
        for (var second = 0; second < seconds; second++)
        {
            _carl.Peer.Downlink.OnReport(100, lost, 0);
            Run(1000);
        }
    }

    [Fact]
    public void What_gets_through_is_not_taken_away_while_what_is_said_still_grows()
    {
        for (var said = 300_000u; said < 700_000; said += 10_000)
        {
            Say(_carl, said);
            Run(200);
        }
        Assert.Equal("h", _carls.Current?.Rid);
        // It grows no longer, and it is less than is sent.
        Say(_carl, 300_000);
        Run(2000);
        Assert.Equal("q", _carls.Current?.Rid);
    }

    [Fact]
    public void A_way_that_has_lost_much_is_believed_again_with_time_however_seldom_it_is_told()
    {
        Say(_carl, 5_000_000);
        Run(3000);
        Report(seconds: 6, lost: 60);
        var before = _carl.Peer.Downlink.Rate;
        for (var i = 0; i < 4; i++)
        {
            Run(5000);
            _carl.Peer.Downlink.OnReport(20, 0, 0);
        }
        Assert.InRange(_carl.Peer.Downlink.Rate, before * 3, 5_000_000);
    }

    [Fact]
    public void What_was_before_the_picture_that_is_now_sent_is_not_sent_again()
    {
        Say(_carl, 5_000_000);
        Run(3000);
        var (ssrc, earlier) = (_carls.Section.Ssrc, _carl.Packets.Last(p => p.PayloadType == 96).Sequence);
        Say(_carl, 300_000);
        Run(1000);
        Assert.Equal("q", _carls.Current?.Rid);
        var repeated = _carls.Repeated;
        _carl.SayLost(ssrc, earlier);
        Assert.Equal(repeated, _carls.Repeated);
        _carl.SayLost(ssrc, _carl.Packets.Last(p => p.PayloadType == 96).Sequence);
        Assert.Equal(repeated + 1, _carls.Repeated);
    }

    [Fact]
    public void A_layer_is_not_taken_again_soon_after_it_did_not_fit()
    {
        Say(_carl, 5_000_000);
        Run(3000);
        Say(_carl, 300_000);
        Run(1000);
        Say(_carl, 800_000);
        Run(1500);
        Assert.Equal("q", _carls.Current?.Rid);
        Run(4000);
        Assert.Equal("h", _carls.Current?.Rid);
    }

    [Fact]
    public void While_more_is_wanted_padding_looks_for_more_room_but_never_for_all_that_there_is()
    {
        Say(_carl, 400_000);
        Run(2000);
        Assert.Equal("q", _carls.Current?.Rid);
        _carl.Packets.Clear();
        Run(2000);
        var padding = _carl.Packets.Where(packet => packet.Padding > 0).ToList();
        Assert.NotEmpty(padding);
        Assert.All(padding, packet => Assert.Equal(_carls.Section.RtxSsrc, packet.Ssrc));
        Assert.All(padding, packet => Assert.True(packet.HasTime));
        var bits = _carl.Packets.Sum(packet => (packet.Payload.Length + packet.Padding + 24) * 8L) / 2;
        Assert.InRange(bits, 220_000, 360_000); // four fifths of what is said and of what the sound takes
        Say(_carl, 5_000_000);
        Run(3000);
        _carl.Packets.Clear();
        Run(1000);
        Assert.DoesNotContain(_carl.Packets, packet => packet.Padding > 0);
    }

    [Fact]
    public void What_is_larger_or_speaks_gets_more_when_there_is_not_enough()
    {
        var dora = _scene.Enter("PA_dora");
        var second = new Camera(dora, firstSsrc: 2000);
        var other = _carl.Watch(dora.PublishVideo());
        other.Wanted = new Wanted(true, 640, 360, VideoQuality.High);
        _carls.Wanted = new Wanted(true, 480, 270, VideoQuality.High);
        Say(_carl, 700_000);
        Run(4000, second);
        Assert.Equal(("q", "h"), (_carls.Current?.Rid, other.Current?.Rid));
        Run(12_000, second, loudness: 10);
        Assert.Equal(("h", "q"), (_carls.Current?.Rid, other.Current?.Rid));
    }

    [Fact]
    public void Much_loss_is_a_sign_that_it_is_too_much()
    {
        Say(_carl, 5_000_000);
        Run(3000);
        Assert.Equal("f", _carls.Current?.Rid);
        for (var i = 0; i < 4; i++)
        {
            Report(_carl, _carls.Section.Ssrc, (uint)(1000 + i * 300), 80);
            Run(1000);
        }
        Assert.NotEqual("f", _carls.Current?.Rid);
        Assert.True(_carl.Peer.Downlink.Rate < 2_000_000);
    }

    [Fact]
    public void A_layer_that_is_no_longer_sent_is_left()
    {
        Say(_carl, 5_000_000);
        Run(3000);
        _camera.On[2] = false;
        Run(3000);
        Assert.Equal("h", _carls.Current?.Rid);
        _camera.On[2] = true;
        Run(3000);
        Assert.Equal("f", _carls.Current?.Rid);
    }

    [Fact]
    public void A_picture_that_stands_still_is_not_taken_for_one_that_has_ended()
    {
        Say(_carl, 5_000_000);
        Run(3000);
        _scene.Pass(20_000);
        Assert.Equal("f", _carls.Current?.Rid);
        Assert.Equal("f", _carls.Target?.Rid);
    }

    [Fact]
    public void Layers_that_nobody_wants_are_said_after_a_while_and_wanted_ones_at_once()
    {
        Say(_ben, 5_000_000);
        _bens.Wanted = new Wanted(true, 320, 180, VideoQuality.High);
        _carls.Wanted = new Wanted(true, 640, 360, VideoQuality.High);
        Run(3000);
        Assert.Empty(_scene.Wanted);
        Run(3000);
        Assert.Equal([(_video.Sid, VideoQuality.Medium)], _scene.Wanted);
        _bens.Wanted = Wanted.Best;
        Run(100);
        Assert.Equal((_video.Sid, VideoQuality.High), _scene.Wanted[^1]);
        _bens.Wanted = Wanted.Best with { Enabled = false };
        _carls.Wanted = _bens.Wanted;
        Run(6000);
        Assert.Equal((_video.Sid, VideoQuality.Off), _scene.Wanted[^1]);
        Assert.Equal(3, _scene.Wanted.Count);
        Assert.Null(_bens.Current);
    }

    [Fact]
    public void Whoever_publishes_too_much_is_cut_from_the_top_and_told()
    {
        var scene = new Scene(new MediaLimits(PublishBitrate: 900_000));
        var anna = scene.Enter("PA_anna");
        var ben = scene.Enter("PA_ben");
        var camera = new Camera(anna);
        var watched = ben.Watch(anna.PublishVideo());
        ben.Watch(anna.PublishAudio());
        ben.SayBitrate(5_000_000);
        var told = 0;
        ushort sequence = 0;
        scene.Pass(
            5000,
            at =>
            {
                if (at % 20 == 0)
                    anna.Send(100, 111, sequence++, sequence * 960u, new byte[80], mid: "a");
                if (at % 100 != 0)
                    return;
                told += anna.Control.Count(control => control.AsSpan().IndexOf("REMB"u8) >= 0);
                camera.Send100Ms();
            }
        );
        Assert.NotEqual("f", watched.Current?.Rid);
        Assert.Equal(250, ben.Packets.Count(packet => packet.PayloadType == 111));
        Assert.True(told > 0);
        Assert.Contains(ben.Packets, packet => packet.PayloadType == 96);
    }

    /// <summary>Time goes on with everything being sent: 32 kbit/s of audio and the camera's layers.</summary>
    private void Run(int milliseconds, Camera? second = null, byte loudness = 127) =>
        _scene.Pass(
            milliseconds,
            at =>
            {
                if (at % 10 == 0)
                    _anna.Send(
                        100,
                        111,
                        _audioSequence++,
                        _audioSequence * 480u,
                        new byte[20],
                        mid: "a",
                        level: loudness
                    );
                if (at % 100 != 0)
                    return;
                _camera.Send100Ms();
                second?.Send100Ms();
            }
        );

    private static void Say(Person person, uint bitsPerSecond) => person.SayBitrate(bitsPerSecond);

    private static void Report(Person person, uint ssrc, uint highest, byte fraction)
    {
        var buffer = new byte[32];
        var writer = new HCChat.Rtc.Rtp.RtcpWriter(buffer);
        var blocks = new[] { new HCChat.Rtc.Rtp.ReportBlock(ssrc, fraction, 0, highest, 0, 0, 0) };
        writer.ReceiverReport(7, blocks);
        person.Peer.OnRtcp(buffer);
    }
}
