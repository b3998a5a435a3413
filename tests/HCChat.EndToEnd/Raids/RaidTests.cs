using HCChat.EndToEnd.Harness;

namespace HCChat.EndToEnd.Raids;

/// <summary>A raid on one room is nobody else's concern, and leaves nothing behind.</summary>
public sealed class RaidTests
{
    private const int Addresses = 8;
    private const int Each = 125;
    private const int Raiders = Addresses * Each;
    private const int Rounds = 4;
    private const long AllowedKiB = 50 * 1024;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task A_thousand_raiders_take_nothing_from_the_members_of_other_rooms_and_no_memory_for_good()
    {
        await using var server = await ServerProcess.StartLimitedAsync();
        var neighbours = new List<Neighbour>();
        try
        {
            foreach (var room in new[] { "north", "south", "east" })
            {
                for (var i = 0; i < 4; i++)
                {
                    neighbours.Add(await Neighbour.EnterAsync(server.Port, room, $"{room}{i}"));
                }
            }
            await TalkAsync(neighbours);
            var before = await server.SettledRssKiBAsync();
            using (var horde = new Horde(server.Port, Addresses, Each))
            {
                var charge = horde.ChargeAsync();
                // A round whenever another part of them has come or has flooded: far below the pace that members may have.
                foreach (var part in Enumerable.Range(1, Rounds))
                {
                    await UntilAsync(charge, () => horde.Come >= Raiders * part / Rounds, "raiders to come");
                    await TalkAsync(neighbours);
                }
                foreach (var part in Enumerable.Range(1, Rounds))
                {
                    await UntilAsync(charge, () => horde.Flooded >= Raiders * part / Rounds, "raiders to flood");
                    await TalkAsync(neighbours);
                }
                await charge;
                await Wait.UntilAsync(() => horde.CutOff > 0, "somebody to be thrown out", s_patience);
            }
            await AssertAllHeardAsync(neighbours);
            await Wait.UntilAsync(
                () => server.RssAnonKiB - before < AllowedKiB,
                $"the memory to return to {before + AllowedKiB} KiB",
                s_patience
            );
            await TalkAsync(neighbours);
            await AssertAllHeardAsync(neighbours);
        }
        finally
        {
            neighbours.ForEach(n => n.Dispose());
        }
    }

    private static Task UntilAsync(Task charge, Func<bool> state, string what) =>
        Wait.UntilAsync(() => charge.IsFaulted || state(), what, s_patience);

    private static Task TalkAsync(IEnumerable<Neighbour> neighbours) =>
        Task.WhenAll(neighbours.Select(n => n.SayAsync()));

    // Everybody has heard the same, all of it, in order, and nobody was refused anything.
    private static async Task AssertAllHeardAsync(IReadOnlyList<Neighbour> neighbours)
    {
        foreach (var room in neighbours.GroupBy(n => n.Room))
        {
            var said = room.Sum(n => n.Said);
            foreach (var neighbour in room)
            {
                await neighbour.UntilAsync(() => neighbour.Heard.Count >= said, $"{neighbour.Nick} to hear everything");
            }
            var all = room.First().Heard;
            Assert.Equal(Enumerable.Range(1, said).Select(n => (long)n), all.Select(h => h.Seq));
            Assert.Equal(said, all.Select(h => h.Text).Distinct().Count());
            Assert.All(room, n => Assert.Equal(all, n.Heard));
        }
    }
}
