namespace HCChat.Rtc.Rooms;

/// <summary>A bucket that fills with time: so much a second, up to a bound.</summary>
internal sealed class Budget
{
    private readonly TimeProvider _time;
    private readonly double _rate;
    private readonly double _burst;
    private double _left;
    private long _at;

    /// <param name="rate">What comes in a second.</param>
    /// <param name="burst">What it holds, and holds at first.</param>
    public Budget(TimeProvider time, double rate, double burst)
    {
        (_time, _rate, _burst, _left) = (time, rate, burst, burst);
        _at = time.GetTimestamp();
    }

    /// <summary>Takes so much out of it. False: there is not that much, and nothing is taken.</summary>
    public bool TryTake(double amount = 1)
    {
        var now = _time.GetTimestamp();
        _left = Math.Min(_burst, _left + _time.GetElapsedTime(_at, now).TotalSeconds * _rate);
        _at = now;
        if (_left < amount)
            return false;
        _left -= amount;
        return true;
    }
}
