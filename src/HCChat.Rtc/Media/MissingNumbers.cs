namespace HCChat.Rtc.Media;

/// <summary>Which packets of a layer have not come, and when to ask for each again.</summary>
internal sealed class MissingNumbers
{
    /// <summary>At most so many at once; with more a keyframe is the better thing to ask for.</summary>
    public const int Most = 256;

    private const int Tries = 8;
    private const int ReorderMs = 20;
    private const int RetryMs = 100;
    private readonly Entry[] _entries = new Entry[Most];
    private int _count;

    private record struct Entry(long Number, long DueMs, int Tried);

    /// <summary>From one number up to before another nothing has come. False: too much is missing, and all of it is given up.</summary>
    public bool TryAdd(long from, long before, long nowMs)
    {
        if (before - from > Most - _count)
        {
            _count = 0;
            return false;
        }
        for (var number = from; number < before; number++)
            _entries[_count++] = new Entry(number, nowMs + ReorderMs, 0);
        return true;
    }

    /// <summary>It has come after all, or is not wanted.</summary>
    public void Remove(long number)
    {
        for (var i = _count - 1; i >= 0 && _entries[i].Number >= number; i--)
        {
            if (_entries[i].Number != number)
                continue;
            Array.Copy(_entries, i + 1, _entries, i, --_count - i);
            return;
        }
    }

    public void Clear() => _count = 0;

    /// <summary>What to ask for now, in rising order; what has been asked for too often is given up.</summary>
    public int Collect(Span<ushort> due, long nowMs)
    {
        int found = 0,
            kept = 0;
        for (var i = 0; i < _count; i++)
        {
            var entry = _entries[i];
            if (entry.DueMs <= nowMs && found < due.Length)
            {
                if (entry.Tried == Tries)
                    continue;
                due[found++] = (ushort)entry.Number;
                entry = entry with { Tried = entry.Tried + 1, DueMs = nowMs + RetryMs };
            }
            _entries[kept++] = entry;
        }
        _count = kept;
        return found;
    }
}
