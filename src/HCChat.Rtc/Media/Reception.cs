using HCChat.Rtc.Rtp;

namespace HCChat.Rtc.Media;

/// <summary>What of a source has come: duplicates, loss and jitter as RFC 3550 counts them (appendix A.3 and A.8).</summary>
internal sealed class Reception(int clockRate)
{
    private readonly SeenNumbers _seen = new();
    private SequenceUnwrapper _numbers;
    private long _first;
    private long _received;
    private long _expectedBefore;
    private long _receivedBefore;
    private int _transit;
    private double _jitter;
    private long _reportAtUs;

    /// <summary>Whether anything has come.</summary>
    public bool HasAny => _numbers.HasAny;

    /// <summary>The highest number so far, without wraps.</summary>
    public long Highest => _numbers.Highest;

    /// <summary>What the sender has said of its clock last; its <see cref="SenderInfo.Ntp"/> is 0 before.</summary>
    public SenderInfo Sender { get; private set; }

    public double JitterMs => _jitter * 1000 / clockRate;

    /// <summary>The number of a packet without wraps, or -1 when it has come before.</summary>
    /// <param name="repeated">It came as a repetition: it is no sign of what the network loses.</param>
    public long Accept(ushort sequence, uint timestamp, bool repeated, long nowUs)
    {
        if (repeated && !HasAny)
            return -1;
        var number = repeated ? _numbers.Near(sequence) : _numbers.Unwrap(sequence);
        if (!_seen.TryAdd(number))
            return -1;
        if (repeated)
            return number;
        if (_received++ == 0)
            _first = number;
        var transit = (int)((uint)(nowUs * clockRate / 1_000_000) - timestamp);
        if (_received > 1)
            _jitter += (Math.Abs((double)(transit - _transit)) - _jitter) / 16;
        _transit = transit;
        return number;
    }

    public void OnSenderReport(SenderInfo info, long nowUs)
    {
        Sender = info;
        _reportAtUs = nowUs;
    }

    /// <summary>The report of the time since the last one, and how many packets it is about.</summary>
    public ReportBlock Report(uint ssrc, long nowUs, out int expected, out int lost)
    {
        var all = Highest - _first + 1;
        expected = (int)(all - _expectedBefore);
        lost = Math.Max(0, expected - (int)(_received - _receivedBefore));
        _expectedBefore = all;
        _receivedBefore = _received;
        var known = Sender.Ntp != 0;
        return new ReportBlock(
            ssrc,
            (byte)(expected <= 0 ? 0 : Math.Min(255, lost * 256 / expected)),
            (int)Math.Clamp(all - _received, -0x800000, 0x7fffff),
            (uint)(Highest - 0x10000),
            (uint)_jitter,
            known ? (uint)(Sender.Ntp >> 16) : 0,
            known ? (uint)((nowUs - _reportAtUs) * 65536 / 1_000_000) : 0
        );
    }
}
