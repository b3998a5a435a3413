using System.Diagnostics;

namespace HCChat.Load;

/// <summary>What one turn of one peer has shown.</summary>
/// <param name="PerSecond">Things done per second.</param>
/// <param name="Cpu">CPU seconds per 1,000 of them.</param>
internal readonly record struct Turn(double PerSecond, double Cpu);

/// <summary>From turns to figures.</summary>
internal static class Figures
{
    /// <summary>The middle one.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var ordered = values.Order().ToList();
        return ordered[ordered.Count / 2];
    }

    /// <summary>What was counted and used between two moments.</summary>
    public static Turn Between(Moment from, Moment to)
    {
        var count = to.Count - from.Count;
        return new Turn(
            count / Stopwatch.GetElapsedTime(from.Clock, to.Clock).TotalSeconds,
            (to.Cpu - from.Cpu).TotalSeconds * 1_000 / count
        );
    }

    /// <summary>Prints the medians of a peer's turns.</summary>
    public static void Print(string block, string peer, string unit, IReadOnlyList<Turn> turns) =>
        Console.WriteLine(
            $"{block, -22}{peer, -12}{Median(turns.Select(t => t.PerSecond)), 10:F0} {unit, -8}{Median(turns.Select(t => t.Cpu)), 10:F3} CPU s per 1,000"
        );

    /// <summary>
    /// Prints how two peers compare. Turns that followed each other are compared first and the median taken then: what else the machine does
    /// changes from one round to the next.
    /// </summary>
    public static void Compare(string block, string what, IReadOnlyList<Turn> ours, IReadOnlyList<Turn> theirs)
    {
        var ratios = ours.Zip(theirs, (o, t) => o.PerSecond / t.PerSecond).Order().ToList();
        var cpu = Median(ours.Zip(theirs, (o, t) => o.Cpu / t.Cpu));
        Console.WriteLine(
            $"{block}: {what} {Median(ratios):F2} x raw SQLite ({ratios[0]:F2}-{ratios[^1]:F2}, {ratios.Count} rounds), {cpu:F1} x its CPU time"
        );
    }
}

/// <summary>A moment of a measurement.</summary>
/// <param name="Clock">The stopwatch.</param>
/// <param name="Count">Done so far.</param>
/// <param name="Cpu">CPU time used so far.</param>
internal readonly record struct Moment(long Clock, long Count, TimeSpan Cpu);
