using CsCheck;
using HCChat.Rtc.Media;

namespace HCChat.Tests.Rtc.Media;

public sealed class PayloadTests
{
    [Theory]
    // Descriptor of one byte.
    [InlineData("10 00", true, 0, 0, 0)]
    [InlineData("10 01", false, 0, 0, 0)]
    // Not the beginning of a partition, and another partition.
    [InlineData("00 00", false, 0, 0, 0)]
    [InlineData("11 00", false, 0, 0, 0)]
    // A number of 7 bits, one of 15, one with TL0PICIDX, and all that there can be.
    [InlineData("90 80 7f 00", true, 7, 127, 0)]
    [InlineData("90 80 81 02 00", true, 15, 0x102, 0)]
    [InlineData("90 c0 ff ff 2a 01", false, 15, 0x7fff, 0x2a)]
    [InlineData("90 f0 81 02 2a c5 00", true, 15, 0x102, 0x2a)]
    [InlineData("90 20 c5 00", true, 0, 0, 0)]
    // A keyframe whose first byte is missing.
    [InlineData("90 80 7f", false, 7, 127, 0)]
    public void A_descriptor_of_VP8_is_read(string hex, bool keyframe, int bits, int picture, int baseIndex)
    {
        Assert.True(Vp8Descriptor.TryRead(Hex(hex), out var descriptor));
        Assert.Equal(keyframe, descriptor.BeginsKeyframe);
        Assert.Equal(bits, descriptor.PictureBits);
        Assert.Equal(picture, descriptor.Picture);
        Assert.Equal(baseIndex, descriptor.Base);
    }

    [Theory]
    [InlineData("")]
    [InlineData("90")]
    [InlineData("90 80")]
    [InlineData("90 c0 ff ff")]
    [InlineData("90 20")]
    public void A_descriptor_that_ends_too_early_is_none(string hex) =>
        Assert.False(Vp8Descriptor.TryRead(Hex(hex), out _));

    [Theory]
    [InlineData("90 c0 ff ff 2a 01", 5, 7, "90 c0 80 05 07 01")]
    [InlineData("90 c0 7f 2a 01", 0x85, 7, "90 c0 05 07 01")]
    [InlineData("90 40 2a 01", 5, 7, "90 40 07 01")]
    [InlineData("10 01", 5, 7, "10 01")]
    public void Numbers_are_written_as_wide_as_they_were(string before, int picture, int baseIndex, string after)
    {
        var payload = Hex(before);
        Vp8.Read(payload).Write(payload, picture, baseIndex);
        Assert.Equal(Hex(after), payload);
    }

    [Theory]
    [InlineData("67 42", true)] // parameters
    [InlineData("65 88", true)] // picture
    [InlineData("41 9a", false)] // dependent picture
    [InlineData("68 ce", false)] // parameters of the picture
    [InlineData("7c 85 11", true)] // first fragment of a keyframe
    [InlineData("7c 05 11", false)] // a later one
    [InlineData("7c 81 11", false)] // first fragment of another picture
    [InlineData("78 00 02 67 42 00 02 68 ce", true)] // parameters, aggregated
    [InlineData("78 00 02 09 10 00 02 65 88", true)] // delimiter and picture
    [InlineData("78 00 02 09 10 00 02 41 88", false)]
    [InlineData("78 ff ff 09 10", false)]
    [InlineData("78 00", false)]
    [InlineData("7c", false)]
    [InlineData("", false)]
    public void A_keyframe_of_H264_is_seen(string hex, bool keyframe) =>
        Assert.Equal(keyframe, H264Payload.BeginsKeyframe(Hex(hex)));

    [Fact]
    public void No_payload_makes_either_of_them_fail() =>
        Gen.Byte.Array[0, 40].Sample(payload =>
        {
            _ = H264Payload.BeginsKeyframe(payload);
            if (Vp8Descriptor.TryRead(payload, out var descriptor))
                descriptor.Write(payload, 1, 2);
        });

    private static byte[] Hex(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
}
