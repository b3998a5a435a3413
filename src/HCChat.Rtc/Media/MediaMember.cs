namespace HCChat.Rtc.Media;

/// <summary>One participant: its peer connections (one, or one to publish and one to subscribe), how loud it is and how well it is connected.</summary>
internal sealed class MediaMember(MediaRoom room, string sid)
{
    private readonly List<MediaPeer> _peers = [];

    public string Sid => sid;
    public MediaRoom Room => room;
    public IReadOnlyList<MediaPeer> Peers => _peers;

    /// <summary>Whether it speaks, by the levels that its packets carry.</summary>
    public bool IsSpeaking => Loudness.IsSpeaking;

    public ConnectionQuality Quality => Health.Quality;

    internal Loudness Loudness { get; } = new();
    internal Health Health { get; } = new();
    internal PublishAllowance Allowance { get; } = new(room.Limits.PublishBitrate);

    /// <summary>How many sources it has.</summary>
    internal int Sources { get; set; }

    /// <summary>A peer connection of this participant.</summary>
    public MediaPeer Open(MediaSink sink)
    {
        var peer = new MediaPeer(this, sink);
        _peers.Add(peer);
        return peer;
    }

    /// <summary>A peer connection is over: its publications and subscriptions end.</summary>
    public void Close(MediaPeer peer)
    {
        if (_peers.Remove(peer))
            peer.End();
    }

    internal void Close()
    {
        while (_peers.Count > 0)
            Close(_peers[^1]);
    }

    internal bool HasSpokenLately(long nowMs) => Loudness.HasSpokenLately(nowMs);

    internal bool JudgeHealth()
    {
        bool silent = false,
            limited = false,
            paused = false;
        foreach (var peer in _peers)
        {
            silent |= peer.IsSilent();
            limited |= peer.Downlink.IsLimited;
            foreach (var subscription in peer.Subscriptions)
                paused |= subscription.IsPaused;
        }
        return Health.Judge(silent, limited, paused);
    }
}
