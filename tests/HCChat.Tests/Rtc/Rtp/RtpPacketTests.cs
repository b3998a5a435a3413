using HCChat.Rtc.Rtp;

namespace HCChat.Tests.Rtc.Rtp;

public sealed class RtpPacketTests
{
    [Fact]
    public void A_plain_packet_is_read_and_changed_in_place()
    {
        byte[] bytes = [0x80, 0xe0, 0x12, 0x34, 0, 0, 0, 9, 0xde, 0xad, 0xbe, 0xef, 1, 2, 3];
        Assert.True(RtpPacket.TryRead(bytes, out var packet));
        Assert.True(packet.Marker);
        Assert.Equal(96, packet.PayloadType);
        Assert.Equal(0x1234, packet.SequenceNumber);
        Assert.Equal(9u, packet.Timestamp);
        Assert.Equal(0xdeadbeef, packet.Ssrc);
        Assert.Equal([1, 2, 3], packet.Payload.ToArray());
        packet.Marker = false;
        packet.PayloadType = 111;
        packet.SequenceNumber = 1;
        packet.Timestamp = 2;
        packet.Ssrc = 3;
        Assert.Equal([0x80, 111, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3], bytes);
    }

    [Fact]
    public void Extensions_of_one_byte_are_found_behind_contributing_sources()
    {
        byte[] bytes =
        [
            0x91,
            96,
            0,
            1,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            1,
            9,
            9,
            9,
            9,
            0xbe,
            0xde,
            0,
            2,
            0x31,
            0xaa,
            0xbb,
            0,
            0x50,
            0xcc,
            0,
            0,
            42,
        ];
        Assert.True(RtpPacket.TryRead(bytes, out var packet));
        Assert.Equal([0xaa, 0xbb], packet.Extension(3).ToArray());
        Assert.Equal([0xcc], packet.Extension(5).ToArray());
        Assert.True(packet.Extension(4).IsEmpty);
        Assert.True(packet.Extension(0).IsEmpty);
        Assert.Equal([42], packet.Payload.ToArray());
    }

    [Fact]
    public void Extensions_of_two_bytes_are_found()
    {
        byte[] bytes = [0x90, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0x10, 0x00, 0, 2, 3, 0, 20, 2, 0xaa, 0xbb, 0, 0];
        Assert.True(RtpPacket.TryRead(bytes, out var packet));
        Assert.Equal([0xaa, 0xbb], packet.Extension(20).ToArray());
        Assert.True(packet.Extension(3).IsEmpty);
        Assert.True(packet.Payload.IsEmpty);
    }

    [Fact]
    public void An_element_that_reaches_beyond_its_block_is_not_there()
    {
        byte[] bytes = [0x90, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0xbe, 0xde, 0, 1, 0x3f, 1, 2, 3, 7, 7];
        Assert.True(RtpPacket.TryRead(bytes, out var packet));
        Assert.True(packet.Extension(3).IsEmpty);
    }

    [Fact]
    public void Padding_is_not_payload_and_a_packet_of_padding_has_none()
    {
        byte[] bytes = [0xa0, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 5, 0, 0, 3];
        Assert.True(RtpPacket.TryRead(bytes, out var packet));
        Assert.Equal([5], packet.Payload.ToArray());
        bytes[15] = 4;
        Assert.True(RtpPacket.TryRead(bytes, out packet));
        Assert.True(packet.Payload.IsEmpty);
        Assert.Equal(4, packet.PaddingLength);
    }

    [Theory]
    [InlineData("")]
    [InlineData("8060000100000000000000")]
    [InlineData("406000010000000000000001")]
    [InlineData("816000010000000000000001")]
    [InlineData("906000010000000000000001bede0001")]
    [InlineData("a06000010000000000000001")]
    [InlineData("a0600001000000000000000100")]
    [InlineData("a0600001000000000000000102")]
    public void What_does_not_agree_with_its_lengths_is_no_packet(string hex) =>
        Assert.False(RtpPacket.TryRead(Convert.FromHexString(hex), out _));
}
