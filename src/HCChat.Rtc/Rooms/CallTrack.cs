using HCChat.Rtc.Media;
using HCChat.Rtc.Signal.Wire;

namespace HCChat.Rtc.Rooms;

/// <summary>A track that a member has announced and, once an offer of its has a section for it, publishes.</summary>
internal sealed class CallTrack
{
    // The browser tests for TR; the letter behind it says what it is, as LiveKit's does.
    private CallTrack(CallMember owner, AddTrackRequest request)
    {
        Owner = owner;
        Cid = request.Cid;
        IsVideo = request.Type == 1;
        Info = new TrackInfo
        {
            Sid = Ids.New(IsVideo ? "TR_V" : "TR_A"),
            Type = request.Type,
            Name = request.Name,
            Muted = request.Muted,
            Width = request.Width,
            Height = request.Height,
            Source = request.Source,
            Stereo = request.Stereo,
            DisableDtx = request.DisableDtx,
            DisableRed = true,
            Encryption = request.Encryption,
            Stream = IsStream(request.Stream) ? request.Stream : StreamOf(request.Source),
            MimeType = IsVideo ? "video/VP8" : "audio/opus",
        };
        var layers = request.SimulcastCodecs.Count > 0 ? request.SimulcastCodecs[0].Layers : request.Layers;
        if (layers.Count == 0)
            layers = request.Layers;
        Info.Layers.AddRange(layers.Take(MaxLayers));
        Info.Simulcast = Info.Layers.Count > 1;
        Info.AudioFeatures.AddRange(request.AudioFeatures.Take(MaxFeatures));
        var codec = new SimulcastCodecInfo
        {
            MimeType = Info.MimeType,
            Cid = Cid,
            VideoLayerMode = IsVideo ? 1 : 0,
        };
        codec.Layers.AddRange(Info.Layers);
        Info.Codecs.Add(codec);
    }

    private const int MaxLayers = 3;
    private const int MaxFeatures = 8;
    private const int MaxText = 256;

    public CallMember Owner { get; }

    /// <summary>The client's own name for it.</summary>
    public string Cid { get; }

    public bool IsVideo { get; }

    /// <summary>As clients see it.</summary>
    public TrackInfo Info { get; }

    public string Sid => Info.Sid;

    /// <summary>The word that begins its section.</summary>
    public string Kind => IsVideo ? "video" : "audio";

    /// <summary>Its media, or null while no offer has a section for it.</summary>
    public Publication? Publication { get; private set; }

    /// <summary>In small letters, as in descriptions; empty while it is not published.</summary>
    public string Codec { get; private set; } = "";

    public string Mid => Info.Mid;

    /// <summary>Whether anybody has been sent it yet.</summary>
    public bool IsSubscribed { get; set; }

    /// <summary>Null: the request is out of bounds.</summary>
    public static CallTrack? Of(CallMember owner, AddTrackRequest request) =>
        request.Type is 0 or 1
        && request.Cid.Length is > 0 and <= MaxText
        && request.Name.Length <= MaxText
        && request.Encryption is >= 0 and <= 2
            ? new CallTrack(owner, request)
            : null;

    /// <summary>The peer sends it in this section.</summary>
    public void Publish(MediaPeer peer, ReceivedSection section, string codec)
    {
        Codec = codec;
        Info.Mid = section.Mid;
        Info.MimeType = codec == "opus" ? "audio/opus" : $"video/{codec.ToUpperInvariant()}";
        Info.Codecs[0].MimeType = Info.MimeType;
        Info.Codecs[0].Mid = section.Mid;
        Publication = peer.Publish(
            Sid,
            section,
            [
                .. Info.Layers.Select(l => new DeclaredLayer(
                    (VideoQuality)Math.Clamp(l.Quality, 0, 2),
                    (int)Math.Min(l.Width, 16_384),
                    (int)Math.Min(l.Height, 16_384),
                    (int)Math.Min(l.Bitrate, int.MaxValue)
                )),
            ]
        );
        Publication.Muted = Info.Muted;
    }

    /// <summary>Nothing of it is forwarded while it is muted.</summary>
    public void Mute(bool muted)
    {
        Info.Muted = muted;
        if (Publication is { IsEnded: false } publication)
            publication.Muted = muted;
    }

    // It goes into descriptions of others, so that not everything can be in it.
    private static bool IsStream(string name) =>
        name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private static string StreamOf(int source) =>
        source switch
        {
            1 or 2 => "camera",
            3 or 4 => "screenshare",
            _ => "unknown",
        };
}
