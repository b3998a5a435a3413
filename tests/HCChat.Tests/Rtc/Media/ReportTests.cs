using HCChat.Rtc.Media;
using HCChat.Rtc.Rtp;

namespace HCChat.Tests.Rtc.Media;

/// <summary>What a publisher and the room are told: feedback, reports, who speaks, how well somebody is connected.</summary>
public sealed class ReportTests
{
    private readonly Scene _scene = new();
    private readonly Person _anna;
    private readonly Person _ben;

    public ReportTests()
    {
        _anna = _scene.Enter("PA_anna");
        _ben = _scene.Enter("PA_ben");
    }

    [Fact]
    public void A_publisher_is_told_what_is_lost_and_when_its_clock_was_heard()
    {
        _anna.PublishAudio();
        var sender = new byte[28];
        var writer = new RtcpWriter(sender);
        writer.SenderReport(100, new SenderInfo(0x1234_5678_9abc_def0, 0, 0, 0), []);
        _scene.Pass(1000);
        _anna.Control.Clear();
        // A quarter is lost, beside a wrap.
        for (var i = 0; i < 250; i++)
        {
            if (i % 4 != 2)
                _anna.Send(100, 111, (ushort)(65_500 + i), (uint)i * 480, [1], mid: "a");
            if (i == 120)
                _anna.Peer.OnRtcp(sender);
            _scene.Pass(10);
        }
        var report = Reports(_anna, 100)[^1];
        Assert.InRange(report.FractionLost, 60, 68);
        Assert.InRange(report.TotalLost, 45, 63);
        Assert.Equal(0x1_0000u, report.HighestSequence & 0xffff_0000);
        Assert.Equal(0x5678_9abcu, report.LastSenderReport);
        Assert.InRange(report.DelaySinceSenderReport, 1u, 131_072u);
    }

    [Fact]
    public void Packets_that_come_evenly_have_no_jitter()
    {
        _anna.PublishAudio();
        for (var i = 0; i < 300; i++)
        {
            _anna.Send(100, 111, (ushort)i, (uint)i * 480, [1], mid: "a");
            _scene.Pass(10);
        }
        Assert.Equal(0u, Reports(_anna, 100)[^1].Jitter);
        for (var i = 300; i < 600; i++)
        {
            // Every other one 10 ms late.
            _anna.Send(100, 111, (ushort)i, (uint)(i - i % 2) * 480, [1], mid: "a");
            _scene.Pass(10);
        }
        Assert.InRange(Reports(_anna, 100)[^1].Jitter, 400u, 500u);
    }

    [Fact]
    public void A_publisher_is_told_at_every_tick_when_its_packets_came()
    {
        _anna.PublishAudio();
        for (var i = 0; i < 20; i++)
        {
            _anna.Send(100, 111, (ushort)i, (uint)i * 960, [1], mid: "a");
            _scene.Pass(50, null);
        }
        Assert.InRange(_anna.TakeControl(control => control.TransportWide), 18, 20);
    }

    [Fact]
    public void Who_speaks_is_told_when_it_begins_and_when_it_ends()
    {
        _anna.PublishAudio();
        ushort number = 0;
        void Say(byte level, int milliseconds) =>
            _scene.Pass(
                milliseconds,
                at =>
                {
                    if (at % 20 == 0)
                        _anna.Send(100, 111, number++, number * 960u, [1], mid: "a", level: level);
                }
            );
        Say(127, 2000);
        Assert.Empty(_scene.Speakers);
        Say(20, 1000);
        Assert.True(_anna.Member.IsSpeaking);
        Assert.All(_scene.Speakers, speaker => Assert.Equal((_anna.Member, true), (speaker.Member, speaker.Active)));
        Assert.InRange(_scene.Speakers[^1].Level, 0.1f, 0.25f);
        _scene.Speakers.Clear();
        // A breath is no end.
        Say(127, 400);
        Assert.DoesNotContain(_scene.Speakers, speaker => !speaker.Active);
        Say(127, 2000);
        Assert.False(_anna.Member.IsSpeaking);
        Assert.Equal((false, 0f), (_scene.Speakers[^1].Active, _scene.Speakers[^1].Level));
        _anna.Peer.Publications[0].Muted = true;
        _scene.Speakers.Clear();
        Say(0, 2000);
        Assert.Empty(_scene.Speakers);
    }

    [Fact]
    public void A_short_noise_is_no_speech()
    {
        _anna.PublishAudio();
        for (ushort i = 0; i < 3; i++)
            _anna.Send(100, 111, i, i * 960u, [1], mid: "a", level: 0);
        _scene.Pass(2000);
        Assert.Empty(_scene.Speakers);
    }

    [Fact]
    public void How_well_somebody_is_connected_follows_what_is_lost()
    {
        _anna.PublishAudio();
        _ben.PublishAudio();
        ushort number = 0;
        void Run(int milliseconds, int lostOf100) =>
            _scene.Pass(
                milliseconds,
                _ =>
                {
                    number++;
                    _anna.LastHeard = _ben.LastHeard = _scene.Time.GetTimestamp();
                    _ben.Send(100, 111, number, number * 480u, [1], mid: "a");
                    if (number % 100 >= lostOf100)
                        _anna.Send(100, 111, number, number * 480u, [1], mid: "a");
                }
            );
        Run(5000, 0);
        Assert.Equal(ConnectionQuality.Excellent, _anna.Member.Quality);
        Run(5000, 6);
        Assert.Equal(ConnectionQuality.Good, _anna.Member.Quality);
        Run(5000, 25);
        Assert.Equal(ConnectionQuality.Poor, _anna.Member.Quality);
        Run(30_000, 0);
        Assert.Equal(ConnectionQuality.Excellent, _anna.Member.Quality);
        Assert.Equal(ConnectionQuality.Excellent, _ben.Member.Quality);
        Assert.DoesNotContain(_scene.Qualities, told => told.Sid == "PA_ben");
        Assert.Equal(
            [ConnectionQuality.Good, ConnectionQuality.Poor],
            _scene.Qualities.Select(told => told.Quality).Take(2)
        );
    }

    [Fact]
    public void Whoever_is_not_heard_of_any_longer_is_lost()
    {
        _ben.LastHeard = long.MaxValue / 2;
        _scene.Pass(13_000);
        Assert.Equal([("PA_anna", ConnectionQuality.Lost)], _scene.Qualities);
    }

    private static List<ReportBlock> Reports(Person person, uint ssrc)
    {
        var found = new List<ReportBlock>();
        foreach (var compound in person.Control)
        {
            var reader = new RtcpReader(compound);
            while (reader.Next(out var packet))
                for (var i = 0; i < packet.Reports; i++)
                    if (packet.Report(i) is var report && report.Ssrc == ssrc)
                        found.Add(report);
        }
        return found;
    }
}
