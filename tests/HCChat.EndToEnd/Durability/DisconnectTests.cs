using HCChat.EndToEnd.Harness;

namespace HCChat.EndToEnd.Durability;

/// <summary>Connections that break in the middle, of clients that come back with their token and their positions.</summary>
[Collection(Proof.Collection)]
public sealed class DisconnectTests
{
    private const int Clients = 20;

    /// <summary>A room that keeps nothing remembers its newest 256 events: nobody may fall further behind, or would rightly be told of a gap.</summary>
    private const int Remembered = 256;

    private static readonly string[] s_rooms = ["sealed-a", "plain-a", "sealed-b", "plain-b"];

    [Fact]
    public async Task Whoever_loses_the_connection_is_given_all_that_was_missed_in_order_and_shown_nothing_twice()
    {
        var (wanted, chance) = (Proof.Of(100, 1_000), Proof.Chance());
        await using var server = await ServerProcess.StartAsync("--History:Count=10000000");
        var proxies = Enumerable.Range(0, Clients).Select(_ => new CuttingProxy(server.Port)).ToList();
        try
        {
            // Each in one room whose events are kept and one that has them in memory only.
            await using var crowd = new Crowd(Clients, s_rooms, i => proxies[i].Port);
            await crowd.GatherAsync();
            HoldBack(crowd);
            crowd.Talk();
            var cuts = 0;
            while (cuts < wanted)
            {
                await crowd.GoOnAsync(1 + chance.Below(60));
                var before = crowd.Peers.Sum(p => p.Losses);
                var now = Math.Min(wanted - cuts, 1 + chance.Below(6));
                foreach (var victim in Victims(chance, now))
                {
                    if (chance.Below(2) == 0)
                    {
                        crowd.Peers[victim].Cut();
                    }
                    else
                    {
                        proxies[victim].Cut();
                    }
                }
                cuts += now;
                await crowd.UntilAsync(
                    () => crowd.Peers.Sum(p => p.Losses) >= before + now && crowd.Peers.All(p => p.IsHere),
                    "everybody to be back"
                );
            }
            await crowd.SettleAsync();
            Proof.Report($"{cuts} cuts; {crowd.Figures()}");
            crowd.AssertShownOnceAndInOrder();
            crowd.AssertRecovered();
            AssertShownWhatWasAcknowledged(crowd);
            await Crowd.AssertKeptAsync(
                server.Port,
                [.. s_rooms.Where(r => !Wanted.IsPlain(r))],
                [.. crowd.Promises().Where(p => !Wanted.IsPlain(p.Room))]
            );
        }
        finally
        {
            foreach (var proxy in proxies)
            {
                await proxy.DisposeAsync();
            }
        }
    }

    // Under the limit by as much as everybody else may have under way already.
    private static void HoldBack(Crowd crowd)
    {
        const int limit = Remembered - (2 * Clients) - 10;
        foreach (var peer in crowd.Peers)
        {
            peer.MaySend = room =>
                !Wanted.IsPlain(room)
                || peer.Books[room].Position - crowd.Members(room).Min(p => p.Books[room].Position) < limit;
        }
    }

    private static List<int> Victims(Seeded chance, int count)
    {
        var all = Enumerable.Range(0, Clients).ToList();
        while (all.Count > count)
        {
            all.RemoveAt(chance.Below(all.Count));
        }
        return all;
    }

    // Everybody was in the rooms from the first message on.
    private static void AssertShownWhatWasAcknowledged(Crowd crowd)
    {
        foreach (var room in crowd.Promises().GroupBy(p => p.Room))
        {
            foreach (var member in crowd.Members(room.Key))
            {
                var shown = member.Books[room.Key].Shown.ToDictionary(e => e.Mid);
                Assert.All(
                    room,
                    p =>
                        Assert.Equal(
                            new Event(p.Epoch, p.Seq, p.Mid, Wanted.TextOf(room.Key, p.Mid)),
                            shown.GetValueOrDefault(p.Mid)
                        )
                );
            }
        }
    }
}
