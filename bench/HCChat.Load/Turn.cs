using System.Diagnostics;

namespace HCChat.Load;

/// <summary>What a peer has done in its turn, or in several.</summary>
/// <param name="Count">Things done.</param>
/// <param name="Time">In that time.</param>
/// <param name="Used">With that much CPU time.</param>
internal readonly record struct Turn(long Count, TimeSpan Time, TimeSpan Used)
{
    /// <summary>Things done per second.</summary>
    public double PerSecond => Count / Time.TotalSeconds;

    /// <summary>CPU seconds per 1,000 of them.</summary>
    public double Cpu => Used.TotalSeconds * 1_000 / Count;

    public static Turn operator +(Turn one, Turn other) =>
        new(one.Count + other.Count, one.Time + other.Time, one.Used + other.Used);
}

/// <summary>A moment of a measurement.</summary>
/// <param name="Clock">The stopwatch.</param>
/// <param name="Count">Done so far.</param>
/// <param name="Cpu">CPU time used so far.</param>
internal readonly record struct Moment(long Clock, long Count, TimeSpan Cpu)
{
    /// <summary>This moment, of this process.</summary>
    public static Moment Now(long count) =>
        new(Stopwatch.GetTimestamp(), count, Process.GetCurrentProcess().TotalProcessorTime);

    /// <summary>What came to be between two moments.</summary>
    public Turn To(Moment later) =>
        new(later.Count - Count, Stopwatch.GetElapsedTime(Clock, later.Clock), later.Cpu - Cpu);
}
