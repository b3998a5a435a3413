namespace HCChat.Rtc.Media;

/// <summary>Makes 16-bit numbers that wrap into ones that do not: each is taken for the one that is nearest to the highest so far.</summary>
internal struct SequenceUnwrapper
{
    /// <summary>Above 0, so that what comes before the first one is not below 0.</summary>
    private const long Base = 0x10000;

    /// <summary>The highest number so far, or 0 before the first one.</summary>
    public long Highest { get; private set; }

    /// <summary>Whether there was one.</summary>
    public readonly bool HasAny => Highest != 0;

    /// <summary>The number without wraps. It may become the highest.</summary>
    public long Unwrap(ushort number)
    {
        var unwrapped = Near(number);
        if (unwrapped > Highest)
            Highest = unwrapped;
        return unwrapped;
    }

    /// <summary>The number without wraps, and nothing is remembered.</summary>
    public readonly long Near(ushort number) => HasAny ? Highest + (short)(number - (ushort)Highest) : Base + number;
}
