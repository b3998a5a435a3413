using System.Text;

namespace HCChat.Rtc.Media;

/// <summary>A track that a participant sends, in one or more layers.</summary>
internal sealed class Publication
{
    /// <summary>A layer that is so much behind the newest one of its track is no longer sent.</summary>
    private const int StaleMs = 1500;

    /// <summary>A layer is wanted at once, and unwanted only when nobody has wanted it for so long.</summary>
    private const int UnwantedMs = 5000;

    private const int AudioClock = 48_000;
    private const int VideoClock = 90_000;
    private readonly List<Subscription> _subscriptions = [];
    private readonly List<Layer> _layers = [];
    private readonly IReadOnlyList<DeclaredLayer> _declared;
    private byte[] _mid = [];
    private long _newestMs;
    private long _wantedAtMs;
    private VideoQuality _announced = VideoQuality.High;
    private bool _muted;

    public Publication(MediaPeer peer, string sid, ReceivedSection section, IReadOnlyList<DeclaredLayer> declared)
    {
        Peer = peer;
        Sid = sid;
        _declared = declared;
        Section = section;
        _wantedAtMs = peer.Room.NowMs;
        Renegotiate(section);
    }

    public string Sid { get; }
    public MediaPeer Peer { get; }
    public ReceivedSection Section { get; private set; }
    public MediaKind Kind => Section.Codec == MediaCodec.Opus ? MediaKind.Audio : MediaKind.Video;
    public IReadOnlyList<Subscription> Subscriptions => _subscriptions;

    /// <summary>Lowest first.</summary>
    public IReadOnlyList<Layer> Layers => _layers;

    /// <summary>Whether it has ended.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>While it is muted nothing of it is forwarded, whatever the publisher sends.</summary>
    public bool Muted
    {
        get => _muted;
        set
        {
            if (_muted == value)
                return;
            _muted = value;
            foreach (var subscription in _subscriptions)
                subscription.Rest();
            if (!value)
                RequestKeyframe();
        }
    }

    internal int ClockRate => Kind == MediaKind.Audio ? AudioClock : VideoClock;

    /// <summary>Takes over what a new description says of the same section.</summary>
    public void Renegotiate(ReceivedSection section)
    {
        Section = section;
        _mid = Encoding.ASCII.GetBytes(section.Mid);
        if (section.Rids.Count == 0 && _layers.Count == 0)
            AddLayer("");
        foreach (var rid in section.Rids.OrderBy(rid => "qhf".IndexOf(rid, StringComparison.Ordinal)))
            if (_layers.TrueForAll(layer => layer.Rid != rid))
                AddLayer(rid);
        if (section.Rids.Count == 0 && section.Sources.Count > 0)
            Peer.Sources.Name(_layers[0], section.Sources[0]);
    }

    /// <summary>Asks the publisher for a keyframe of every layer, within its bounds.</summary>
    public void RequestKeyframe()
    {
        if (Kind == MediaKind.Video)
            foreach (var layer in _layers)
                layer.WantKeyframe();
    }

    internal bool IsIn(ReadOnlySpan<byte> mid) => mid.SequenceEqual(_mid);

    internal void Add(Subscription subscription) => _subscriptions.Add(subscription);

    internal void Remove(Subscription subscription) => _subscriptions.Remove(subscription);

    internal void End()
    {
        IsEnded = true;
        while (_subscriptions.Count > 0)
            _subscriptions[^1].End();
        foreach (var layer in _layers)
            layer.History.Clear();
    }

    /// <summary>The source of a layer has changed: who is sent it begins anew.</summary>
    internal void Restart(Layer layer)
    {
        foreach (var subscription in _subscriptions)
            subscription.Restart(layer);
    }

    internal void Forward(in MediaPacket packet)
    {
        if (packet.Layer.Users > 0 && Kind == MediaKind.Video && !packet.Payload.IsEmpty)
            packet.Layer.History.Add(packet.Number, packet.Marker, packet.Payload, packet.NowMs);
        foreach (var subscription in _subscriptions)
            if (packet.Payload.IsEmpty)
                subscription.Skip(packet);
            else
                subscription.Forward(packet);
    }

