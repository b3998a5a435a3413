using System.Runtime.InteropServices;

namespace HCChat.Rtc.Media;

/// <summary>
/// Shares a subscriber's way among what it is sent. Audio goes first, always. What is left is the videos', the important ones first: the lowest layer of
/// each, then a step more of each, as long as it fits. Down at once, up one step at a time and not soon after a step that did not hold.
/// </summary>
internal sealed class Downlink(MediaPeer peer)
{
    private const int EveryMs = 200;
    private const int StepMs = 1000;
    private const int FailedMs = 10_000;
    private const int LeastPatienceMs = 4000;
    private const int MostPatienceMs = 32_000;

    /// <summary>What is sent may be a little more than what is said to fit, for both are measured; what is added must fit well.</summary>
    private const double Keep = 0.9;
    private const double Add = 1.1;

    /// <summary>With so much room one step need not wait for another.</summary>
    private const double Plenty = 1.5;

    private readonly DownlinkEstimate _estimate = new();
    private readonly RateMeter _sent = new();
    private readonly List<Share> _shares = [];
    private readonly Probe _probe = new(peer);
    private long _sharedMs;
    private long _raisedMs = -FailedMs;
    private long _nextStepMs;
    private long _patientUntilMs;
    private long _sound;
    private int _patienceMs = LeastPatienceMs;
    private bool _changed;

    private record struct Share(Subscription Subscription, long Importance, int Highest, Layer? Layer);

    /// <summary>Bits per second that the way is believed to carry.</summary>
    public long Rate => _estimate.Rate(_sent.BitsPerSecond(peer.Room.NowMs), _sound, peer.Room.NowMs);

    /// <summary>Whether a video gets less than it wants for want of room.</summary>
    public bool IsLimited { get; private set; }

    public void Changed() => _changed = true;

    public void OnSaid(ulong bitsPerSecond)
    {
        _estimate.OnSaid(bitsPerSecond, peer.Room.NowMs);
        _changed = true;
    }

    public void OnReport(int expected, double lost, double jitterMs)
    {
        var nowMs = peer.Room.NowMs;
        _estimate.OnReport(expected, lost, _sent.BitsPerSecond(nowMs), nowMs);
        peer.Member.Health.OnReport(expected, lost, jitterMs);
    }

    public void OnSent(int bytes, long nowMs)
    {
        _sent.Add(bytes, nowMs);
        _probe.OnSent(bytes);
    }

    public void Tick(long nowUs)
    {
        var nowMs = nowUs / 1000;
        if (_changed || nowMs - _sharedMs >= EveryMs)
        {
            _changed = false;
            _sharedMs = nowMs;
            Choose(nowMs);
        }
        _probe.Tick(IsLimited, Rate, nowUs);
    }

    private void Choose(long nowMs)
    {
        var used = _sound = Gather(nowMs);
        IsLimited = false;
        var shares = CollectionsMarshal.AsSpan(_shares);
        foreach (ref var share in shares)
        {
            var lowest = share.Subscription.Publication.Lowest(nowMs)!;
            TryGive(ref share, lowest, ref used, nowMs);
        }
        for (var again = true; again; )
        {
            again = false;
            foreach (ref var share in shares)
                if (
                    share.Layer is { } layer
                    && share.Subscription.Publication.Above(layer.Rank, share.Highest, nowMs) is { } above
                )
                    again |= TryGive(ref share, above, ref used, nowMs);
        }
        var fell = false;
        foreach (ref var share in shares)
        {
            var before = share.Subscription.Target;
            fell |= before is not null && Fell(share, before, nowMs);
            share.Subscription.Choose(share.Layer, nowMs);
        }
        if (!fell)
            return;
        _patienceMs = nowMs - _raisedMs < FailedMs ? Math.Min(_patienceMs * 2, MostPatienceMs) : LeastPatienceMs;
        _patientUntilMs = nowMs + _patienceMs;
    }

    /// <summary>The videos that want something and have a layer to choose, the important ones first; and what the audio takes.</summary>
    private long Gather(long nowMs)
    {
        long audio = 0;
        _shares.Clear();
        foreach (var subscription in peer.Subscriptions)
        {
            var publication = subscription.Publication;
            if (publication.Kind == MediaKind.Audio)
                audio += subscription.IsWanted ? publication.Layers[0].Cost(nowMs) : 0;
            else if (!subscription.IsWanted || publication.Lowest(nowMs) is null)
                subscription.Unchoose();
            else
                Insert(
                    new Share(
                        subscription,
                        Importance(subscription, nowMs),
                        publication.RankFor(subscription.Wanted),
                        null
                    )
                );
        }
        return audio;
    }

    private void Insert(Share share)
    {
        var at = _shares.Count;
        while (at > 0 && _shares[at - 1].Importance < share.Importance)
            at--;
        _shares.Insert(at, share);
    }

    private static long Importance(Subscription subscription, long nowMs)
    {
        var wanted = subscription.Wanted;
        var area = (long)wanted.Width * wanted.Height;
        if (area <= 0)
            area = 320L * 180 << (2 * (int)wanted.Quality);
        return subscription.Publication.Peer.Member.HasSpokenLately(nowMs) ? area * 4 : area;
    }

    private bool TryGive(ref Share share, Layer layer, ref long used, long nowMs)
    {
        var more = layer.Cost(nowMs) - (share.Layer?.Cost(nowMs) ?? 0);
        var subscription = share.Subscription;
        var has = subscription.Target is { } target && layer.Rank <= target.Rank;
        // What has never been chosen for needs to fit well but not to wait.
        var raises = !has && (subscription.Target is not null || subscription.IsPaused);
        var fits = (used + more) * (has ? Keep : Add) <= Rate;
        IsLimited |= !fits;
        if (!fits || (raises && MustWait(used + more, nowMs)))
            return false;
        if (raises)
        {
            _raisedMs = nowMs;
            _nextStepMs = nowMs + StepMs;
            _probe.OnRaised();
        }
        used += more;
        share.Layer = layer;
        return true;
    }

    private bool MustWait(long used, long nowMs) =>
        nowMs < _patientUntilMs || (nowMs < _nextStepMs && used * Plenty > Rate);

    /// <summary>Whether it gets less than before although more of it is sent and wanted.</summary>
    private static bool Fell(in Share share, Layer before, long nowMs) =>
        (share.Layer?.Rank ?? -1) < before.Rank
        && before.Rank <= share.Highest
        && before.Publication.IsLive(before, nowMs);
}
