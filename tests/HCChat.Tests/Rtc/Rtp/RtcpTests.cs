using CsCheck;
using HCChat.Rtc.Rtp;

namespace HCChat.Tests.Rtc.Rtp;

public sealed class RtcpTests
{
    private static readonly ReportBlock s_block = new(7, 128, -3, 0x10005, 11, 22, 33);

    [Fact]
    public void A_compound_that_is_written_is_read_as_it_was()
    {
        var buffer = new byte[1000];
        var writer = new RtcpWriter(buffer);
        Assert.True(writer.SenderReport(1, new SenderInfo(0x0102030405060708, 2, 3, 4), [s_block]));
        Assert.True(writer.ReceiverReport(1, [s_block, s_block with { Ssrc = 8 }]));
        Assert.True(writer.Nack(1, 2, [10, 12, 26, 27, 65535]));
        Assert.True(writer.PictureLoss(1, 9));

        var reader = new RtcpReader(writer.Written);
        Assert.True(reader.Next(out var packet));
        Assert.True(packet.TryReadSender(out var info));
        Assert.Equal(new SenderInfo(0x0102030405060708, 2, 3, 4), info);
        Assert.Equal(1, packet.Reports);
        Assert.Equal(s_block, packet.Report(0));
        Assert.True(reader.Next(out packet));
        Assert.False(packet.TryReadSender(out _));
        Assert.Equal(2, packet.Reports);
        Assert.Equal(8u, packet.Report(1).Ssrc);
        Assert.True(reader.Next(out packet));
        Assert.True(packet.IsNack);
        Assert.Equal((1u, 2u), (packet.Sender, packet.Media));
        Assert.Equal([10, 12, 26, 27, 65535], Numbers(packet));
        Assert.True(reader.Next(out packet));
        Assert.True(packet.IsPictureLoss);
        Assert.Equal(9u, packet.Media);
        Assert.False(reader.Next(out packet));
    }

    [Fact]
    public void Whatever_numbers_are_asked_for_are_those_that_are_read() =>
        Gen.Int[1, 40]
            .Array[1, 60]
            .Select(Gen.UShort)
            .Sample(
                (steps, first) =>
                {
                    var number = first;
                    var lost = new List<ushort> { number };
                    foreach (var step in steps)
                        lost.Add(number = (ushort)(number + step));
                    var writer = new RtcpWriter(new byte[1000]);
                    Assert.True(writer.Nack(1, 2, lost.ToArray()));
                    var reader = new RtcpReader(writer.Written);
                    Assert.True(reader.Next(out var packet));
                    Assert.Equal(lost, Numbers(packet));
                }
            );

    [Fact]
    public void Requests_of_others_are_read()
    {
        // FIR for two sources, BYE of one, REMB of 800,000 bit/s.
        var reader = new RtcpReader(
            Convert.FromHexString(
                "84ce0006000000010000000000000005010000000000000602000000"
                    + "81cb000100000009"
                    + "8fce00050000000100000000"
                    + "52454d42"
                    + "010b0d40"
                    + "00000001"
            )
        );
        Assert.True(reader.Next(out var packet));
        Assert.True(packet.IsFullIntra);
        Assert.True(packet.Names(5) && packet.Names(6) && !packet.Names(7));
        Assert.True(reader.Next(out packet));
        Assert.True(packet.Names(9) && !packet.Names(5));
        Assert.True(reader.Next(out packet));
        Assert.True(packet.TryReadBitrate(out var bitrate));
        Assert.Equal(800_000ul, bitrate);
    }

    [Fact]
    public void Arrivals_are_written_as_the_draft_says()
    {
        var writer = new RtcpWriter(new byte[200]);
        // 64 ms × 2 is the coarse clock; steps of 250 µs: 4, none, 0, −8, 400.
        Assert.True(writer.TransportWide(1, 2, 100, 7, [129_000, -1, 129_000, 127_000, 227_000]));
        Assert.Equal(
            "8fcd00060000000100000002" + "0064" + "0005" + "00000207" + "d1a0" + "04" + "00" + "fff8" + "0190",
            Convert.ToHexString(writer.Written).ToLowerInvariant()
        );
        Assert.True(writer.TransportWide(1, 2, 100, 8, [129_000]));
        Assert.Equal(
            "afcd00050000000100000002" + "0064" + "0001" + "00000208" + "d000" + "04" + "01",
            Convert.ToHexString(writer.Written[28..]).ToLowerInvariant()
        );
        var reader = new RtcpReader(writer.Written);
        Assert.True(reader.Next(out var packet));
        Assert.True(packet.IsTransportWide);
        Assert.Equal(28, packet.Bytes.Length);
        Assert.True(reader.Next(out packet));
        Assert.Equal(23, packet.Bytes.Length);
    }

    [Fact]
    public void Nothing_is_written_where_there_is_no_room()
    {
        var writer = new RtcpWriter(new byte[20]);
        Assert.False(writer.SenderReport(1, default, []));
        Assert.True(writer.PictureLoss(1, 2));
        Assert.False(writer.PictureLoss(1, 2));
        Assert.Equal(12, writer.Length);
        Assert.False(writer.TransportWide(1, 2, 3, 4, [-1]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("80c80006")]
    [InlineData("40c90001000000010000000000")]
    [InlineData("a0c9000100000000")]
    [InlineData("a0c9000100000009")]
    public void What_does_not_agree_with_its_length_is_no_packet(string hex)
    {
        var reader = new RtcpReader(Convert.FromHexString(hex));
        Assert.False(reader.Next(out _));
    }

    private static List<ushort> Numbers(RtcpPacket packet)
    {
        var numbers = new List<ushort>();
        foreach (var number in packet.Lost)
            numbers.Add(number);
        return numbers;
    }
}
