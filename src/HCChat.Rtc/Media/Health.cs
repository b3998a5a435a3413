namespace HCChat.Rtc.Media;

/// <summary>
/// How well a participant is connected, out of 100: what it loses and what we lose of it, how unevenly packets come, and whether its way carries what it wants.
/// </summary>
internal sealed class Health
{
    /// <summary>How long is counted before it is judged.</summary>
    public const int WindowMs = 2000;

    private const double ForLoss = 600;
    private const double EvenMs = 30;
    private const double ForJitter = 1;
    private const double ForLimited = 25;
    private const double ForPaused = 70;
    private const double GoodBelow = 80;
    private const double PoorBelow = 40;
    private const int Few = 10;
    private double _expected;
    private double _lost;
    private double _jitterMs;
    private double _score = 100;

    public ConnectionQuality Quality { get; private set; } = ConnectionQuality.Excellent;

    /// <summary>From 1 to 5.</summary>
    public float Score => Quality == ConnectionQuality.Lost ? 0 : (float)(1 + _score / 25);

    /// <summary>Packets that were sent in one direction, and how many of them did not arrive at first.</summary>
    public void OnReport(int expected, double lost, double jitterMs)
    {
        _expected += expected;
        _lost += lost;
        _jitterMs = Math.Max(_jitterMs, jitterMs);
    }

    /// <summary>A window is over. True: the quality has changed.</summary>
    public bool Judge(bool silent, bool limited, bool paused)
    {
        var now = 100 - Math.Max(0, _jitterMs - EvenMs) * ForJitter;
        if (_expected >= Few)
            now -= _lost / _expected * ForLoss;
        now = Math.Clamp(
            now
                - (
                    paused ? ForPaused
                    : limited ? ForLimited
                    : 0
                ),
            0,
            100
        );
        _expected = _lost = _jitterMs = 0;
        // Down at once, up with time: a way that was bad a moment ago is not trusted at once.
        _score = now < _score ? now : (_score + now) / 2;
        var before = Quality;
        Quality =
            silent ? ConnectionQuality.Lost
            : _score < PoorBelow ? ConnectionQuality.Poor
            : _score < GoodBelow ? ConnectionQuality.Good
            : ConnectionQuality.Excellent;
        return Quality != before;
    }
}
