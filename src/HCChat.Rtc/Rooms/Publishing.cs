using HCChat.Rtc.Media;
using HCChat.Rtc.Signal;
using HCChat.Rtc.Signal.Wire;

namespace HCChat.Rtc.Rooms;

/// <summary>What members publish: announced first, published when an offer has a section for it.</summary>
internal sealed class Publishing(CallRoom room)
{
    /// <summary>LiveKit's numbers of why a request is refused.</summary>
    internal enum Refusal
    {
        NotFound = 1,
        NotAllowed = 2,
        LimitExceeded = 3,
        UnsupportedType = 5,
    }

    /// <summary>
    /// A client announces a track. One that is refused gets no id, and so no section: whatever is sent of it is thrown away. Stock clients wait ten seconds for
    /// the id and give up then; the reason is in the answer.
    /// </summary>
    public void Announce(CallMember member, AddTrackRequest request)
    {
        var options = room.Context.Options;
        if (!member.Grant.CanPublish || options.RequireEncryption && request.Encryption == 0)
        {
            Refuse(member, request, Refusal.NotAllowed);
            return;
        }
        // A client that has been cut off repeats what it has got no answer to.
        var track = member.Tracks.Find(t => t.Publication is null && t.Cid == request.Cid);
        if (track is null)
        {
            if (member.Tracks.Count >= options.MaxTracks)
                Forget(member);
            if (member.Tracks.Count >= options.MaxTracks || !member.Announcements.TryTake())
            {
                Refuse(member, request, Refusal.LimitExceeded);
                return;
            }
            track = CallTrack.Of(member, request);
            if (track is null)
            {
                Refuse(member, request, Refusal.UnsupportedType);
                return;
            }
            member.Tracks.Add(track);
        }
        member.Send(
            new SignalResponse
            {
                TrackPublished = new TrackPublishedResponse { Cid = request.Cid, Track = track.Info },
            }
        );
    }

    /// <summary>Publishes what an offer has a section for, and ends what it has none for any more.</summary>
    public void Follow(CallMember member, SdpSession offer)
    {
        var before = member.Tracks.Count;
        foreach (var track in member.Tracks.ToList())
            if (track.Publication is not null && IsGone(member, track, offer))
                End(track, isTold: true);
        var hasChanged = member.Tracks.Count != before;
        foreach (var section in offer.Sections)
        {
            if (section.Kind == "application" || !section.Sends)
                continue;
            if (member.Tracks.Find(t => t.Publication is not null && t.Mid == section.Mid) is { } known)
            {
                if (section.Choose(known.Codec) is { } same)
                    known.Publication!.Renegotiate(Received(section, same));
            }
            else if (Begin(member, section) is { } track)
            {
                hasChanged = true;
                room.Raise(RtcChange.Published, member, track);
            }
        }
        if (!hasChanged)
            return;
        room.Tell(member);
        foreach (var other in room.Members)
            if (other != member)
                room.Feeds.Settle(other);
    }

    /// <summary>A track ends.</summary>
    /// <param name="isTold">Whether its publisher has to be told.</param>
    public void End(CallTrack track, bool isTold)
    {
        var owner = track.Owner;
        if (!owner.Tracks.Remove(track))
            return;
        if (track.Publication is not { } publication)
            return;
        foreach (var member in room.Members)
        {
            member.Forget(track.Sid);
            if (member.SlotOf(track) is { } slot)
                Feeds.Empty(slot);
        }
        if (!publication.IsEnded)
            publication.Peer.Unpublish(publication);
        room.Raise(RtcChange.Unpublished, owner, track);
        if (isTold)
            owner.Send(new SignalResponse { TrackUnpublished = new TrackUnpublishedResponse { TrackSid = track.Sid } });
    }

    /// <summary>A client mutes what it publishes, or goes on.</summary>
    public void Mute(CallMember member, MuteTrackRequest request)
    {
        if (member.Tracks.Find(t => t.Sid == request.Sid) is not { } track || track.Info.Muted == request.Muted)
            return;
        track.Mute(request.Muted);
        room.Tell(member);
    }

    /// <summary>Somebody who may mutes another's track. The client is told first, so that it does not take what follows for a mistake.</summary>
    public void MuteOther(CallTrack track)
    {
        track.Mute(true);
        track.Owner.Send(
            new SignalResponse
            {
                Mute = new MuteTrackRequest { Sid = track.Sid, Muted = true },
            }
        );
        room.Tell(track.Owner);
    }

    /// <summary>A client says how its sound is made.</summary>
    public void Change(CallMember member, UpdateLocalAudioTrack update)
    {
        if (member.Tracks.Find(t => t.Sid == update.TrackSid) is not { } track)
            return;
        track.Info.AudioFeatures.Clear();
        track.Info.AudioFeatures.AddRange(update.Features.Take(8));
        room.Tell(member);
    }

    /// <summary>A client says how large its picture is.</summary>
    public void Change(CallMember member, UpdateLocalVideoTrack update)
    {
        if (member.Tracks.Find(t => t.Sid == update.TrackSid) is not { } track)
            return;
        track.Info.Width = update.Width;
        track.Info.Height = update.Height;
        room.Tell(member);
    }

    // A section that another announced track has taken over under the client's hands has changed its track without being empty.
    private static bool IsGone(CallMember member, CallTrack track, SdpSession offer)
    {
        var section = offer.Sections.Find(s => s.Mid == track.Mid && s.Sends);
        return section is null
            || section.TrackId != track.Cid
                && member.Tracks.Exists(t => t.Publication is null && t.Cid == section.TrackId);
    }

    private static CallTrack? Begin(CallMember member, SdpSection section)
    {
        var announced = member.Tracks.FindAll(t => t.Publication is null && t.Kind == section.Kind);
        var track = announced.Find(t => t.Cid == section.TrackId) ?? announced.FirstOrDefault();
        var codec = section.Kind == "audio" ? section.Choose("opus") : section.Choose("vp8", "h264");
        if (track is null || codec is null)
            return null;
        track.Publish(member.Offered.Media, Received(section, codec), codec.Name);
        return track;
    }

    private static ReceivedSection Received(SdpSection section, SdpCodec codec)
    {
        var sources = section
            .Ssrcs.Where(s => !section.Repeats.Exists(r => r.Rtx == s))
            .Select(s => new NamedSource(s, section.Repeats.Find(r => r.Ssrc == s).Rtx));
        return new ReceivedSection(
            section.Mid,
            codec.Name switch
            {
                "opus" => MediaCodec.Opus,
                "h264" => MediaCodec.H264,
                _ => MediaCodec.Vp8,
            },
            codec.PayloadType,
            section.Kind == "video" ? section.RepeatOf(codec.PayloadType) : 0,
            SdpExtension.Received(section),
            section.Rids,
            section.Rids.Count > 0 ? [] : [.. sources]
        );
    }

    // What was announced and never sent makes room first.
    private static void Forget(CallMember member)
    {
        if (member.Tracks.Find(t => t.Publication is null) is { } track)
            member.Tracks.Remove(track);
    }

    private void Refuse(CallMember member, AddTrackRequest request, Refusal reason)
    {
        RoomLog.RefusedTrack(room.Context.Log, room.Sid, member.Sid, reason);
        member.Send(
            new SignalResponse
            {
                RequestResponse = new RequestResponse { Reason = (int)reason, AddTrack = request },
            }
        );
    }
}
