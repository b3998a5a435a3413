using HCChat.Rtc.Signal.Wire;

namespace HCChat.Rtc.Rooms;

/// <summary>Whom a member lets have its tracks, when it is not everybody.</summary>
internal sealed class Permission
{
    private const int MaxEntries = 64;
    private readonly TrackPermission[] _entries;

    private Permission(TrackPermission[] entries) => _entries = entries;

    /// <summary>Null: everybody may have everything. What is too much grants nothing.</summary>
    public static Permission? Of(SubscriptionPermission message) =>
        message.AllParticipants ? null : new Permission([.. message.TrackPermissions.Take(MaxEntries)]);

    /// <summary>Whether this member may have this track.</summary>
    public bool Allows(CallMember member, CallTrack track) =>
        _entries.Any(e =>
            (e.ParticipantIdentity == member.Identity || e.ParticipantSid == member.Sid)
            && (e.AllTracks || e.TrackSids.Contains(track.Sid))
        );
}
