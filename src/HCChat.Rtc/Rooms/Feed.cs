using HCChat.Rtc.Media;
using HCChat.Rtc.Signal;

namespace HCChat.Rtc.Rooms;

/// <summary>A track on its way to one member.</summary>
internal sealed class Feed(CallTrack track, Subscription subscription)
{
    public CallTrack Track { get; } = track;
    public Subscription Subscription { get; } = subscription;

    /// <summary>As a description names it.</summary>
    /// <param name="isShared">Whether a section may be filled with another track later under the client's eyes: then the stream has to say which track it is.</param>
    public SdpSource Source(bool isShared) =>
        new(
            $"{Track.Owner.Sid}|{(isShared ? Track.Sid : Track.Info.Stream)}",
            Track.Sid,
            Track.Owner.Sid,
            Subscription.Section.Ssrc,
            Subscription.Section.RtxSsrc
        );
}

/// <summary>
/// A section in which a member can be sent a track. One that has lost its track is filled again only after the client has seen it empty: the browser tells of a
/// new track only where there was none.
/// </summary>
internal sealed class FeedSlot(string mid, string kind)
{
    public string Mid { get; } = mid;
    public string Kind { get; } = kind;
    public Feed? Feed { get; set; }

    /// <summary>Whether the last description that the client has taken has a track here.</summary>
    public bool IsTold { get; set; }

    /// <summary>Whether the description that is on its way has.</summary>
    public bool IsOffered { get; set; }

    public bool IsFree => Feed is null && !IsTold && !IsOffered;

    /// <summary>The client still has to see that it is empty.</summary>
    public bool IsStale => Feed is null && (IsTold || IsOffered);
}
