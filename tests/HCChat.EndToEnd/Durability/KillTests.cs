using HCChat.EndToEnd.Harness;
using Microsoft.Data.Sqlite;

namespace HCChat.EndToEnd.Durability;

/// <summary>A process that dies, or is asked to go, while 20 clients send.</summary>
[Collection(Proof.Collection)]
public sealed class KillTests
{
    private static readonly string[] s_settings = ["--History:Count=10000000"];

    [Fact]
    public async Task What_was_acknowledged_outlives_kill_9_and_everybody_goes_on_in_the_same_list()
    {
        var (rounds, chance) = (Proof.Of(5, 50), Proof.Chance());
        var starts = new List<TimeSpan>();
        await WithServerAsync(
            async (crowd, restart) =>
            {
                for (var round = 0; round < rounds; round++)
                {
                    await crowd.GoOnAsync(1 + chance.Below(Proof.Of(300, 600)));
                    starts.Add(
                        await restart(async server =>
                        {
                            await server.KillAsync();
                        })
                    );
                    await crowd.GatherAsync();
                }
            }
        );
        Proof.Report($"{rounds} kills; the slowest start took {starts.Max().TotalSeconds:F2} s");
    }

    [Fact]
    public async Task What_was_acknowledged_outlives_SIGTERM_and_everybody_goes_on_in_the_same_list()
    {
        var rounds = Proof.Of(1, 10);
        await WithServerAsync(
            async (crowd, restart) =>
            {
                for (var round = 0; round < rounds; round++)
                {
                    await crowd.GoOnAsync(300);
                    await restart(async server => Assert.Equal(0, (await server.TerminateAsync()).ExitCode));
                    await crowd.GatherAsync();
                }
            }
        );
    }

    // 20 clients under load; `restart` ends the server as it is told, starts another one on the same data, and says how long that took.
    private static async Task WithServerAsync(Func<Crowd, Func<Func<ServerProcess, Task>, Task<TimeSpan>>, Task> rounds)
    {
        var (data, port) = (ServerProcess.NewFolder(), FreePort.Next());
        var server = await ServerProcess.StartOnAsync(data, port, s_settings);
        try
        {
            await using (var crowd = new Crowd(20, Crowd.Encrypted, _ => port))
            {
                await crowd.GatherAsync();
                crowd.Talk();
                await rounds(
                    crowd,
                    async end =>
                    {
                        await end(server);
                        await server.DisposeAsync();
                        server = await ServerProcess.StartOnAsync(data, port, s_settings);
                        return server.StartTook;
                    }
                );
                await crowd.SettleAsync();
                crowd.AssertShownOnceAndInOrder();
                crowd.AssertRecovered();
                // Another process, which has nothing in memory.
                await server.KillAsync();
                await server.DisposeAsync();
                server = await ServerProcess.StartOnAsync(data, port, s_settings);
                await Crowd.AssertKeptAsync(port, Crowd.Encrypted, crowd.Promises());
                Proof.Report(crowd.Figures());
            }
            await server.KillAsync();
            AssertWhole(Path.Combine(data, "hcchat.db"));
        }
        finally
        {
            await server.DisposeAsync();
            Directory.Delete(data, recursive: true);
        }
    }

    /// <summary>SQLite finds nothing wrong with its file.</summary>
    internal static void AssertWhole(string file)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=false");
        connection.Open();
        using var check = connection.CreateCommand();
        check.CommandText = "PRAGMA integrity_check";
        Assert.Equal("ok", check.ExecuteScalar());
    }
}
