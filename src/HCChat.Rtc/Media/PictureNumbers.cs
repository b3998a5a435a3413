namespace HCChat.Rtc.Media;

/// <summary>How far the numbers of pictures are shifted for a subscriber. It stays the same until another layer begins.</summary>
internal readonly record struct PictureShift(short Picture, byte Base)
{
    /// <summary>Shifts the numbers in a copy of a payload.</summary>
    public void Apply(Span<byte> payload, in Vp8Descriptor descriptor)
    {
        if (Picture != 0 || Base != 0)
            descriptor.Write(payload, descriptor.Picture + Picture, descriptor.Base + Base);
    }
}

/// <summary>Keeps the numbers of VP8's pictures going up by one when what is sent changes from one layer to another.</summary>
internal struct PictureNumbers
{
    private int _picture = -1;
    private int _base = -1;

    public PictureNumbers() { }

    /// <summary>The shift of the layer that is being sent.</summary>
    public PictureShift Shift { get; private set; }

    /// <summary>Another layer begins with this picture, or the same one goes on after a pause.</summary>
    public void Begin(in Vp8Descriptor first) =>
        Shift = new PictureShift(
            (short)(_picture < 0 || first.PictureBits == 0 ? 0 : (_picture + 1 - first.Picture) & 0x7fff),
            (byte)(_base < 0 || first.BaseAt == 0 ? 0 : _base + 1 - first.Base)
        );

    /// <summary>This one is sent.</summary>
    public void Note(in Vp8Descriptor sent)
    {
        if (sent.PictureBits > 0)
        {
            var mask = (1 << sent.PictureBits) - 1;
            var picture = (sent.Picture + Shift.Picture) & mask;
            // More than half way round: it is older than what was sent already.
            if (_picture < 0 || ((picture - _picture) & mask) <= mask / 2)
                _picture = picture;
        }
        if (sent.BaseAt > 0)
        {
            var index = (byte)(sent.Base + Shift.Base);
            if (_base < 0 || (sbyte)(index - _base) > 0)
                _base = index;
        }
    }
}
