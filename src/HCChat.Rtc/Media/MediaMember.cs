namespace HCChat.Rtc.Media;

/// <summary>One participant: its peer connections (one, or one to publish and one to subscribe), how loud it is and how well it is connected.</summary>
internal sealed class MediaMember
{
    public string Sid => throw new NotImplementedException();
    public IReadOnlyList<MediaPeer> Peers => throw new NotImplementedException();

    /// <summary>Whether it speaks, by the levels that its packets carry.</summary>
    public bool IsSpeaking => throw new NotImplementedException();

    public ConnectionQuality Quality => throw new NotImplementedException();

    /// <summary>A peer connection of this participant.</summary>
    public MediaPeer Open(MediaSink sink) => throw new NotImplementedException();

    /// <summary>A peer connection is over: its publications and subscriptions end.</summary>
    public void Close(MediaPeer peer) => throw new NotImplementedException();
}
