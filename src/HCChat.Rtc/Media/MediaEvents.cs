namespace HCChat.Rtc.Media;

/// <summary>How well a participant is connected; LiveKit's numbers.</summary>
internal enum ConnectionQuality
{
    Poor = 0,
    Good = 1,
    Excellent = 2,
    Lost = 3,
}

/// <summary>Who speaks or has stopped to.</summary>
/// <param name="Level">From 0 to 1, linear.</param>
internal readonly record struct Speaker(MediaMember Member, float Level, bool Active);

/// <summary>What the media of a room tells. All of it is called under the room's lock; the handlers may call back into the media.</summary>
/// <param name="Speakers">Those whose state or level has changed, the loudest first. The list is valid during the call only.</param>
/// <param name="Quality">With a score from 1 to 5.</param>
/// <param name="Wanted">The highest layer of a video that anybody wants; all below it are wanted too. <see cref="VideoQuality.Off"/>: nobody wants any.</param>
/// <param name="Stream">A subscription's <see cref="Subscription.IsPaused"/> has changed.</param>
internal sealed record MediaEvents(
    Action<IReadOnlyList<Speaker>> Speakers,
    Action<MediaMember, ConnectionQuality, float> Quality,
    Action<Publication, VideoQuality> Wanted,
    Action<Subscription> Stream
);
