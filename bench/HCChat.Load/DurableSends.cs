using System.Diagnostics;
using System.Text;

namespace HCChat.Load;

/// <summary>
/// Acknowledged durable sends per second: N clients with a window of W unacknowledged messages each, beside raw SQLite that commits rows of the
/// same bytes in groups of N × W to the same disk. They take short turns, for a disk that others use too changes from one moment to
/// the next. Afterwards the server is killed, and every acknowledged message must be found.
/// </summary>
internal static class DurableSends
{
    /// <summary>Writes that the server commits together at most.</summary>
    private const int MaxGroup = 512;

    private const int Rounds = 3;
    private const int Turns = 4;
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_turn = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    // One room a client, so that what is measured is the log and not the fan-out; the last one is a room of twenty.
    private static readonly (int Clients, int Window, int Rooms)[] s_blocks =
    [
        (1, 1, 1),
        (20, 1, 20),
        (50, 20, 50),
        (50, 40, 50),
        (20, 20, 1),
    ];

    /// <summary>Measures and prints.</summary>
    public static async Task RunAsync(Scratch scratch)
    {
        Figures.Head();
        foreach (var (clients, window, rooms) in s_blocks)
        {
            var group = Math.Min(clients * window, MaxGroup);
            var block = $"N{clients} W{window}{(rooms < clients ? " one room" : "")}";
            var (ours, theirs) = (new List<Turn>(), new List<Turn>());
            for (var round = 0; round < Rounds; round++)
            {
                var (our, their) = await RoundAsync(scratch, clients, window, rooms, group);
                ours.Add(our);
                theirs.Add(their);
            }
            Figures.Print(block, "hcchat", "acked/s", ours);
            Figures.Print($"  groups of {group}", "raw SQLite", "rows/s", theirs);
            Figures.Compare(block, "hcchat acknowledges", ours, theirs);
        }
    }

    private static async Task<(Turn Ours, Turn Theirs)> RoundAsync(
        Scratch scratch,
        int clients,
        int window,
        int rooms,
        int group
    )
    {
        var folder = scratch.Folder();
        var (ours, theirs, row) = (default(Turn), default(Turn), default(Row));
        var acknowledged = 0L;
        using (var peer = await Peer.StartHcchatAsync(folder))
        using (var raw = RawSqlite.Create(scratch.Folder()))
        {
            var joined = new List<LogClient>();
            for (var i = 0; i < clients; i++)
            {
                joined.Add(await LogClient.JoinAsync(peer.Port, $"room{i % rooms}", $"n{i}"));
            }
            acknowledged += (await SendAsync(peer, joined, window, s_warmUp)).Count;
            using (var written = RawSqlite.Open(folder))
            {
                row = written.Sample();
            }
            using var appends = new RawAppends(raw, row, group, rooms);
            appends.Append(s_warmUp / 2);
            for (var turn = 0; turn < Turns; turn++)
            {
                ours += await SendAsync(peer, joined, window, s_turn);
                theirs += appends.Append(s_turn);
            }
            joined.ForEach(c => c.Dispose());
        }
        acknowledged += ours.Count;
        using var left = RawSqlite.Open(folder);
        var lost = acknowledged - left.Count();
        Console.WriteLine(
            $"  {ours.PerSecond:F0} acknowledged/s, {theirs.PerSecond:F0} rows/s, frames of {Encoding.UTF8.GetByteCount(row.Frame)} bytes; {lost} of {acknowledged} lost by kill -9"
        );
        return lost == 0
            ? (ours, theirs)
            : throw new InvalidOperationException("What was acknowledged is not what is there.");
    }

    // From the first send to the last acknowledgement.
    private static async Task<Turn> SendAsync(Peer peer, List<LogClient> clients, int window, TimeSpan time)
    {
        var (acknowledged, clock) = (0L, Stopwatch.StartNew());
        var start = new Moment(Stopwatch.GetTimestamp(), 0, peer.Cpu);
        await Task.WhenAll(
                clients.Select(client =>
                    Task.Run(() =>
                        client.SendAsync(
                            window,
                            () => clock.Elapsed < time,
                            () => Interlocked.Increment(ref acknowledged)
                        )
                    )
                )
            )
            .WaitAsync(s_patience, TimeProvider.System);
        return start.To(new Moment(Stopwatch.GetTimestamp(), Interlocked.Read(ref acknowledged), peer.Cpu));
    }
}
