using HCChat.Rtc.Rtp;

namespace HCChat.Rtc.Media;

/// <summary>
/// Keeps the media time of a subscription going forward when what is sent changes from one layer to another, whose clocks begin anywhere. The publisher's
/// sender reports say how they stand to each other; without them it is the time that has passed here.
/// </summary>
internal struct Timeline(int clockRate)
{
    private const int PatienceMs = 5000;
    private readonly int _clockRate = clockRate;
    private SenderInfo _report;
    private uint _highest;
    private long _highestAtMs;
    private bool _any;

    /// <summary>What is added to the publisher's timestamps.</summary>
    public uint Shift { get; private set; }

    /// <summary>The newest time that was sent.</summary>
    public readonly uint Highest => _highest;

    /// <summary>A layer begins, or goes on after a pause.</summary>
    /// <param name="same">It is the one that was sent last: its clock has gone on.</param>
    /// <param name="report">What its sender has said last.</param>
    public void Begin(uint timestamp, bool same, SenderInfo report, long nowMs)
    {
        if (_any)
        {
            var passed = Math.Max(1, Ticks(nowMs - _highestAtMs));
            var aligned = same ? timestamp + Shift : Aligned(timestamp, report);
            var step = aligned is { } at ? (int)(at - _highest) : passed;
            if (step > passed + Ticks(PatienceMs) || step < -Ticks(PatienceMs))
                step = passed;
            Shift = _highest + (uint)Math.Max(1, step) - timestamp;
        }
        _report = report;
    }

    /// <summary>The time to send a packet with.</summary>
    public uint Map(uint timestamp, long nowMs)
    {
        var mapped = timestamp + Shift;
        if (!_any || (int)(mapped - _highest) > 0)
        {
            _highest = mapped;
            _highestAtMs = nowMs;
            _any = true;
        }
        return mapped;
    }

    /// <summary>The sender of the layer that is being sent says more of its clock.</summary>
    public void OnReport(SenderInfo report) => _report = report;

    private readonly uint? Aligned(uint timestamp, SenderInfo report)
    {
        if (report.Ntp == 0 || _report.Ntp == 0)
            return null;
        var apart = (long)(report.Ntp - _report.Ntp) / 4294967296.0;
        return Math.Abs(apart) > 3600
            ? null
            : _report.RtpTimestamp
                + (uint)(long)Math.Round(apart * _clockRate)
                + (timestamp - report.RtpTimestamp)
                + Shift;
    }

    private readonly int Ticks(long ms) => (int)(Math.Min(ms, 3_600_000) * _clockRate / 1000);
}
