using System.Buffers.Text;
using System.IO.Compression;
using Google.Protobuf;
using HCChat.Rtc.Signal;
using HCChat.Rtc.Signal.Wire;

namespace HCChat.Tests.Rtc.Signal;

public sealed class JoinRequestTests
{
    [Theory]
    [InlineData("chromium-join.txt")]
    [InlineData("native-join.txt")]
    public void Those_of_stock_clients_are_read_with_their_first_offer(string name)
    {
        var request = JoinRequestText.Read(RealOffers.Text(name).Trim())!;
        Assert.True(request.ConnectionSettings.AutoSubscribe);
        Assert.Equal(17, request.ClientInfo.Protocol);
        Assert.True(SdpReader.TryRead(request.PublisherOffer.Sdp, out var offer));
        Assert.Equal(7, offer.Sections.Count);
    }

    [Fact]
    public void One_that_unpacks_to_far_more_than_it_is_is_refused()
    {
        using var packed = new MemoryStream();
        using (var stream = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
            stream.Write(new byte[64 * 1024 * 1024]);
        var wrapped = new WrappedJoinRequest { Compression = 1, JoinRequest = ByteString.CopyFrom(packed.ToArray()) };
        Assert.Null(JoinRequestText.Read(Base64Url.EncodeToString(wrapped.ToByteArray())));
    }
}
