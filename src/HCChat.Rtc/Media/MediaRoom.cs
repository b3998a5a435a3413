namespace HCChat.Rtc.Media;

/// <summary>
/// The media of one room: what each participant sends and who gets which of it. Nothing here knows of signalling, and nothing is locked: whoever owns the
/// room calls all of it (this, its members, peers, publications and subscriptions) under one lock.
/// <code>
/// var media = new MediaRoom(time, limits, events);
/// var member = media.Enter("PA_…");                        // one participant
/// var peer = member.Open(MediaSink.Of(transport));         // each of its peer connections
/// // transport's events: peer.OnRtp, peer.OnRtcp, peer.Connected
/// var publication = peer.Publish("TR_…", receivedSection, declaredLayers);
/// var subscription = other.Subscribe(publication, sentSection with { Ssrc = other.NewSsrc() });
/// subscription.Start();                                    // as soon as the subscriber knows of it
/// media.Tick();                                            // every 50 ms while anybody is there
/// </code>
/// </summary>
internal sealed class MediaRoom(TimeProvider time, MediaLimits limits, MediaEvents events)
{
    internal TimeProvider Time => time;
    internal MediaLimits Limits => limits;
    internal MediaEvents Events => events;

    public IReadOnlyList<MediaMember> Members => throw new NotImplementedException();

    /// <summary>A participant comes in.</summary>
    public MediaMember Enter(string sid) => throw new NotImplementedException();

    /// <summary>A participant goes: its peers are closed.</summary>
    public void Leave(MediaMember member) => throw new NotImplementedException();

    /// <summary>What is due: feedback, requests, layers, reports. Every 50 ms.</summary>
    public void Tick() => throw new NotImplementedException();
}
