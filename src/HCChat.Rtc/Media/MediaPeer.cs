namespace HCChat.Rtc.Media;

/// <summary>The media of one peer connection.</summary>
internal sealed class MediaPeer
{
    public MediaMember Member => throw new NotImplementedException();
    public IReadOnlyList<Publication> Publications => throw new NotImplementedException();
    public IReadOnlyList<Subscription> Subscriptions => throw new NotImplementedException();

    /// <summary>The transport is up; before that nothing is sent.</summary>
    public void Connected() => throw new NotImplementedException();

    /// <summary>A decrypted media packet. It is valid during the call only and may be changed.</summary>
    public void OnRtp(Span<byte> packet) => throw new NotImplementedException();

    /// <summary>A decrypted compound of control packets.</summary>
    public void OnRtcp(Span<byte> packet) => throw new NotImplementedException();

    /// <summary>The peer sends a track.</summary>
    /// <param name="sid">LiveKit's TR_….</param>
    /// <param name="layers">What was said of its layers; empty for audio.</param>
    public Publication Publish(string sid, ReceivedSection section, IReadOnlyList<DeclaredLayer> layers) =>
        throw new NotImplementedException();

    /// <summary>The peer sends it no longer; its subscriptions end.</summary>
    public void Unpublish(Publication publication) => throw new NotImplementedException();

    /// <summary>A number for a source that is sent to this peer. It is never given twice: under one number and key, no two packets have the same index.</summary>
    public uint NewSsrc() => throw new NotImplementedException();

    /// <summary>The peer is to be sent a track, from <see cref="Subscription.Start"/> on.</summary>
    /// <exception cref="ArgumentException">A source of the section has been used before.</exception>
    public Subscription Subscribe(Publication publication, SentSection section) => throw new NotImplementedException();

    /// <summary>The peer is sent it no longer.</summary>
    public void Unsubscribe(Subscription subscription) => throw new NotImplementedException();
}
