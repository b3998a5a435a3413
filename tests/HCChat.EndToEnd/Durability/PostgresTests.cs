using HCChat.EndToEnd.Harness;

namespace HCChat.EndToEnd.Durability;

/// <summary>A PostgreSQL server that dies or falls silent, and a server that dies before it.</summary>
[Collection(Proof.Collection)]
public sealed class PostgresTests
{
    private static readonly string[] s_plain = ["plain-a"];

    /// <summary>When whoever sends is told that the database is away. On a busy machine the test itself may hear of it later, so a tenth may take twice that.</summary>
    private static readonly TimeSpan s_toldWithin = TimeSpan.FromSeconds(2);

    [Theory]
    [InlineData("crashes")]
    [InlineData("falls silent")]
    public async Task While_PostgreSQL_is_away_sends_are_refused_in_time_and_live_chat_goes_on_and_afterwards_nothing_is_lost(
        string how
    )
    {
        var rounds = Proof.Of(1, 3);
        var outage = TimeSpan.FromSeconds(Proof.Of(5, 30));
        await using var postgres = await PostgresServer.CreateAsync();
        await using var server = await ServerProcess.StartAsync($"--Database:Postgres={postgres.ConnectionString}");
        var port = server.Port;
        await using var keeping = new Crowd(20, Crowd.Encrypted, _ => port);
        await using var passing = new Crowd(4, s_plain, _ => port, each: 1, nick: "live");
        await keeping.GatherAsync();
        await passing.GatherAsync();
        keeping.Talk();
        passing.Talk(window: 1);
        foreach (var peer in passing.Peers)
        {
            peer.Pace = TimeSpan.FromMilliseconds(20);
        }
        for (var round = 0; round < rounds; round++)
        {
            await keeping.GoOnAsync(Proof.Of(200, 500));
            var before = keeping.Refused.Count();
            var away = TimeProvider.System.GetTimestamp();
            await (how == "crashes" ? postgres.CrashAsync() : postgres.FreezeAsync());
            await WhileAwayAsync(server, keeping, passing, before, away, outage);
            await (how == "crashes" ? postgres.StartAsync() : postgres.ThawAsync());
            var back = TimeProvider.System.GetTimestamp();
            await keeping.GoOnAsync(1);
            Proof.Report(
                $"{how}: the first acknowledgement came {TimeProvider.System.GetElapsedTime(back).TotalSeconds:F1} s after its return"
            );
        }
        await keeping.SettleAsync();
        await passing.SettleAsync();
        Assert.All(keeping.Refused, r => Assert.Equal("unavailable", r.Code));
        Assert.Empty(passing.Refused);
        keeping.AssertShownOnceAndInOrder();
        passing.AssertShownOnceAndInOrder();
        keeping.AssertRecovered();
        passing.AssertRecovered();
        Proof.Report(
            $"{how}: refusals came within {keeping.Refused.Max(r => r.After).TotalSeconds:F2} s; {keeping.Figures()}"
        );
        // Another process, which has nothing in memory.
        await server.KillAsync();
        await using var next = await ServerProcess.StartAsync($"--Database:Postgres={postgres.ConnectionString}");
        await Crowd.AssertKeptAsync(next.Port, Crowd.Encrypted, keeping.Promises());
    }

    [Fact]
    public async Task What_was_acknowledged_on_PostgreSQL_outlives_kill_9_of_the_server()
    {
        var (rounds, chance) = (Proof.Of(2, 20), Proof.Chance());
        await using var postgres = await PostgresServer.CreateAsync();
        string[] settings = [$"--Database:Postgres={postgres.ConnectionString}", "--History:Count=10000000"];
        var (data, port) = (ServerProcess.NewFolder(), FreePort.Next());
        var server = await ServerProcess.StartOnAsync(data, port, settings);
        try
        {
            await using var crowd = new Crowd(20, Crowd.Encrypted, _ => port);
            await crowd.GatherAsync();
            crowd.Talk();
            for (var round = 0; round < rounds; round++)
            {
                await crowd.GoOnAsync(1 + chance.Below(Proof.Of(300, 600)));
                await server.KillAsync();
                await server.DisposeAsync();
                server = await ServerProcess.StartOnAsync(data, port, settings);
                await crowd.GatherAsync();
            }
            await crowd.SettleAsync();
            crowd.AssertShownOnceAndInOrder();
            crowd.AssertRecovered();
            await Crowd.AssertKeptAsync(port, Crowd.Encrypted, crowd.Promises());
            Proof.Report($"{rounds} kills; {crowd.Figures()}");
        }
        finally
        {
            await server.DisposeAsync();
            Directory.Delete(data, recursive: true);
        }
    }

    // Everybody has been refused, and others talk, for as long as it is away; the process says that it lives.
    private static async Task WhileAwayAsync(
        ServerProcess server,
        Crowd keeping,
        Crowd passing,
        int before,
        long away,
        TimeSpan outage
    )
    {
        await keeping.UntilAsync(
            () => keeping.Refused.Count() >= before + (2 * keeping.Peers.Count),
            "sends to be refused"
        );
        var first = keeping.Refused.Where(r => r.At >= away).Select(r => r.After).Order().ToList();
        Assert.InRange(first[first.Count * 9 / 10], TimeSpan.Zero, s_toldWithin);
        Assert.InRange(first[^1], TimeSpan.Zero, 2 * s_toldWithin);
        var acked = keeping.Acked;
        while (TimeProvider.System.GetElapsedTime(away) < outage)
        {
            await passing.GoOnAsync(20);
            Assert.StartsWith(
                "HTTP/1.1 200",
                await RawSocket.RequestAsync(
                    server.Port,
                    $"GET /livez HTTP/1.1\r\nHost: 127.0.0.1:{server.Port}\r\nConnection: close\r\n\r\n"
                ),
                StringComparison.Ordinal
            );
        }
        Assert.Equal(acked, keeping.Acked);
    }
}
