using HCChat.EndToEnd.Harness;

namespace HCChat.EndToEnd.Durability;

/// <summary>How much of the proof is run: the short form always, the long one when <c>HCCHAT_LONG=1</c> (<c>./dev test --long</c>).</summary>
internal static class Proof
{
    /// <summary>The collection of all tests that load the machine: they run after the others, one by one.</summary>
    public const string Collection = "durability";

    /// <summary>How long a condition may take on a machine that others use too.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly bool s_long = Environment.GetEnvironmentVariable("HCCHAT_LONG") == "1";

    /// <summary>The figure of this run.</summary>
    public static int Of(int brief, int full) => s_long ? full : brief;

    /// <summary>A generator whose seed is in the test's output.</summary>
    public static Seeded Chance()
    {
        var seed = BitConverter.ToUInt64(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8));
        Report($"seed {seed}");
        return new Seeded(seed);
    }

    /// <summary>Says a figure; <c>--show-live-output on</c> shows it.</summary>
    public static void Report(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);
}

[CollectionDefinition(Proof.Collection, DisableParallelization = true)]
public sealed class OneAfterTheOther;
