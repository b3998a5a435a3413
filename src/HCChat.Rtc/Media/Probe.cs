namespace HCChat.Rtc.Media;

/// <summary>
/// Sends padding beside the media while a subscriber gets less than it wants, to at most four fifths of what its way is said to carry: that harms nobody,
/// and lets the estimate grow if there is more. For some seconds, then a rest, each longer than the last.
/// </summary>
internal sealed class Probe(MediaPeer peer)
{
    private const double Part = 0.8;
    private const int ProbeMs = 10_000;
    private const int LeastRestMs = 5000;
    private const int MostRestMs = 60_000;
    private const int MostPackets = 32;
    private const byte Padding = 255;
    private long _tickUs;
    private long _untilMs;
    private long _fromMs;
    private long _owed;
    private int _restMs = LeastRestMs;

    /// <summary>Media and padding have been sent.</summary>
    public void OnSent(int bytes) => _owed -= bytes;

    /// <summary>A video has got more.</summary>
    public void OnRaised() => _restMs = LeastRestMs;

    public void Tick(bool limited, long rate, long nowUs)
    {
        var nowMs = nowUs / 1000;
        var passedUs = Math.Min(nowUs - _tickUs, 200_000);
        _tickUs = nowUs;
        if (!limited || nowMs < _fromMs)
        {
            _owed = 0;
            _untilMs = 0;
            return;
        }
        if (_untilMs == 0)
            _untilMs = nowMs + ProbeMs;
        if (nowMs >= _untilMs)
        {
            _fromMs = nowMs + _restMs;
            _restMs = Math.Min(_restMs * 2, MostRestMs);
            return;
        }
        var step = (long)(rate * Part / 8 * passedUs / 1_000_000);
        _owed = Math.Clamp(_owed + step, -2 * step, 2 * step);
        for (var sent = 0; _owed > Padding && sent < MostPackets; sent++)
            if (!TrySend(nowUs))
                return;
    }

    private bool TrySend(long nowUs)
    {
        foreach (var subscription in peer.Subscriptions)
            if (subscription.TryProbe(Padding, nowUs))
                return true;
        return false;
    }
}
