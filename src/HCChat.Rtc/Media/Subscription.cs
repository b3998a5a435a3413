namespace HCChat.Rtc.Media;

/// <summary>A track that a peer is sent.</summary>
internal sealed class Subscription
{
    public Publication Publication => throw new NotImplementedException();
    public MediaPeer Peer => throw new NotImplementedException();
    public SentSection Section => throw new NotImplementedException();

    /// <summary>What the subscriber wants of it.</summary>
    public Wanted Wanted
    {
        get => throw new NotImplementedException();
        set => throw new NotImplementedException();
    }

    /// <summary>Whether it has been started and has not ended.</summary>
    public bool IsActive => throw new NotImplementedException();

    /// <summary>Whether it has ended: unsubscribed, unpublished, or one of the two peers is gone.</summary>
    public bool IsEnded => throw new NotImplementedException();

    /// <summary>Whether even the lowest layer does not fit the way to the subscriber.</summary>
    public bool IsPaused => throw new NotImplementedException();

    public long Packets => throw new NotImplementedException();
    public long Octets => throw new NotImplementedException();
    public long Repeated => throw new NotImplementedException();

    /// <summary>The subscriber knows of it: from now on it is sent.</summary>
    public void Start() => throw new NotImplementedException();

    /// <summary>Takes over what a new description says of the same section; the sources stay.</summary>
    public void Renegotiate(SentSection section) => throw new NotImplementedException();
}
