namespace HCChat.Rtc;

/// <summary>A call that is going on.</summary>
/// <param name="Name">Its name, as in the tokens.</param>
/// <param name="Sid">Its id, new with every call of that name.</param>
/// <param name="Started">When its first participant came.</param>
/// <param name="Participants">How many are in it.</param>
public sealed record RtcRoom(string Name, string Sid, DateTimeOffset Started, int Participants);

/// <summary>Somebody in a call.</summary>
/// <param name="Sid">The id of this stay.</param>
/// <param name="Identity">Who it is, as in the token.</param>
/// <param name="Joined">When the stay began.</param>
/// <param name="IsConnected">Whether media can flow.</param>
/// <param name="Tracks">What is published.</param>
public sealed record RtcParticipant(
    string Sid,
    string Identity,
    string Name,
    DateTimeOffset Joined,
    bool IsConnected,
    IReadOnlyList<RtcTrack> Tracks
);

/// <summary>What a participant sends.</summary>
/// <param name="Source">What it comes from, by LiveKit's number: camera 1, microphone 2, screen 3, its sound 4, else 0.</param>
/// <param name="IsVideo">A picture, else sound.</param>
/// <param name="IsEncrypted">Whether its publisher says that it is encrypted between the participants.</param>
public sealed record RtcTrack(string Sid, int Source, bool IsVideo, bool IsMuted, bool IsEncrypted);

/// <summary>What happened in a call.</summary>
public enum RtcChange
{
    /// <summary>The first participant has come.</summary>
    RoomStarted,

    /// <summary>The last participant is gone.</summary>
    RoomFinished,

    /// <summary>Somebody came in.</summary>
    Joined,

    /// <summary>Somebody is gone.</summary>
    Left,

    /// <summary>A track can be subscribed to.</summary>
    Published,

    /// <summary>A track is gone.</summary>
    Unpublished,
}

/// <summary>Something that happened in a call. Those of one call come in order.</summary>
/// <param name="Room">The name of the call.</param>
/// <param name="RoomSid">The id of the call.</param>
/// <param name="Identity">Whom it is about; empty when it is the call itself.</param>
/// <param name="ParticipantSid">The stay that it is about; empty when it is the call itself.</param>
/// <param name="TrackSid">The track that it is about, or empty.</param>
public sealed record RtcEvent(
    RtcChange Change,
    string Room,
    string RoomSid,
    string Identity,
    string ParticipantSid,
    string TrackSid
);
