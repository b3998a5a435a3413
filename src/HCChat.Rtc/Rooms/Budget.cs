namespace HCChat.Rtc.Rooms;

/// <summary>A bucket that fills with time: <paramref name="rate"/> a second, <paramref name="burst"/> at most.</summary>
internal sealed class Budget(TimeProvider time, double rate, double burst)
{
    private double _left = burst;
    private long _at = time.GetTimestamp();

    /// <summary>Takes so much out of it. False: there is not that much, and nothing is taken.</summary>
    public bool TryTake(double amount = 1)
    {
        var now = time.GetTimestamp();
        _left = Math.Min(burst, _left + time.GetElapsedTime(_at, now).TotalSeconds * rate);
        _at = now;
        if (_left < amount)
            return false;
        _left -= amount;
        return true;
    }
}
