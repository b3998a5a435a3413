namespace HCChat.Load;

/// <summary>From turns to figures.</summary>
internal static class Figures
{
    /// <summary>The middle one.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var ordered = values.Order().ToList();
        return ordered[ordered.Count / 2];
    }

    /// <summary>Prints what stands above what <see cref="Print"/> prints.</summary>
    public static void Head() =>
        Console.WriteLine($"{"block", -26}{"peer", -12}{"per second", 20}{"CPU s per 1,000", 18}");

    /// <summary>Prints the medians of a peer's turns.</summary>
    public static void Print(string block, string peer, string unit, IReadOnlyList<Turn> turns) =>
        Console.WriteLine(
            $"{block, -26}{peer, -12}{Median(turns.Select(t => t.PerSecond)), 11:F0} {unit, -8}{Median(turns.Select(t => t.Cpu)), 18:F4}"
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
            $"{block}: {what} {Median(ratios):F2} x raw SQLite ({ratios[0]:F2}-{ratios[^1]:F2}, {ratios.Count} rounds), {cpu:F1} x its CPU"
        );
    }
}
