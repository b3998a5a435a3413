namespace HCChat.Rtc.Media;

/// <summary>
/// How much a subscriber's way to us carries, in bits per second: what the subscriber says (REMB), and less when it loses much. What it says begins low and grows
/// slowly, to at most one and a half times what it is sent; so as long as it grows, what is sent is believed to get through. It speaks of pictures alone:
/// libwebrtc's receiver does not count sound (ReceiveSideCongestionController), so that what the sound takes comes on top.
/// </summary>
internal sealed class DownlinkEstimate
{
    private const long Start = 1_000_000;
    private const long Floor = 30_000;
    private const long Ceiling = 50_000_000;

    /// <summary>
    /// A device that is busy says little though its way is wide, and what it then is not sent keeps it saying so. It is not believed below the lowest layer of
    /// one picture, unless it loses, too.
    /// </summary>
    private const long Believed = 200_000;
    private const double MuchLost = 0.1;
    private const double LittleLost = 0.02;
    private const double Growth = 1.08;

    // A receiver that is late with its own work takes it for a queue on the way, and says a little less for a moment.
    private const double Fallen = 0.7;
    private const int FreshMs = 1500;
    private const int CalmMs = 3000;
    private const int ReportMs = 1000;
    private const int MostSeconds = 5;
    private const int Enough = 20;
    private long _said;
    private long _roseMs;
    private long _calmFromMs;
    private double _bound = Start;
    private bool _reduced;
    private double _expected;
    private double _lost;
    private long _judgedMs;

    /// <summary>What the way carries.</summary>
    /// <param name="sent">Bits per second that the subscriber is sent.</param>
    /// <param name="sound">How much of it is sound.</param>
    public long Rate(long sent, long sound, long nowMs)
    {
        if (_said == 0)
            return Math.Max(Floor, (long)_bound);
        var isCarried = nowMs >= _calmFromMs && nowMs - _roseMs < FreshMs;
        var pictures = Math.Max(isCarried ? Math.Max(_said, sent - sound) : _said, Believed);
        return Math.Max(Floor, Math.Min(pictures + sound, (long)_bound));
    }

    /// <summary>The subscriber says what it can receive.</summary>
    public void OnSaid(ulong bitsPerSecond, long nowMs)
    {
        // Before, it was a guess of ours that bounded it.
        if (_said == 0 && !_reduced)
            _bound = Ceiling;
        var said = (long)Math.Min(bitsPerSecond, Ceiling);
        if (said > _said)
            _roseMs = nowMs;
        else if (said < _said * Fallen)
            _calmFromMs = nowMs + CalmMs;
        _said = said;
    }

    /// <summary>The subscriber says what it has lost.</summary>
    /// <param name="sent">Bits per second that it is sent.</param>
    public void OnReport(int expected, double lost, long sent, long nowMs)
    {
        _expected += expected;
        _lost += lost;
        if (nowMs - _judgedMs < ReportMs || _expected < Enough)
            return;
        var fraction = _lost / _expected;
        var seconds = Math.Min((nowMs - _judgedMs) / 1000.0, MostSeconds);
        _expected = _lost = 0;
        _judgedMs = nowMs;
        if (fraction > MuchLost)
        {
            _bound = Math.Max(Floor, Math.Min(_bound, sent) * (1 - fraction / 2));
            _reduced = true;
            _calmFromMs = nowMs + CalmMs;
        }
        else if (fraction < LittleLost)
        {
            _bound = Math.Min(Ceiling, _bound * Math.Pow(Growth, seconds));
        }
    }
}
