using HCChat.Rtc.Media;
using HCChat.Rtc.Signal;
using HCChat.Rtc.Signal.Wire;

namespace HCChat.Rtc.Rooms;

/// <summary>Who is sent what.</summary>
internal sealed class Feeds(CallRoom room)
{
    /// <summary>Something has changed that concerns everybody.</summary>
    public void SettleAll()
    {
        foreach (var member in room.Members)
            Settle(member);
    }

    /// <summary>Brings what a member is sent in line with what it should be sent, as far as nothing has to be negotiated; and has the rest negotiated.</summary>
    public void Settle(CallMember member)
    {
        foreach (var slot in member.Slots)
            if (slot.Feed is { } feed && !Deserves(member, feed.Track))
                Empty(slot);
        if (member.Served is null)
            Ask(member);
        else if (Missing(member).Any() || member.Slots.Exists(s => s.IsStale && !s.IsOffered))
            room.OwnOffers.Offer(member);
    }

    /// <summary>The tracks that a member should be sent and has no section for.</summary>
    public IEnumerable<CallTrack> Missing(CallMember member) =>
        room.Members.SelectMany(m => m.Tracks).Where(t => Deserves(member, t) && member.SlotOf(t) is null);

    /// <summary>Fills a free section. Nothing is sent before <see cref="Start"/>.</summary>
    /// <param name="section">What has been agreed on, as the client wrote it, or as we offer it.</param>
    public static bool TryFill(CallMember member, FeedSlot slot, CallTrack track, SdpSection section)
    {
        if (section.Choose(track.Codec) is not { } codec || track.Publication is not { } publication)
            return false;
        var media = member.Primary.Media;
        var rtx = track.IsVideo ? section.RepeatOf(codec.PayloadType) : 0;
        var subscription = media.Subscribe(
            publication,
            new SentSection(slot.Mid, codec.PayloadType, rtx, SdpExtension.Sent(section))
        );
        slot.Feed = new Feed(track, subscription);
        return true;
    }

    /// <summary>The client knows of it: it is sent. The first of its subscribers is the publisher's to know.</summary>
    public static void Start(Feed feed)
    {
        if (feed.Subscription.IsActive || feed.Subscription.IsEnded)
            return;
        feed.Subscription.Start();
        if (feed.Track.IsSubscribed)
            return;
        feed.Track.IsSubscribed = true;
        feed.Track.Owner.Send(
            new SignalResponse { TrackSubscribed = new TrackSubscribed { TrackSid = feed.Track.Sid } }
        );
    }

    /// <summary>Nothing is sent in this section any more.</summary>
    public static void Empty(FeedSlot slot)
    {
        if (slot.Feed is { Subscription: { IsEnded: false } subscription })
            subscription.Peer.Unsubscribe(subscription);
        slot.Feed = null;
    }

    /// <summary>A client subscribes, or no longer.</summary>
    public void Choose(CallMember member, UpdateSubscription update)
    {
        var sids = update.TrackSids.Concat(update.ParticipantTracks.SelectMany(p => p.TrackSids));
        foreach (var sid in sids.Take(256))
            if (Find(sid) is not null)
                member.Choose(sid, update.Subscribe);
        Settle(member);
    }

    /// <summary>A client says how large it shows tracks, or that it does not show them.</summary>
    public static void Adjust(CallMember member, UpdateTrackSettings settings)
    {
        var wanted = new Wanted(
            !settings.Disabled,
            (int)Math.Min(settings.Width, 16_384),
            (int)Math.Min(settings.Height, 16_384),
            (VideoQuality)Math.Clamp(settings.Quality, 0, 2)
        );
        foreach (var slot in member.Slots)
            if (slot.Feed is { } feed && settings.TrackSids.Contains(feed.Track.Sid))
                feed.Subscription.Wanted = wanted;
    }

    /// <summary>A track of the call by its id.</summary>
    public CallTrack? Find(string sid)
    {
        foreach (var member in room.Members)
        foreach (var track in member.Tracks)
            if (track.Sid == sid)
                return track;
        return null;
    }

    // With one peer connection all offers are the client's. It is told how many sections it lacks, and with none that it should offer again.
    private void Ask(CallMember member)
    {
        if (member.LastOffer is not { } offer)
            return;
        var isStale = member.Slots.Exists(s => s.IsStale);
        var missing = Missing(member).ToList();
        if (!isStale && missing.Count == 0)
            return;
        var audios = Lacking(member, missing, "audio");
        var videos = Lacking(member, missing, "video");
        member.WearOut(offer.Sections.Count + audios + videos);
        if (offer.Sections.Count + audios + videos > SdpReader.MaxSections)
            return;
        var asked = member.Asked ?? (0, 0);
        if (member.Asked is not null && audios <= asked.Audios && videos <= asked.Videos)
            return;
        member.Asked = (Math.Max(audios, asked.Audios), Math.Max(videos, asked.Videos));
        member.Send(
            new SignalResponse
            {
                MediaSectionsRequirement = new MediaSectionsRequirement
                {
                    NumAudios = (uint)Math.Max(0, audios - asked.Audios),
                    NumVideos = (uint)Math.Max(0, videos - asked.Videos),
                },
            }
        );
    }

    // Sections that still have to be seen empty are free the next time.
    private static int Lacking(CallMember member, List<CallTrack> missing, string kind) =>
        Math.Max(0, missing.Count(t => t.Kind == kind) - member.Slots.Count(s => s.Kind == kind && s.Feed is null));

    private static bool Deserves(CallMember member, CallTrack track) =>
        track.Owner != member
        && track.Publication is { IsEnded: false }
        && member.Grant.CanSubscribe
        && member.Wants(track.Sid)
        && track.Owner.Audience?.Allows(member, track) is null or true
        && CanDecode(member, track);

    // What a client has no codec for it need not be asked for.
    private static bool CanDecode(CallMember member, CallTrack track) =>
        member.Served is not null
        || member.LastOffer is not { } offer
        || !offer.Sections.Exists(s => s.Kind == track.Kind)
        || offer.Sections.Exists(s => s.Kind == track.Kind && s.Choose(track.Codec) is not null);
}
