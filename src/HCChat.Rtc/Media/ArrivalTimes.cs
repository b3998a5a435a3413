namespace HCChat.Rtc.Media;

/// <summary>When the packets of a peer have come, by their transport-wide numbers, until that is told.</summary>
internal sealed class ArrivalTimes
{
    /// <summary>Packets that one report can tell of.</summary>
    public const int Report = 400;

    private const int Size = 1024;
    private readonly long[] _atUs = new long[Size];
    private SequenceUnwrapper _numbers;
    private long _next;
    private long _end;
    private bool _fresh;

    public void Add(ushort sequence, long nowUs)
    {
        var first = !_numbers.HasAny;
        var number = _numbers.Unwrap(sequence);
        if (first)
            _next = _end = number;
        if (number <= _end - Size)
            return;
        if (number - _end >= Size)
            _next = _end = number;
        for (; _end <= number; _end++)
            _atUs[_end % Size] = -1;
        _next = Math.Max(Math.Min(_next, number), _end - Size);
        _atUs[number % Size] = nowUs;
        _fresh = true;
    }

    /// <summary>
    /// What has come since the last report; it begins with a packet that has come, and so the last one that was told of is told again. False: nothing has.
    /// </summary>
    /// <param name="arrivals">Room for <see cref="Report"/>; negative: it has not come.</param>
    public bool TryTake(Span<long> arrivals, out ushort first, out int count)
    {
        while (_next < _end && _atUs[_next % Size] < 0)
            _next++;
        first = (ushort)_next;
        count = (int)Math.Min(_end - _next, Math.Min(arrivals.Length, Report));
        if (!_fresh)
            return false;
        for (var i = 0; i < count; i++)
            arrivals[i] = _atUs[(_next + i) % Size];
        while (arrivals[count - 1] < 0)
            count--;
        _fresh = _next + count < _end;
        // More is missing behind it than a report can tell of: it is passed over.
        _next += count == 1 && _fresh ? 1 : count - 1;
        return true;
    }
}
