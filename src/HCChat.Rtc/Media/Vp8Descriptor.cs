using System.Buffers.Binary;

namespace HCChat.Rtc.Media;

/// <summary>What VP8's payload begins with (RFC 7741 section 4.2). It stays readable when the frame is encrypted, and so does the frame's first byte.</summary>
internal readonly struct Vp8Descriptor
{
    /// <summary>The packet begins a keyframe.</summary>
    public bool BeginsKeyframe { get; private init; }

    /// <summary>How wide the picture's number is: 0 (there is none), 7 or 15 bits.</summary>
    public int PictureBits { get; private init; }

    public int Picture { get; private init; }

    /// <summary>Where the number of the base layer's picture is (TL0PICIDX), or 0.</summary>
    public int BaseAt { get; private init; }

    public int Base { get; private init; }

    private int PictureAt { get; init; }

    /// <summary>False: the payload ends before its descriptor does.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out Vp8Descriptor descriptor)
    {
        descriptor = default;
        if (payload.IsEmpty)
            return false;
        var first = payload[0];
        int at = 1,
            pictureAt = 0,
            pictureBits = 0,
            picture = 0,
            baseAt = 0;
        if ((first & 0x80) != 0)
        {
            if (payload.Length < 2)
                return false;
            var extended = payload[at++];
            if ((extended & 0x80) != 0)
            {
                pictureAt = at;
                pictureBits = at < payload.Length && (payload[at] & 0x80) != 0 ? 15 : 7;
                if (at + (pictureBits == 15 ? 2 : 1) > payload.Length)
                    return false;
                picture =
                    pictureBits == 15 ? BinaryPrimitives.ReadUInt16BigEndian(payload[at..]) & 0x7fff : payload[at];
                at += pictureBits == 15 ? 2 : 1;
            }
            if ((extended & 0x40) != 0)
                baseAt = at++;
            if ((extended & 0x30) != 0)
                at++;
        }
        if (at > payload.Length)
            return false;
        descriptor = new Vp8Descriptor
        {
            BeginsKeyframe = (first & 0x17) == 0x10 && at < payload.Length && (payload[at] & 1) == 0,
            PictureAt = pictureAt,
            PictureBits = pictureBits,
            Picture = picture,
            BaseAt = baseAt,
            Base = baseAt > 0 ? payload[baseAt] : 0,
        };
        return true;
    }

    /// <summary>Writes other numbers into a copy of the payload, as wide as they were.</summary>
    public void Write(Span<byte> payload, int picture, int baseIndex)
    {
        if (PictureBits == 15)
            BinaryPrimitives.WriteUInt16BigEndian(payload[PictureAt..], (ushort)(0x8000 | picture & 0x7fff));
        else if (PictureBits == 7)
            payload[PictureAt] = (byte)(picture & 0x7f);
        if (BaseAt > 0)
            payload[BaseAt] = (byte)baseIndex;
    }
}
