namespace HCChat.Rtc.Media;

/// <summary>A packet of a layer on its way to the subscribers.</summary>
internal readonly ref struct MediaPacket
{
    public Layer Layer { get; init; }

    /// <summary>The publisher's number, without wraps.</summary>
    public long Number { get; init; }

    public uint Timestamp { get; init; }
    public bool Marker { get; init; }
    public ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>The audio level that it carries, or empty.</summary>
    public ReadOnlySpan<byte> Level { get; init; }

    /// <summary>Whether the layer can be begun with it.</summary>
    public bool BeginsKeyframe { get; init; }

    /// <summary>With VP8.</summary>
    public Vp8Descriptor Vp8 { get; init; }

    public long NowUs { get; init; }
    public long NowMs => NowUs / 1000;
}
