using HCChat.Rtc.Signal;
using HCChat.Rtc.Signal.Wire;

namespace HCChat.Rtc.Rooms;

/// <summary>Offers of clients and our answers: what they publish, and with a single peer connection also what they are sent.</summary>
internal sealed class ClientOffers(CallRoom room)
{
    /// <summary>An offer has come. One that cannot be answered puts its member out.</summary>
    public void Take(CallMember member, SessionDescription message)
    {
        if (
            message.Type != "offer"
            || !member.Descriptions.TryTake()
            || !SdpReader.TryRead(message.Sdp, out var offer)
            || !member.Offered.TryAccept(offer)
        )
        {
            room.Requests.Reject(member, "an offer");
            return;
        }
        member.LastOffer = offer;
        member.WearOut(offer.Sections.Count);
        member.Asked = null;
        room.Publishing.Follow(member, offer);
        if (member.Served is null)
            Fill(member, offer);
        var answer = new SessionDescription
        {
            Type = "answer",
            Id = message.Id,
            Sdp = Answer(member, offer),
        };
        foreach (var slot in member.Slots)
            if (member.Served is null && slot.Feed is { } feed)
                answer.MidToTrackId[slot.Mid] = feed.Track.Sid;
        member.Send(new SignalResponse { Answer = answer });
        if (member.Served is not null)
            return;
        foreach (var slot in member.Slots)
        {
            slot.IsTold = slot.Feed is not null;
            if (slot.Feed is { } feed)
                Feeds.Start(feed);
        }
        room.Feeds.Settle(member);
    }

    // The sections that the client receives in become ours to fill; what they were before stays in them.
    private void Fill(CallMember member, SdpSession offer)
    {
        foreach (var slot in member.Slots.ToList())
            if (!offer.Sections.Exists(s => s.Mid == slot.Mid && IsForUs(s)))
            {
                Feeds.Empty(slot);
                member.Slots.Remove(slot);
            }
        foreach (var section in offer.Sections)
            if (IsForUs(section) && !member.Slots.Exists(s => s.Mid == section.Mid))
                member.Slots.Add(new FeedSlot(section.Mid, section.Kind));
        foreach (var track in room.Feeds.Missing(member).ToList())
        foreach (var slot in member.Slots)
        {
            var section = offer.Sections.Find(s => s.Mid == slot.Mid)!;
            if (slot.Kind == track.Kind && slot.IsFree && Feeds.TryFill(member, slot, track, section))
                break;
        }
    }

    private static bool IsForUs(SdpSection section) =>
        section is { IsRejected: false, Direction: SdpDirection.ReceiveOnly, Kind: not "application" }
        && Default(section) is not null;

    private string Answer(CallMember member, SdpSession offer)
    {
        var writer = member.Offered.Describe(
            room.Context.Port.Fingerprint,
            room.CandidatesFor(member),
            offer.Sections.Where(s => !IsUnused(s)).Select(s => s.Mid),
            isOffer: false
        );
        foreach (var section in offer.Sections)
        {
            if (IsUnused(section))
                writer.Reject(section);
            else if (section.Kind == "application")
                writer.Data(section.Mid);
            else if (Published(member, section) is { } track)
                Write(
                    writer,
                    section,
                    track.Codec,
                    SdpDirection.ReceiveOnly,
                    section.Rids,
                    null,
                    track.Info.DisableDtx
                );
            else if (FeedIn(member, section) is { } feed)
                Write(writer, section, feed.Track.Codec, SdpDirection.SendOnly, [], feed.Source(isShared: false));
            else
                Write(writer, section, Default(section)!.Name, SdpDirection.Inactive, [], null);
        }
        return writer.ToString();
    }

    private static void Write(
        SdpWriter writer,
        SdpSection section,
        string codecName,
        SdpDirection direction,
        IReadOnlyList<string> rids,
        SdpSource? source,
        bool isNeverSilent = false
    )
    {
        var codec = section.Choose(codecName)!;
        if (codec.Name == "opus")
            codec = codec with { Fmtp = isNeverSilent ? SdpWriter.OpusWithoutSilence : SdpWriter.Opus };
        var rtx = section.Kind == "video" ? section.RepeatOf(codec.PayloadType) : 0;
        writer.Media(section, codec, rtx, direction, rids, source);
    }

    private static CallTrack? Published(CallMember member, SdpSection section) =>
        member.Tracks.Find(t =>
            t.Publication is { IsEnded: false }
            && t.Mid == section.Mid
            && section.Sends
            && section.Choose(t.Codec) is not null
        );

    private static Feed? FeedIn(CallMember member, SdpSection section) =>
        member.Served is null
        && member.Slots.Find(s => s.Mid == section.Mid)?.Feed is { } feed
        && section.Choose(feed.Track.Codec) is not null
            ? feed
            : null;

    private static bool IsUnused(SdpSection section) =>
        section.IsRejected || section.Kind != "application" && Default(section) is null;

    private static SdpCodec? Default(SdpSection section) =>
        section.Kind == "audio" ? section.Choose("opus") : section.Choose("vp8", "h264");
}
