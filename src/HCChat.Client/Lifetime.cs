namespace HCChat.Client;

/// <summary>How long a message is there, as the wire has it: 5 to 31,536,000 seconds.</summary>
internal static class Lifetime
{
    public const long ShortestSeconds = 5;
    public const long LongestSeconds = 31_536_000;

    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(ShortestSeconds);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(LongestSeconds);

    /// <summary>Whole seconds; 0 when zero says that it stays, null for no word.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Neither zero nor within the bounds.</exception>
    public static long? Seconds(TimeSpan? lifetime)
    {
        if (lifetime is not { } time || time == TimeSpan.Zero)
        {
            return lifetime is null ? null : 0;
        }
        ArgumentOutOfRangeException.ThrowIfLessThan(time, Shortest, nameof(lifetime));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(time, Longest, nameof(lifetime));
        return (long)time.TotalSeconds;
    }
}
