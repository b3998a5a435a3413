using HCChat.Rtc.Signal;
using HCChat.Rtc.Signal.Wire;

namespace HCChat.Rtc.Rooms;

/// <summary>Our offers, to clients that have a peer connection of its own for receiving. One at a time; the next waits for the answer.</summary>
internal sealed class OwnOffers(CallRoom room)
{
    private const string DataMid = "0";

    // Up to here every track gets a section of its own, for a browser does not decrypt what comes in one that had another track before.
    private const int Comfortable = 100;

    /// <summary>Offers what a member should be sent, now or when it has answered.</summary>
    public void Offer(CallMember member)
    {
        if (member.Served is not { } peer)
            return;
        if (member.OfferInFlight != 0)
        {
            member.OfferAgain = true;
            return;
        }
        Fill(member);
        var writer = peer.Describe(
            room.Context.Port.Fingerprint,
            room.CandidatesFor(member),
            member.Slots.Select(s => s.Mid).Prepend(DataMid),
            isOffer: true
        );
        var offer = new SessionDescription { Type = "offer", Id = ++member.LastOfferOfOurs };
        writer.Data(DataMid);
        foreach (var slot in member.Slots)
        {
            var section = Section(slot.Mid, slot.Kind, slot.Feed?.Track.Codec);
            var codec = section.Codecs[0];
            var rtx = slot.Kind == "video" ? section.RepeatOf(codec.PayloadType) : 0;
            var direction = slot.Feed is null ? SdpDirection.Inactive : SdpDirection.SendOnly;
            writer.Media(section, codec, rtx, direction, [], slot.Feed?.Source(isShared: true));
            slot.IsOffered = slot.Feed is not null;
            if (slot.Feed is { } feed)
                offer.MidToTrackId[slot.Mid] = feed.Track.Sid;
        }
        offer.Sdp = writer.ToString();
        member.OfferInFlight = offer.Id;
        member.OfferAgain = false;
        member.Send(new SignalResponse { Offer = offer });
    }

    /// <summary>The client is back after it was cut off: whatever was on its way is lost, and its way to us may be another.</summary>
    public void Restart(CallMember member)
    {
        if (member.Served is not { } peer)
            return;
        peer.RestartIce();
        member.OfferInFlight = 0;
        Offer(member);
    }

    /// <summary>An answer has come. One that cannot be read puts its member out.</summary>
    public void Take(CallMember member, SessionDescription message)
    {
        if (member.Served is not { } peer || message.Id != 0 && message.Id != member.OfferInFlight)
            return;
        if (message.Type != "answer" || !SdpReader.TryRead(message.Sdp, out var answer) || !peer.TryAccept(answer))
        {
            room.Requests.Reject(member, "an answer");
            return;
        }
        member.OfferInFlight = 0;
        foreach (var slot in member.Slots)
            Take(member, slot, answer.Sections.Find(s => s.Mid == slot.Mid));
        if (member.OfferAgain)
            Offer(member);
        else
            room.Feeds.Settle(member);
    }

    private static void Take(CallMember member, FeedSlot slot, SdpSection? section)
    {
        var isTaken = section is { IsRejected: false, Direction: not SdpDirection.Inactive };
        var wasOffered = slot.IsOffered;
        (slot.IsTold, slot.IsOffered) = (wasOffered && isTaken, false);
        if (slot.Feed is not { } feed || !wasOffered)
            return;
        if (isTaken)
        {
            Feeds.Start(feed);
            return;
        }
        // It has no use for the codec: it is not offered that track again.
        member.Choose(feed.Track.Sid, wanted: false);
        Feeds.Empty(slot);
        member.Send(
            new SignalResponse
            {
                SubscriptionResponse = new SubscriptionResponse { TrackSid = feed.Track.Sid, Err = 1 },
            }
        );
    }

    private void Fill(CallMember member)
    {
        foreach (var track in room.Feeds.Missing(member).ToList())
        {
            var slot = member.Slots.Count < Comfortable ? null : FreeSlot(member, track.Kind);
            if (slot is null)
            {
                if (member.Slots.Count >= SdpReader.MaxSections - 1)
                    return;
                slot = new FeedSlot(Invariant(member.Slots.Count + 1), track.Kind);
                member.Slots.Add(slot);
            }
            Feeds.TryFill(member, slot, track, Section(slot.Mid, slot.Kind, track.Codec));
        }
    }

    private static FeedSlot? FreeSlot(CallMember member, string kind) =>
        member.Slots.Find(s => s.Kind == kind && s.IsFree);

    private static string Invariant(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    // The same numbers mean the same in all sections.
    private static SdpSection Section(string mid, string kind, string? codec)
    {
        var section = new SdpSection
        {
            Kind = kind,
            Protocol = "UDP/TLS/RTP/SAVPF",
            Mid = mid,
        };
        section.Extensions[4] = SdpExtension.Mid;
        if (kind == "audio")
        {
            section.Extensions[1] = SdpExtension.AudioLevel;
            section.Codecs.Add(new SdpCodec(111, "opus", SdpWriter.Opus));
            return section;
        }
        section.Extensions[2] = SdpExtension.AbsSendTime;
        if (codec == "h264")
        {
            section.Codecs.Add(new SdpCodec(102, "h264", H264));
            section.Codecs.Add(new SdpCodec(103, "rtx", "apt=102"));
            return section;
        }
        section.Codecs.Add(new SdpCodec(96, "vp8", ""));
        section.Codecs.Add(new SdpCodec(97, "rtx", "apt=96"));
        return section;
    }

    private const string H264 = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f";
}
