namespace HCChat.Rtc.Media;

/// <summary>
/// How much a subscriber's way to us carries, in bits per second: what the subscriber says (REMB), and less when it loses much. What it says grows with what it
/// is sent, to at most one and a half times that, so that growing needs probing.
/// </summary>
internal sealed class DownlinkEstimate
{
    private const long Start = 1_000_000;
    private const long Floor = 30_000;
    private const long Ceiling = 50_000_000;

    /// <summary>
    /// A device that is busy says little though its way is wide, and what it then is not sent keeps it saying so. It is not believed below sound and the lowest
    /// layer of one picture, unless it loses, too.
    /// </summary>
    private const long Believed = 250_000;
    private const double MuchLost = 0.1;
    private const double LittleLost = 0.02;
    private const int ReportMs = 1000;
    private const int Enough = 20;
    private long _said;
    private double _bound = Start;
    private bool _reduced;
    private double _expected;
    private double _lost;
    private long _judgedMs;

    public long Rate => Math.Max(Floor, _said == 0 ? (long)_bound : Math.Min(Math.Max(_said, Believed), (long)_bound));

    /// <summary>The subscriber says what it can receive.</summary>
    public void OnSaid(ulong bitsPerSecond)
    {
        // Before, it was a guess of ours that bounded it.
        if (_said == 0 && !_reduced)
            _bound = Ceiling;
        _said = (long)Math.Min(bitsPerSecond, Ceiling);
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
        _expected = _lost = 0;
        _judgedMs = nowMs;
        if (fraction > MuchLost)
        {
            _bound = Math.Max(Floor, Math.Min(_bound, sent) * (1 - fraction / 2));
            _reduced = true;
        }
        else if (fraction < LittleLost)
        {
            _bound = Math.Min(Ceiling, _bound * 1.08);
        }
    }
}
