namespace HCChat.Rtc.Signal;

/// <summary>Which way media flows in a section, as the side that wrote it sees it.</summary>
internal enum SdpDirection
{
    SendReceive,
    SendOnly,
    ReceiveOnly,
    Inactive,
}

/// <summary>A codec of a section.</summary>
/// <param name="Name">In small letters: "opus", "vp8", "rtx".</param>
/// <param name="Fmtp">Its parameters, or empty.</param>
internal sealed record SdpCodec(int PayloadType, string Name, string Fmtp);

/// <summary>One m-section: what of it calls need.</summary>
internal sealed class SdpSection
{
    /// <summary>"audio", "video" or "application".</summary>
    public required string Kind { get; init; }

    /// <summary>As in "UDP/TLS/RTP/SAVPF".</summary>
    public required string Protocol { get; init; }

    /// <summary>The port is 0 and the section is not bundled only: it is not to be used.</summary>
    public bool IsRejected { get; set; }

    public string Mid { get; set; } = "";
    public SdpDirection Direction { get; set; }

    /// <summary>The second word of a=msid: the track's id.</summary>
    public string TrackId { get; set; } = "";
    public List<SdpCodec> Codecs { get; } = [];

    /// <summary>Header extensions by their number.</summary>
    public SortedDictionary<int, string> Extensions { get; } = [];

    /// <summary>Simulcast layers that are sent.</summary>
    public List<string> Rids { get; } = [];

    /// <summary>Sources, each once, in order.</summary>
    public List<uint> Ssrcs { get; } = [];

    /// <summary>Sources and those that repeat their packets.</summary>
    public List<(uint Ssrc, uint Rtx)> Repeats { get; } = [];

    /// <summary>Whether it sends.</summary>
    public bool Sends => !IsRejected && Direction is SdpDirection.SendOnly or SdpDirection.SendReceive && !IsRejected;

    /// <summary>The first of these codecs that the section has, in our order.</summary>
    public SdpCodec? Choose(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        foreach (var codec in Codecs)
            if (codec.Name == name && IsUsable(codec))
                return codec;
        return null;
    }

    /// <summary>The payload type that repeats packets of another, or 0.</summary>
    public int RepeatOf(int payloadType)
    {
        var apt = $"apt={payloadType}";
        foreach (var codec in Codecs)
            if (codec.Name == "rtx" && codec.Fmtp.Split(';', StringSplitOptions.TrimEntries).Contains(apt))
                return codec.PayloadType;
        return 0;
    }

    /// <summary>The number of a header extension, or 0.</summary>
    public int ExtensionOf(string uri)
    {
        foreach (var (id, known) in Extensions)
            if (known == uri)
                return id;
        return 0;
    }

    // H264 comes in many kinds; the one that all have is the constrained baseline in packets that may be fragmented.
    private static bool IsUsable(SdpCodec codec) =>
        codec.Name != "h264"
        || codec.Fmtp.Contains("packetization-mode=1", StringComparison.Ordinal)
            && codec.Fmtp.Contains("profile-level-id=42e0", StringComparison.OrdinalIgnoreCase);
}

/// <summary>A session description of a client (RFC 8866, 8829): what of it calls need. What is not understood is passed over.</summary>
internal sealed class SdpSession
{
    public List<SdpSection> Sections { get; } = [];

    /// <summary>The client's ICE user name fragment; a new one restarts ICE.</summary>
    public string Ufrag { get; set; } = "";

    /// <summary>SHA-256 of the client's certificate, "AB:CD:…", or empty.</summary>
    public string Fingerprint { get; set; } = "";
}
