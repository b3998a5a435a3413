namespace HCChat.Server.Chat;

/// <summary>What somebody may cause at once; it comes back by half in each half-life of a <see cref="Score"/>.</summary>
/// <param name="Cost">1 is a short message.</param>
/// <param name="Bytes">Of frames, as they came.</param>
internal readonly record struct Allowance(double Cost, double Bytes);

/// <summary>Two decaying numbers: what somebody has cost lately, and how many bytes they have sent. Safe for concurrent use.</summary>
internal sealed class Score(TimeProvider time, TimeSpan halfLife)
{
    private readonly Lock _lock = new();
    private double _cost;
    private double _bytes;
    private long _at = time.GetTimestamp();

    /// <summary>The cost that is left by now.</summary>
    public double Cost
    {
        get
        {
            lock (_lock)
            {
                Decay();
                return _cost;
            }
        }
    }

    /// <summary>Whether nothing worth remembering is left.</summary>
    public bool IsOver
    {
        get
        {
            lock (_lock)
            {
                Decay();
                return _cost < 1 && _bytes < 1_000;
            }
        }
    }

    /// <summary>Adds to both.</summary>
    public void Add(double cost, double bytes = 0)
    {
        lock (_lock)
        {
            Decay();
            _cost += cost;
            _bytes += bytes;
        }
    }

    /// <summary>How long until both fit into the allowance; zero when they do now.</summary>
    public TimeSpan Wait(double cost, double bytes, Allowance allowance)
    {
        lock (_lock)
        {
            Decay();
            var (one, other) = (Wait(_cost, cost, allowance.Cost), Wait(_bytes, bytes, allowance.Bytes));
            return one > other ? one : other;
        }
    }

    // What is above the limit itself could never fit: it waits for a score that is as good as empty.
    private TimeSpan Wait(double now, double more, double limit)
    {
        var room = Math.Max(limit - more, limit / 30);
        return now <= room ? TimeSpan.Zero : halfLife * Math.Log2(now / room);
    }

    private void Decay()
    {
        var now = time.GetTimestamp();
        var left = Math.Pow(0.5, time.GetElapsedTime(_at, now) / halfLife);
        (_cost, _bytes, _at) = (_cost * left, _bytes * left, now);
    }
}
