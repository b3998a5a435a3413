using System.Diagnostics;
using System.Text;

namespace HCChat.Load;

/// <summary>
/// Acknowledged durable sends per second: N clients with a window of W unacknowledged messages each, beside raw SQLite that commits rows of the
/// same bytes in groups of N × W to the same disk. Afterwards the server is killed, and every acknowledged message must be found.
/// </summary>
internal static class DurableSends
{
    /// <summary>Writes that the server commits together at most.</summary>
    private const int MaxGroup = 512;

    private const int Rounds = 3;
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    // One room a client, so that what is measured is the log and not the fan-out; the last one is a room of twenty.
    private static readonly (int Clients, int Window, int Rooms)[] s_blocks =
    [
        (1, 1, 1),
        (20, 1, 20),
        (20, 20, 20),
        (50, 20, 50),
        (20, 20, 1),
    ];

    /// <summary>Measures and prints.</summary>
    public static async Task RunAsync(Scratch scratch)
    {
        foreach (var (clients, window, rooms) in s_blocks)
        {
            var group = Math.Min(clients * window, MaxGroup);
            var block = $"N{clients} W{window}{(rooms < clients ? " one room" : "")}";
            var (ours, theirs) = (new List<Turn>(), new List<Turn>());
            for (var round = 0; round < Rounds; round++)
            {
                var (turn, row) = await SendAsync(scratch.Folder(), clients, window, rooms);
                ours.Add(turn);
                using var raw = RawSqlite.Create(scratch.Folder());
                theirs.Add(raw.Append(row, group, rooms, s_warmUp, s_time));
            }
            Figures.Print(block, "hcchat", "acked/s", ours);
            Figures.Print($"  groups of {group}", "raw SQLite", "rows/s", theirs);
            Figures.Compare(block, "hcchat acknowledges", ours, theirs);
        }
    }

    private static async Task<(Turn Turn, Row Row)> SendAsync(string folder, int clients, int window, int rooms)
    {
        var (acknowledged, stop) = (0L, 0);
        Turn turn;
        using (var peer = await Peer.StartHcchatAsync(folder))
        {
            var joined = new List<LogClient>();
            for (var i = 0; i < clients; i++)
            {
                joined.Add(await LogClient.JoinAsync(peer.Port, $"room{i % rooms}", $"n{i}"));
            }
            var sending = Task.WhenAll(
                joined.Select(client =>
                    Task.Run(() =>
                        client.SendAsync(
                            window,
                            () => Volatile.Read(ref stop) == 0,
                            () => Interlocked.Increment(ref acknowledged)
                        )
                    )
                )
            );
            Moment Now() => new(Stopwatch.GetTimestamp(), Interlocked.Read(ref acknowledged), peer.Cpu);
            await Task.WhenAny(sending, Task.Delay(s_warmUp, TimeProvider.System));
            var start = Now();
            await Task.WhenAny(sending, Task.Delay(s_time, TimeProvider.System));
            turn = Figures.Between(start, Now());
            Volatile.Write(ref stop, 1);
            await sending.WaitAsync(s_patience, TimeProvider.System);
            joined.ForEach(c => c.Dispose());
        }
        using var left = RawSqlite.Open(folder);
        var kept = left.Count();
        var row = left.Sample();
        Console.WriteLine(
            $"  {acknowledged} acknowledged, {acknowledged - kept} lost by kill -9, frames of {Encoding.UTF8.GetByteCount(row.Frame)} bytes, {turn.PerSecond:F0}/s"
        );
        return acknowledged == kept
            ? (turn, row)
            : throw new InvalidOperationException("What was acknowledged is not what is there.");
    }
}
