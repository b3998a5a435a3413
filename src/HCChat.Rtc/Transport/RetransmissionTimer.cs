namespace HCChat.Rtc.Transport;

/// <summary>When what was not acknowledged is taken for lost (RFC 9260 section 6.3). Times are in milliseconds.</summary>
internal sealed class RetransmissionTimer
{
    private const double First = 1000;
    private const double Least = 300;
    private const double Most = 8000;

    private double _smoothed = -1;
    private double _variance;
    private double _timeout = First;
    private long? _expires;

    /// <summary>A round trip took so long.</summary>
    public void Measure(long milliseconds)
    {
        if (_smoothed < 0)
        {
            _smoothed = milliseconds;
            _variance = milliseconds / 2.0;
        }
        else
        {
            _variance = 0.75 * _variance + 0.25 * Math.Abs(_smoothed - milliseconds);
            _smoothed = 0.875 * _smoothed + 0.125 * milliseconds;
        }
        _timeout = Math.Clamp(_smoothed + 4 * _variance, Least, Most);
    }

    public void Start(long now) => _expires = now + (long)_timeout;

    public void StartIfStopped(long now) => _expires ??= now + (long)_timeout;

    public void Stop() => _expires = null;

    public bool HasExpired(long now) => _expires <= now;

    /// <summary>Once more, with twice the patience.</summary>
    public void BackOff(long now)
    {
        _timeout = Math.Min(_timeout * 2, Most);
        Start(now);
    }
}
