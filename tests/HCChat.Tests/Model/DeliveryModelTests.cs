using System.Globalization;

namespace HCChat.Tests.Model;

/// <summary>
/// The promises of delivery against random histories: several clients send, lose connections, come back, repeat themselves, while the server restarts and
/// crashes. The model is a few lines: what was acknowledged as durable is there once, at its place, for everybody, in one order.
/// </summary>
public sealed class DeliveryModelTests
{
    private const int Steps = 60;
    private const string Channel = "model";

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    [InlineData(4, false)]
    [InlineData(5, false)]
    [InlineData(6, false)]
    public Task Every_history_keeps_the_promises(int seed, bool allKept) => PlayAsync(new Dice(seed), allKept);

    [Fact]
    public Task A_history_that_nobody_has_seen_before_keeps_them_too() =>
        PlayAsync(new Dice(Environment.TickCount), allKept: true);

    private static async Task PlayAsync(Dice dice, bool allKept)
    {
        await using var server = await RunningServer.StartAsync("--Limits:RateLimit=false");
        ModelPeer[] peers = [.. Enumerable.Range(0, 4).Select(i => new ModelPeer(server, Channel, $"peer{i}"))];
        var log = new List<string> { $"seed {dice.Seed}" };
        try
        {
            foreach (var peer in peers)
            {
                await peer.ConnectAsync();
            }
            // An epoch is worth nothing before it has an event.
            await peers[0].SayAsync("kept-first-000000", ModelPeer.TextOf("kept-first-000000"));
            await SettleAsync(peers);
            var lossy = 0;
            for (var step = 0; step < Steps; step++)
            {
                lossy += await StepAsync(dice, server, peers, allKept, step, log);
            }
            await SettleAsync(peers);
            await CheckAsync(peers, allKept, lossy);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new Xunit.Sdk.XunitException(string.Join('\n', log.Append(e.Message)), e);
        }
        finally
        {
            foreach (var peer in peers)
            {
                await peer.DropAsync();
            }
        }
    }

    // One random thing. Gives how often it may have cost something that only memory had.
    private static async Task<int> StepAsync(
        Dice dice,
        RunningServer server,
        ModelPeer[] peers,
        bool allKept,
        int step,
        List<string> log
    )
    {
        var who = dice.Next(peers.Length);
        var peer = peers[who];
        var what = dice.Next(100);
        log.Add(string.Create(CultureInfo.InvariantCulture, $"{step}: {what} by {who}"));
        switch (what)
        {
            case < 50:
                var kind = allKept || dice.Next(3) > 0 ? "kept" : "free";
                var mid = string.Create(CultureInfo.InvariantCulture, $"{kind}-{who}-{step:D10}");
                await peer.SayAsync(mid, ModelPeer.TextOf(mid));
                break;
            case < 65:
                await peer.ReadAsync();
                break;
            case < 75:
                await peer.DropAsync();
                break;
            case < 90 when !peer.IsConnected:
                await peer.ConnectAsync();
                break;
            case < 94:
                var answered = peer.Promised.Keys.Where(IsKept).ToList();
                await peer.RepeatAsync(answered.Count > 0 ? answered[dice.Next(answered.Count)] : null);
                break;
            case < 97:
                await server.RestartAsync();
                return 1;
            default:
                await server.CrashAsync();
                return 1;
        }
        return 0;
    }

    // Everybody comes back and stays until everything said is answered and everything that happened is known.
    private static async Task SettleAsync(ModelPeer[] peers)
    {
        for (var round = 0; round < 2 || peers.Any(p => !p.IsSettled); round++)
        {
            Assert.True(round < 20, "Something said is never answered.");
            foreach (var peer in peers)
            {
                if (!peer.IsConnected)
                {
                    await peer.ConnectAsync();
                }
                await peer.RepeatAsync(null);
                await peer.ReadAsync();
                await peer.ReadAsync();
            }
        }
    }

    private static async Task CheckAsync(ModelPeer[] peers, bool allKept, int lossy)
    {
        var history = await peers[0].HistoryAsync();
        Assert.DoesNotContain(history.GroupBy(e => (e.Epoch, e.Seq)), g => g.Count() > 1);
        Assert.DoesNotContain(history.GroupBy(e => e.Mid), g => g.Count() > 1);
        foreach (var peer in peers)
        {
            Assert.Equal(history, await peer.HistoryAsync());
            foreach (var (mid, place) in peer.Promised.Where(p => p.Value.Durable))
            {
                Assert.Contains((place.Epoch, place.Seq, mid), history);
            }
            Assert.Equal(peer.Shown.Count, peer.Shown.Distinct().Count());
            // What only memory had, unanswered, may be said again after a crash.
            Assert.DoesNotContain(peer.Shown.Where(e => IsKept(e.Mid)).GroupBy(e => e.Mid), g => g.Count() > 1);
            foreach (var epoch in peer.Shown.GroupBy(e => e.Epoch))
            {
                var seqs = epoch.Select(e => e.Seq).ToList();
                Assert.Equal(seqs.Order(), seqs);
                // What others say was there at that number is what was shown.
                Assert.All(
                    epoch,
                    e => Assert.All(history.Where(h => h.Epoch == e.Epoch && h.Seq == e.Seq), h => Assert.Equal(h, e))
                );
            }
            if (allKept)
            {
                // Nothing was ever lost, and nothing was missed by those who were there from the beginning.
                Assert.Equal(0, peer.Gaps);
                Assert.Equal(history, peer.Shown);
            }
            Assert.True(lossy > 0 || peer.Gaps == 0, "A loss was told, and there was no cause for one.");
        }
    }

    private static bool IsKept(string mid) => mid.StartsWith("kept", StringComparison.Ordinal);

    /// <summary>Random numbers that a seed repeats.</summary>
    private sealed class Dice(int seed)
    {
        private ulong _state = (ulong)seed * 0x9E3779B97F4A7C15;

        public int Seed => seed;

        // SplitMix64.
        public int Next(int below)
        {
            _state += 0x9E3779B97F4A7C15;
            var z = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return (int)((z ^ (z >> 31)) % (ulong)below);
        }
    }
}
