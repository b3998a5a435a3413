namespace HCChat.Rtc.Media;

/// <summary>
/// How much a participant may send. Half a second of it may come at once; while less than half of that is left, the higher layers of video are no longer
/// forwarded, then no video, and only with as much again overdrawn no audio.
/// </summary>
internal sealed class PublishAllowance(int bitsPerSecond)
{
    private readonly long _burst = bitsPerSecond / 16;
    private readonly RateMeter _rate = new();
    private long _left = bitsPerSecond / 16;
    private long _filledUs;

    /// <summary>Bits per second that have come.</summary>
    public long Rate(long nowMs) => _rate.BitsPerSecond(nowMs);

    /// <summary>Whether it sends so much that it should be told of its bound.</summary>
    public bool IsNear(long nowMs) => Rate(nowMs) > bitsPerSecond / 2;

    /// <summary>Takes the bytes of a packet. False: it is too much.</summary>
    /// <param name="rank">Of the layer, from 0; -1 is audio.</param>
    public bool TryTake(int bytes, int rank, long nowUs)
    {
        _rate.Add(bytes, nowUs / 1000);
        if ((nowUs - _filledUs) / 1000 is > 0 and var passedMs)
        {
            _left = Math.Min(_burst, _left + passedMs * bitsPerSecond / 8000);
            _filledUs = nowUs;
        }
        var mustBeLeft = rank switch
        {
            < 0 => -_burst,
            0 => 0,
            1 => _burst / 4,
            _ => _burst / 2,
        };
        if (_left - bytes < mustBeLeft)
            return false;
        _left -= bytes;
        return true;
    }
}