    internal void Heard(Layer layer, int bytes, long nowMs)
    {
        layer.Count(bytes, nowMs);
        _newestMs = nowMs;
    }

    /// <summary>
    /// Whether a layer is being sent. It is compared with the other layers and not with the clock: of a picture that stands still little comes of any.
    /// </summary>
    internal bool IsLive(Layer layer, long nowMs) =>
        layer.HeardMs > 0 && _newestMs - layer.HeardMs < StaleMs && !layer.IsChoked(nowMs);

    /// <summary>The lowest layer that is as large as what is wanted, or the highest; of those that are declared, sent or not.</summary>
    internal int RankFor(Wanted wanted)
    {
        for (var rank = 0; rank < _layers.Count - 1; rank++)
            if (Covers(_layers[rank].Declared, wanted))
                return rank;
        return _layers.Count - 1;
    }

    /// <summary>The next layer above a rank that is sent and not above what is wanted.</summary>
    internal Layer? Above(int rank, int highest, long nowMs)
    {
        for (var next = rank + 1; next <= highest && next < _layers.Count; next++)
            if (IsLive(_layers[next], nowMs))
                return _layers[next];
        return null;
    }

    /// <summary>The lowest layer that is sent.</summary>
    internal Layer? Lowest(long nowMs) => Above(-1, _layers.Count - 1, nowMs);

    internal void Tick(long nowMs)
    {
        foreach (var layer in _layers)
            layer.History.Trim(nowMs);
        if (Kind == MediaKind.Video)
            AnnounceWanted(nowMs);
    }

    private void AnnounceWanted(long nowMs)
    {
        var wanted = -1;
        foreach (var subscription in _subscriptions)
            if (subscription is { IsActive: true, Wanted.Enabled: true })
                wanted = Math.Max(wanted, (int)_layers[RankFor(subscription.Wanted)].Declared.Quality);
        var announced = _announced == VideoQuality.Off ? -1 : (int)_announced;
        if (wanted >= announced)
            _wantedAtMs = nowMs;
        if (wanted == announced || (wanted < announced && nowMs - _wantedAtMs < UnwantedMs))
            return;
        _wantedAtMs = nowMs;
        _announced = wanted < 0 ? VideoQuality.Off : (VideoQuality)wanted;
        Peer.Room.Tell(this, _announced);
    }

    private static bool Covers(DeclaredLayer layer, Wanted wanted)
    {
        if (wanted.Width <= 0 || wanted.Height <= 0 || layer.Width <= 0)
            return layer.Quality >= (wanted.Width > 0 && wanted.Height > 0 ? VideoQuality.High : wanted.Quality);
        // By the longer and the shorter side, so that a phone that is turned changes nothing; a tenth too small is not seen.
        int wantedLong = Math.Max(wanted.Width, wanted.Height),
            wantedShort = Math.Min(wanted.Width, wanted.Height);
        return Math.Max(layer.Width, layer.Height) * 10 >= wantedLong * 9
            || Math.Min(layer.Width, layer.Height) * 10 >= wantedShort * 9;
    }

    private void AddLayer(string rid)
    {
        var quality =
            "qhf".IndexOf(rid, StringComparison.Ordinal) is >= 0 and var named && rid.Length == 1 ? (VideoQuality)named
            : rid.Length == 0 ? VideoQuality.High
            : (VideoQuality)Math.Min(_layers.Count, (int)VideoQuality.High);
        var declared = new DeclaredLayer(quality, 0, 0, 0);
        foreach (var layer in _declared)
            if (layer.Quality == quality || (rid.Length == 0 && _declared.Count == 1))
                declared = layer with { Quality = quality };
        _layers.Add(new Layer(this, _layers.Count, rid, declared, Peer.Room.Pool, ClockRate));
    }
}
