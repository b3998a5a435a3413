namespace HCChat.Rtc.Media;

/// <summary>What is heard or seen.</summary>
internal enum MediaKind
{
    Audio,
    Video,
}

/// <summary>The codecs whose payloads can be forwarded. Of video, the beginning of a keyframe must be visible, encrypted or not.</summary>
internal enum MediaCodec
{
    Opus,
    Vp8,
    H264,
}

/// <summary>The three steps of simulcast, and none; LiveKit's numbers.</summary>
internal enum VideoQuality
{
    Low = 0,
    Medium = 1,
    High = 2,
    Off = 3,
}

/// <summary>The numbers of header extensions that a section has agreed on; 0 is one that it has not.</summary>
internal sealed record ExtensionIds(
    int Mid = 0,
    int Rid = 0,
    int RepairedRid = 0,
    int AudioLevel = 0,
    int TransportWide = 0,
    int AbsSendTime = 0
);

/// <summary>A source that a description names, and the one that repeats its packets (0: none).</summary>
internal readonly record struct NamedSource(uint Ssrc, uint RtxSsrc);

/// <summary>A section in which the peer sends a track.</summary>
/// <param name="RtxPayloadType">0: nothing is repeated.</param>
/// <param name="Rids">The simulcast layers, lowest first where they are not q, h and f; empty without simulcast.</param>
/// <param name="Sources">What the description names; empty with simulcast, whose sources are learned from the packets.</param>
internal sealed record ReceivedSection(
    string Mid,
    MediaCodec Codec,
    int PayloadType,
    int RtxPayloadType,
    ExtensionIds Extensions,
    IReadOnlyList<string> Rids,
    IReadOnlyList<NamedSource> Sources
);

/// <summary>A section in which the peer is sent a track.</summary>
/// <param name="RtxPayloadType">0: nothing is repeated.</param>
internal sealed record SentSection(string Mid, int PayloadType, int RtxPayloadType, ExtensionIds Extensions)
{
    /// <summary>The source, once it is subscribed to; never one that this peer has had before.</summary>
    public uint Ssrc { get; init; }

    /// <summary>The source of repetitions, or 0.</summary>
    public uint RtxSsrc { get; init; }
}

/// <summary>What a publisher has said of a layer when it added its track.</summary>
/// <param name="Bitrate">In bits per second; 0 when it has not said.</param>
internal readonly record struct DeclaredLayer(VideoQuality Quality, int Width, int Height, int Bitrate);

/// <summary>What a subscriber wants of a track.</summary>
/// <param name="Width">In pixels; with 0 the <paramref name="Quality"/> counts.</param>
internal sealed record Wanted(bool Enabled, int Width, int Height, VideoQuality Quality)
{
    /// <summary>Everything.</summary>
    public static readonly Wanted Best = new(true, 0, 0, VideoQuality.High);
}
