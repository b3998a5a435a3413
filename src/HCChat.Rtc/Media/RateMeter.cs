namespace HCChat.Rtc.Media;

/// <summary>Bits per second over the last two seconds.</summary>
internal sealed class RateMeter
{
    private const int Buckets = 20;
    private const int BucketMs = 100;
    private readonly int[] _bytes = new int[Buckets];
    private long _newest = -Buckets;
    private long _oldest;
    private long _sum;

    public void Add(int bytes, long nowMs)
    {
        MoveTo(nowMs / BucketMs);
        _bytes[_newest % Buckets] += bytes;
        _sum += bytes;
    }

    /// <summary>The rate. Over less than half a second it is said as if nothing more came in the rest of it.</summary>
    public long BitsPerSecond(long nowMs)
    {
        MoveTo(nowMs / BucketMs);
        var covered = Math.Clamp((_newest - _oldest + 1) * BucketMs, 500, Buckets * BucketMs);
        return _sum * 8000 / covered;
    }

    private void MoveTo(long bucket)
    {
        if (bucket <= _newest)
            return;
        if (bucket - _newest >= Buckets)
        {
            Array.Clear(_bytes);
            _sum = 0;
            _oldest = bucket;
        }
        else
        {
            for (var passed = _newest + 1; passed <= bucket; passed++)
            {
                _sum -= _bytes[passed % Buckets];
                _bytes[passed % Buckets] = 0;
            }
        }
        _newest = bucket;
    }
}
