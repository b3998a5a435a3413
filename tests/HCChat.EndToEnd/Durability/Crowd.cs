using HCChat.EndToEnd.Harness;

namespace HCChat.EndToEnd.Durability;

/// <summary>Peers that send into a few rooms all the time, and what must be true of all that they were promised and shown.</summary>
internal sealed class Crowd : IAsyncDisposable
{
    /// <summary>Rooms whose messages are envelopes: kept by default.</summary>
    public static readonly string[] Encrypted = ["sealed-a", "sealed-b", "sealed-c", "sealed-d"];

    private readonly string[] _rooms;

    /// <param name="size">How many peers.</param>
    /// <param name="rooms">All rooms.</param>
    /// <param name="port">Where peer number n finds the server.</param>
    /// <param name="each">In how many of the rooms each peer is.</param>
    /// <param name="nick">What their nicks begin with.</param>
    public Crowd(int size, string[] rooms, Func<int, int> port, int each = 2, string nick = "peer")
    {
        _rooms = rooms;
        Peers =
        [
            .. Enumerable
                .Range(0, size)
                .Select(i => new Peer(
                    () => port(i),
                    $"{nick}{i}",
                    [.. Enumerable.Range(i, each).Select(r => rooms[r % rooms.Length])]
                )),
        ];
    }

    public IReadOnlyList<Peer> Peers { get; }

    /// <summary>How many messages were acknowledged.</summary>
    public int Acked => Peers.Sum(p => p.Acked.Count);

    public IEnumerable<Refusal> Refused => Peers.SelectMany(p => p.Refused);

    /// <summary>Waits for a condition, as long as no peer has failed.</summary>
    public Task UntilAsync(Func<bool> condition, string what, TimeSpan? limit = null) =>
        Wait.UntilAsync(
            () =>
            {
                foreach (var peer in Peers)
                {
                    peer.Check();
                }
                return condition();
            },
            what,
            limit ?? Proof.Patience
        );

    /// <summary>Waits until everybody is in all rooms and has caught up.</summary>
    public Task GatherAsync() => UntilAsync(() => Peers.All(p => p.IsHere), "everybody to be there");

    /// <summary>Everybody begins to send.</summary>
    public void Talk(int window = 2)
    {
        foreach (var peer in Peers)
        {
            peer.Window = window;
        }
    }

    /// <summary>Waits until so many more messages are acknowledged.</summary>
    public Task GoOnAsync(int more)
    {
        var from = Acked;
        return UntilAsync(() => Acked >= from + more, $"{more} more acknowledgements");
    }

    /// <summary>Nobody sends anything new; waits until everything is acknowledged and everybody has been shown the same.</summary>
    public async Task SettleAsync()
    {
        Talk(0);
        await UntilAsync(() => Peers.All(p => p.IsHere && p.Open == 0), "everything to be acknowledged");
        await UntilAsync(
            () => _rooms.All(r => Members(r).Select(p => p.Books[r].Position).Distinct().Count() <= 1),
            "everybody to have been shown everything"
        );
    }

    /// <summary>Those who are in a room.</summary>
    public IEnumerable<Peer> Members(string room) => Peers.Where(p => p.Books.ContainsKey(room));

    /// <summary>What the peers themselves can tell: nobody was shown a thing twice, in another order, or with a silent gap, and no message has two places.</summary>
    public void AssertShownOnceAndInOrder()
    {
        foreach (var room in _rooms)
        {
            var all = Members(room).Select(p => p.Books[room].Shown).MaxBy(s => s.Count)!;
            AssertNumbered(room, all);
            Assert.All(
                Members(room),
                peer =>
                {
                    var (book, shown) = (peer.Books[room], peer.Books[room].Shown);
                    Assert.True(book.Missing == 0, $"{peer.Nick} has a gap of {book.Missing} in {room}");
                    Assert.True(
                        shown.SequenceEqual(all.Skip(all.Count - shown.Count)),
                        $"{peer.Nick} was shown something else than others in {room}"
                    );
                }
            );
        }
        Assert.All(Peers, p => Assert.Equal(0, p.Contradicted));
    }

    /// <summary>Nobody's list was broken: each came back with its token and went on where it was.</summary>
    public void AssertRecovered()
    {
        Assert.All(Peers, p => Assert.Equal(p.Returns.Tried, p.Returns.Restored));
        Assert.All(Peers.SelectMany(p => p.Books.Values), b => Assert.Equal((0, 0), (b.Unrecovered, b.NewEpochs)));
    }

    /// <summary>What the server has against what was promised before: all of it, in its place, whole; every number once and every message once.</summary>
    /// <param name="port">The server.</param>
    /// <param name="promised">The acknowledgements that count.</param>
    public static async Task AssertKeptAsync(int port, string[] rooms, IReadOnlyCollection<Promise> promised)
    {
        foreach (var room in rooms)
        {
            var kept = await History.ReadAsync(port, room);
            foreach (var epoch in kept.GroupBy(e => e.Epoch))
            {
                AssertNumbered(room, [.. epoch]);
                Assert.Equal(1, epoch.First().Seq);
            }
            Assert.Equal(kept.Count, kept.Select(e => e.Mid).Distinct().Count());
            var byMid = kept.ToDictionary(e => e.Mid);
            var lost = promised.Where(p => p.Room == room && p.Durable && !byMid.ContainsKey(p.Mid)).ToList();
            Assert.True(
                lost.Count == 0,
                $"{lost.Count} acknowledged messages of {room} are lost: {lost.FirstOrDefault()}"
            );
            foreach (var promise in promised.Where(p => p.Room == room))
            {
                Assert.True(promise.Durable, "an envelope is acknowledged as durable");
                var expected = new Event(
                    promise.Epoch,
                    promise.Seq,
                    promise.Mid,
                    Wanted.TextOf(promise.Room, promise.Mid)
                );
                Assert.Equal(expected, byMid[promise.Mid]);
            }
        }
    }

    /// <summary>All acknowledgements so far.</summary>
    public IReadOnlyCollection<Promise> Promises() => [.. Peers.SelectMany(p => p.Acked.Values)];

    /// <summary>Figures for the reader.</summary>
    public string Figures() =>
        $"{Peers.Count} clients, {Acked} acknowledged, {Refused.Count()} refused for now, {Peers.Sum(p => p.Losses)} connections lost, "
        + $"{Peers.SelectMany(p => p.Books.Values).Sum(b => b.Replayed)} events replayed";

    public async ValueTask DisposeAsync()
    {
        foreach (var peer in Peers)
        {
            await peer.DisposeAsync();
        }
    }

    private static void AssertNumbered(string room, IReadOnlyList<Event> events)
    {
        for (var i = 1; i < events.Count; i++)
        {
            Assert.True(
                events[i].Seq == events[i - 1].Seq + 1 && events[i].Epoch == events[i - 1].Epoch,
                $"{events[i]} follows {events[i - 1]} in {room}"
            );
        }
        Assert.Equal(events.Count, events.Select(e => e.Mid).Distinct().Count());
    }
}
