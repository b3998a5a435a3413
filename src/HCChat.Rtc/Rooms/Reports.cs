using HCChat.Rtc.Media;
using HCChat.Rtc.Signal.Wire;

namespace HCChat.Rtc.Rooms;

/// <summary>What the media of a call tells, as messages.</summary>
internal sealed class Reports(CallRoom room)
{
    public MediaEvents Events => new(Speakers, Quality, Wanted, Stream);

    private void Speakers(IReadOnlyList<Speaker> speakers)
    {
        var changed = new SpeakersChanged();
        foreach (var speaker in speakers)
            changed.Speakers.Add(
                new SpeakerInfo
                {
                    Sid = speaker.Member.Sid,
                    Level = speaker.Level,
                    Active = speaker.Active,
                }
            );
        room.Broadcast(new SignalResponse { SpeakersChanged = changed });
    }

    private void Quality(MediaMember member, ConnectionQuality quality, float score)
    {
        var info = new ConnectionQualityInfo
        {
            ParticipantSid = member.Sid,
            Quality = (int)quality,
            Score = score,
        };
        room.Broadcast(new SignalResponse { ConnectionQuality = new ConnectionQualityUpdate { Updates = { info } } });
    }

    // Layers that nobody wants need not be encoded (dynacast). Whoever does not know of this goes on sending them.
    private void Wanted(Publication publication, VideoQuality highest)
    {
        if (Owner(publication) is not ({ } owner, { } track))
            return;
        var update = new SubscribedQualityUpdate { TrackSid = track.Sid };
        var codec = new SubscribedCodec { Codec = track.Codec };
        for (var quality = VideoQuality.Low; quality <= VideoQuality.High; quality++)
        {
            var isWanted = highest != VideoQuality.Off && quality <= highest;
            codec.Qualities.Add(new SubscribedQuality { Quality = (int)quality, Enabled = isWanted });
        }
        update.SubscribedQualities.AddRange(codec.Qualities);
        update.SubscribedCodecs.Add(codec);
        owner.Send(new SignalResponse { SubscribedQualityUpdate = update });
    }

    private void Stream(Subscription subscription)
    {
        if (Owner(subscription.Publication) is not ({ } owner, { } track))
            return;
        var state = new StreamStateInfo
        {
            ParticipantSid = owner.Sid,
            TrackSid = track.Sid,
            State = subscription.IsPaused ? 1 : 0,
        };
        MemberOf(subscription.Peer.Member)
            ?.Send(new SignalResponse { StreamStateUpdate = new StreamStateUpdate { StreamStates = { state } } });
    }

    private (CallMember?, CallTrack?) Owner(Publication publication)
    {
        var owner = MemberOf(publication.Peer.Member);
        return (owner, owner?.Tracks.Find(t => t.Publication == publication));
    }

    private CallMember? MemberOf(MediaMember media)
    {
        foreach (var member in room.Members)
            if (member.Media == media)
                return member;
        return null;
    }
}
