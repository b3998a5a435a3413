namespace HCChat.Server.Messages;

/// <summary>
/// A room's newest events in memory: what a client missed in a moment is served from here, and events that are not kept live nowhere else. Bounded by
/// number, bytes and age. Not thread-safe.
/// </summary>
internal sealed class Ring(RingBudget budget)
{
    private const int MaxEvents = 256;
    private const int MaxBytes = 256 * 1024;
    private const long MaxAge = 5 * 60 * 1000;

    private readonly List<LogEvent> _events = [];
    private int _bytes;

    /// <summary>From this number on the ring has every event there is.</summary>
    public long Start { get; private set; } = 1;

    /// <summary>Up to this number events that only the ring had have been given up.</summary>
    public long Lost { get; private set; }

    public bool IsEmpty => _events.Count == 0;

    /// <summary>Begins behind <paramref name="head"/>.</summary>
    public void Reset(long head)
    {
        budget.Add(-_bytes);
        (_bytes, Start) = (0, head + 1);
        _events.Clear();
    }

    public void Add(LogEvent added)
    {
        _events.Add(added);
        _bytes += added.Frame.Length;
        budget.Add(added.Frame.Length);
        while (_events.Count > MaxEvents || (_bytes > MaxBytes && _events.Count > 1))
        {
            DropOldest();
        }
    }

    /// <summary>Drops what is too old, and whatever <paramref name="now"/> has disappeared, with what is about it.</summary>
    public void Trim(long now)
    {
        if (_events.FindAll(e => e.IsDead(now)).ConvertAll(e => e.Of.Mid) is { Count: > 0 } mids)
        {
            Remove(e => e.IsDead(now) || (e.Of.Target is { } target && mids.Contains(target)));
        }
        while (_events.Count > 0 && _events[0].Time < now - MaxAge)
        {
            DropOldest();
        }
    }

    /// <summary>Gives up everything, because all rooms together hold too much.</summary>
    public void Empty()
    {
        while (_events.Count > 0)
        {
            DropOldest();
        }
    }

    /// <summary>Takes out what was deleted.</summary>
    public void Remove(Predicate<LogEvent> which)
    {
        foreach (var gone in _events.FindAll(which))
        {
            _events.Remove(gone);
            _bytes -= gone.Frame.Length;
            budget.Add(-gone.Frame.Length);
        }
    }

    /// <summary>Living events of that range, ascending.</summary>
    public List<LogEvent> Between(long from, long to, long now) =>
        _events.FindAll(e => e.Seq >= from && e.Seq <= to && !e.IsDead(now));

    private void DropOldest()
    {
        var oldest = _events[0];
        _events.RemoveAt(0);
        _bytes -= oldest.Frame.Length;
        budget.Add(-oldest.Frame.Length);
        Start = oldest.Seq + 1;
        if (!oldest.Durable)
        {
            Lost = oldest.Seq;
        }
    }
}

/// <summary>The bytes of all rings together.</summary>
internal sealed class RingBudget
{
    private const long Max = 64L << 20;

    private long _bytes;

    /// <summary>Whether rings have to be emptied.</summary>
    public bool IsExceeded => Interlocked.Read(ref _bytes) > Max;

    public void Add(int bytes) => Interlocked.Add(ref _bytes, bytes);
}
