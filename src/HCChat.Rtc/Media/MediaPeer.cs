using HCChat.Rtc.Rtp;

namespace HCChat.Rtc.Media;

/// <summary>The media of one peer connection.</summary>
internal sealed class MediaPeer
{
    private const int SilentMs = 10_000;
    private readonly List<Publication> _publications = [];
    private readonly List<Subscription> _subscriptions = [];
    private readonly Dictionary<uint, Subscription> _bySsrc = [];
    private readonly MediaSink _sink;
    private readonly Upstream _upstream;

    public MediaPeer(MediaMember member, MediaSink sink)
    {
        Member = member;
        _sink = sink;
        Sources = new PeerSources(member);
        Downlink = new Downlink(this);
        _upstream = new Upstream(this);
    }

    public MediaMember Member { get; }
    public IReadOnlyList<Publication> Publications => _publications;
    public IReadOnlyList<Subscription> Subscriptions => _subscriptions;

    internal MediaRoom Room => Member.Room;
    internal PeerSources Sources { get; }
    internal Downlink Downlink { get; }
    internal bool IsConnected { get; private set; }

    /// <summary>The transport is up; before that nothing is sent.</summary>
    public void Connected() => IsConnected = true;

    /// <summary>A decrypted media packet. It is valid during the call only and may be changed.</summary>
    public void OnRtp(Span<byte> packet) => _upstream.OnRtp(packet, Room.NowUs);

    /// <summary>A decrypted compound of control packets.</summary>
    public void OnRtcp(Span<byte> packet)
    {
        var nowUs = Room.NowUs;
        var reader = new RtcpReader(packet);
        while (reader.Next(out var control))
        {
            for (var i = 0; i < control.Reports; i++)
                if (control.Report(i) is var report && _bySsrc.TryGetValue(report.Ssrc, out var reported))
                    reported.OnReport(report);
            if (control.TryReadSender(out var info))
                _upstream.OnSenderReport(control.Sender, info, nowUs);
            else if (control.TryReadBitrate(out var bitsPerSecond))
                Downlink.OnSaid(bitsPerSecond);
            else
                OnFeedback(control, nowUs);
        }
    }

    /// <summary>The peer sends a track.</summary>
    /// <param name="sid">LiveKit's TR_….</param>
    /// <param name="layers">What was said of its layers; empty for audio.</param>
    public Publication Publish(string sid, ReceivedSection section, IReadOnlyList<DeclaredLayer> layers)
    {
        var publication = new Publication(this, sid, section, layers);
        _publications.Add(publication);
        return publication;
    }

    /// <summary>The peer sends it no longer; its subscriptions end.</summary>
    public void Unpublish(Publication publication)
    {
        if (!_publications.Remove(publication))
            return;
        publication.End();
        Sources.Forget(publication);
    }

    /// <summary>The peer is to be sent a track, from <see cref="Subscription.Start"/> on, under sources of its own.</summary>
    public Subscription Subscribe(Publication publication, SentSection section)
    {
        section = section with
        {
            Ssrc = _sink.BeginSource(),
            RtxSsrc = section.RtxPayloadType > 0 ? _sink.BeginSource() : 0,
        };
        var subscription = new Subscription(publication, this, section);
        publication.Add(subscription);
        _subscriptions.Add(subscription);
        _bySsrc[section.Ssrc] = subscription;
        return subscription;
    }

    /// <summary>The peer is sent it no longer.</summary>
    public void Unsubscribe(Subscription subscription)
    {
        if (subscription.Peer == this)
            subscription.End();
    }

    internal bool TryLearn(in RtpPacket packet, out Source source) =>
        Sources.TryLearn(_publications, packet, out source);

    internal void Forget(Subscription subscription)
    {
        _subscriptions.Remove(subscription);
        _bySsrc.Remove(subscription.Section.Ssrc);
        _sink.EndSource(subscription.Section.Ssrc);
        _sink.EndSource(subscription.Section.RtxSsrc);
        Downlink.Changed();
    }

    internal void End()
    {
        IsConnected = false;
        while (_publications.Count > 0)
            Unpublish(_publications[^1]);
        while (_subscriptions.Count > 0)
            _subscriptions[^1].End();
    }

    internal void Send(Span<byte> buffer, int length, long nowMs)
    {
        Downlink.OnSent(length, nowMs);
        _sink.SendRtp(buffer, length);
    }

    internal void SendControl(ReadOnlySpan<byte> packet) => _sink.SendRtcp(packet);

    /// <summary>Whether it was connected and has not been heard of for long.</summary>
    internal bool IsSilent() => IsConnected && Room.PassedMs(_sink.LastHeard()) > SilentMs;

    internal void Tick(long nowUs)
    {
        var nowMs = nowUs / 1000;
        foreach (var publication in _publications)
            publication.Tick(nowMs);
        if (!IsConnected)
            return;
        if (_subscriptions.Count > 0)
            Downlink.Tick(nowUs);
        foreach (var subscription in _subscriptions)
            subscription.Tick(nowMs);
        if (_publications.Count > 0)
            _upstream.Tick(nowUs);
    }

    private void OnFeedback(in RtcpPacket control, long nowUs)
    {
        if (control.IsFullIntra)
        {
            foreach (var subscription in _subscriptions)
                if (control.Names(subscription.Section.Ssrc))
                    subscription.OnPictureLoss(nowUs / 1000);
        }
        else if (!_bySsrc.TryGetValue(control.Media, out var subscription))
        {
            return;
        }
        else if (control.IsPictureLoss)
        {
            subscription.OnPictureLoss(nowUs / 1000);
        }
        else if (control.IsNack)
        {
            foreach (var number in control.Lost)
                subscription.OnNack(number, nowUs);
        }
    }
}
