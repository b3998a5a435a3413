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
/// var subscription = other.Subscribe(publication, sentSection);
/// subscription.Start();                                    // as soon as the subscriber knows of it
/// media.Tick();                                            // every 50 ms while anybody is there
/// </code>
/// </summary>
internal sealed class MediaRoom(TimeProvider time, MediaLimits limits, MediaEvents events)
{
    /// <summary>The clock begins here, so that nothing was ever asked for "at 0".</summary>
    private const long BeginUs = 100_000_000;
    private readonly long _began = time.GetTimestamp();
    private readonly List<MediaMember> _members = [];
    private readonly List<Speaker> _speakers = [];
    private readonly List<Subscription> _changedStreams = [];
    private readonly List<(Publication Publication, VideoQuality Quality)> _wanted = [];
    private long _listenedMs;
    private long _judgedMs;

    public IReadOnlyList<MediaMember> Members => _members;

    internal MediaLimits Limits => limits;

    /// <summary>Room for one packet and what protects it.</summary>
    internal byte[] Buffer { get; } = new byte[2048];

    internal PacketPool Pool { get; } = new();
    internal long NowUs => BeginUs + time.GetElapsedTime(_began).Ticks / TimeSpan.TicksPerMicrosecond;
    internal long NowMs => NowUs / 1000;

    /// <summary>A participant comes in.</summary>
    public MediaMember Enter(string sid)
    {
        var member = new MediaMember(this, sid);
        _members.Add(member);
        return member;
    }

    /// <summary>A participant goes: its peers are closed.</summary>
    public void Leave(MediaMember member)
    {
        if (_members.Remove(member))
            member.Close();
    }

    /// <summary>What is due: feedback, requests, layers, reports. Every 50 ms.</summary>
    public void Tick()
    {
        var nowUs = NowUs;
        foreach (var member in _members)
        foreach (var peer in member.Peers)
            peer.Tick(nowUs);
        Listen(nowUs / 1000);
        Judge(nowUs / 1000);
        TellChanges();
    }

    /// <summary>How long ago something was, in milliseconds; a timestamp of the clock.</summary>
    internal long PassedMs(long timestamp) => (long)time.GetElapsedTime(timestamp).TotalMilliseconds;

    /// <summary>Others want something else of a track than before. It is told at the end of the tick, when nobody goes through the lists any longer.</summary>
    internal void Tell(Publication publication, VideoQuality wanted) => _wanted.Add((publication, wanted));

    /// <summary>A subscription has been paused, or is no longer.</summary>
    internal void Tell(Subscription subscription)
    {
        if (!_changedStreams.Contains(subscription))
            _changedStreams.Add(subscription);
    }

    private void Listen(long nowMs)
    {
        if (nowMs - _listenedMs < Loudness.WindowMs)
            return;
        _listenedMs = nowMs;
        _speakers.Clear();
        foreach (var member in _members)
            if (member.Loudness.Judge(nowMs))
                _speakers.Add(new Speaker(member, member.Loudness.Level, member.IsSpeaking));
        if (_speakers.Count == 0)
            return;
        _speakers.Sort(static (one, other) => other.Level.CompareTo(one.Level));
        events.Speakers(_speakers);
    }

    private void Judge(long nowMs)
    {
        if (nowMs - _judgedMs < Health.WindowMs)
            return;
        _judgedMs = nowMs;
        for (var i = 0; i < _members.Count; i++)
            if (_members[i] is var member && member.JudgeHealth())
                events.Quality(member, member.Quality, member.Health.Score);
    }

    private void TellChanges()
    {
        for (var i = 0; i < _wanted.Count; i++)
            if (!_wanted[i].Publication.IsEnded)
                events.Wanted(_wanted[i].Publication, _wanted[i].Quality);
        _wanted.Clear();
        for (var i = 0; i < _changedStreams.Count; i++)
            if (!_changedStreams[i].IsEnded)
                events.Stream(_changedStreams[i]);
        _changedStreams.Clear();
    }
}
