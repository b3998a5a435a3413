using HCChat.Rtc.Signal;

namespace HCChat.Tests.Rtc.Signal;

public sealed class SdpReaderTests
{
    [Theory, MemberData(nameof(RealOffers.All), MemberType = typeof(RealOffers))]
    public void Offers_of_stock_clients_are_read_with_what_calls_need(string name)
    {
        var offer = RealOffers.Read(name);
        Assert.Equal(4, offer.Ufrag.Length);
        Assert.Equal(95, offer.Fingerprint.Length);
        Assert.Single(offer.Sections, s => s.Kind == "application");
        foreach (var section in offer.Sections.Where(s => s.Kind == "audio"))
        {
            Assert.Equal(111, section.Choose("opus")!.PayloadType);
            Assert.NotEqual(0, section.ExtensionOf(SdpExtension.AudioLevel));
        }
        foreach (var section in offer.Sections.Where(s => s.Kind == "video"))
            Assert.Equal(96, section.Choose("vp8")!.PayloadType);
    }

    [Fact]
    public void What_a_browser_receives_and_what_it_sends_are_told_apart()
    {
        var first = RealOffers.Read(RealOffers.ChromiumFirst);
        Assert.Equal(6, first.Sections.Count(s => s.Direction == SdpDirection.ReceiveOnly));
        Assert.DoesNotContain(first.Sections, s => s.Kind != "application" && s.Sends);
        var publishing = RealOffers.Read(RealOffers.ChromiumPublishing);
        var video = Assert.Single(publishing.Sections, s => s.Kind == "video" && s.Sends);
        Assert.Equal(["q", "h", "f"], video.Rids);
        Assert.Equal(97, video.RepeatOf(96));
        Assert.Equal(36, video.TrackId.Length);
        var audio = Assert.Single(publishing.Sections, s => s.Kind == "audio" && s.Sends);
        Assert.Single(audio.Ssrcs);
    }

    [Fact]
    public void Of_a_picture_without_layers_the_sources_are_named()
    {
        var native = RealOffers.Read(RealOffers.NativePublishing);
        var video = Assert.Single(native.Sections, s => s.Kind == "video" && s.Sends);
        Assert.Empty(video.Rids);
        Assert.NotEmpty(video.Ssrcs);
    }

    [Theory]
    [InlineData("")]
    [InlineData("v=0\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n")]
    [InlineData("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n")]
    [InlineData("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:a b\r\n")]
    [InlineData("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=rtpmap:300 opus/48000/2\r\n")]
    [InlineData("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n")]
    [InlineData("v=0\r\nm=text 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n")]
    [InlineData("v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\na=rid:q;x send\r\n")]
    [InlineData("v=0\r\na=fingerprint:sha-256 AB:CD\r\n")]
    public void What_is_out_of_shape_is_not_read(string text) => Assert.False(SdpReader.TryRead(text, out _));

    [Fact]
    public void A_description_with_too_many_sections_is_not_read()
    {
        var section = (int mid) => $"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:{mid}\r\n";
        var most = "v=0\r\n" + string.Concat(Enumerable.Range(0, SdpReader.MaxSections).Select(section));
        Assert.True(SdpReader.TryRead(most, out _));
        Assert.False(SdpReader.TryRead(most + section(999), out _));
    }

    [Fact]
    public void Of_h264_only_the_kind_that_everybody_has_is_taken()
    {
        var text =
            "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 100 101\r\na=mid:0\r\na=rtpmap:100 H264/90000\r\na=fmtp:100 packetization-mode=0;profile-level-id=42e01f\r\n"
            + "a=rtpmap:101 H264/90000\r\na=fmtp:101 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n";
        Assert.True(SdpReader.TryRead(text, out var session));
        Assert.Equal(101, session.Sections[0].Choose("vp8", "h264")!.PayloadType);
    }
}
