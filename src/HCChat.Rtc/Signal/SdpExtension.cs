using HCChat.Rtc.Media;

namespace HCChat.Rtc.Signal;

/// <summary>
/// The RTP header extensions that calls agree to. Video orientation is left out on purpose: without it phones turn the picture before they encode it, and what
/// is encrypted need not be turned by whoever shows it.
/// </summary>
internal static class SdpExtension
{
    public const string Mid = "urn:ietf:params:rtp-hdrext:sdes:mid";
    public const string Rid = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
    public const string RepairedRid = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id";
    public const string AudioLevel = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
    public const string AbsSendTime = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";
    public const string TransportWide = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

    /// <summary>Whether an answer repeats it. It does so in every section: the browser refuses simulcast later when a section had no rid.</summary>
    public static bool IsKnown(string uri) =>
        uri is Mid or Rid or RepairedRid or AudioLevel or AbsSendTime or TransportWide;

    /// <summary>The numbers that a section's packets carry when its writer sends.</summary>
    public static ExtensionIds Received(SdpSection section) =>
        new(
            One(section, Mid),
            One(section, Rid),
            One(section, RepairedRid),
            One(section, AudioLevel),
            One(section, TransportWide),
            One(section, AbsSendTime)
        );

    /// <summary>The numbers that packets carry which its writer receives.</summary>
    public static ExtensionIds Sent(SdpSection section) =>
        new(
            Mid: One(section, Mid),
            AudioLevel: section.Kind == "audio" ? One(section, AudioLevel) : 0,
            AbsSendTime: section.Kind == "video" ? One(section, AbsSendTime) : 0
        );

    // What has a number above 14 cannot be written in the one-byte form.
    private static int One(SdpSection section, string uri) =>
        section.ExtensionOf(uri) is > 0 and < 15 and var id ? id : 0;
}
