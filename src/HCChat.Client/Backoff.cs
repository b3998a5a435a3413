using System.Security.Cryptography;

namespace HCChat.Client;

/// <summary>When to try again: full jitter between nothing and a bound that doubles from 0.5 s to 30 s, and never before the server's word.</summary>
internal sealed class Backoff
{
    private const int BaseMs = 500;
    private const int CapMs = 30_000;
    private int _attempts;

    /// <summary>Codes after which coming back would be wrong: taken over, kicked, not admitted.</summary>
    public static bool IsFinal(int? closeCode) => closeCode is 4009 or 4011 or 4403;

    /// <summary>The time to wait before the next attempt.</summary>
    public TimeSpan Next(TimeSpan? notBefore)
    {
        var bound = Bound(_attempts++);
        var jitter = TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(bound + 1));
        return notBefore is { } least ? least + jitter : jitter;
    }

    /// <summary>The connection stood: begin anew.</summary>
    public void Reset() => _attempts = 0;

    /// <summary>The bound of an attempt in ms.</summary>
    internal static int Bound(int attempt) => Math.Min(CapMs, BaseMs << Math.Min(attempt, 6));
}
