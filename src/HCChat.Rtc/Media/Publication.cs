namespace HCChat.Rtc.Media;

/// <summary>A track that a participant sends, in one or more layers.</summary>
internal sealed class Publication
{
    public string Sid => throw new NotImplementedException();
    public MediaKind Kind => throw new NotImplementedException();
    public MediaPeer Peer => throw new NotImplementedException();
    public ReceivedSection Section => throw new NotImplementedException();
    public IReadOnlyList<Subscription> Subscriptions => throw new NotImplementedException();

    /// <summary>Whether it has ended.</summary>
    public bool IsEnded => throw new NotImplementedException();

    /// <summary>While it is muted nothing of it is forwarded, whatever the publisher sends.</summary>
    public bool Muted
    {
        get => throw new NotImplementedException();
        set => throw new NotImplementedException();
    }

    /// <summary>Takes over what a new description says of the same section.</summary>
    public void Renegotiate(ReceivedSection section) => throw new NotImplementedException();

    /// <summary>Asks the publisher for a keyframe of every layer, within its bounds.</summary>
    public void RequestKeyframe() => throw new NotImplementedException();
}
