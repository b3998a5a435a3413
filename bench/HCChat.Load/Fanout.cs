using System.Diagnostics;

namespace HCChat.Load;

/// <summary>
/// Rooms of R members, texts of B bytes; deliveries per second of the server's CPU time, beside an ordinary Node gateway. Each block starts
/// fresh processes and runs peers in turns, so that a busy machine slows both alike.
/// </summary>
internal static class Fanout
{
    private const int Connections = 1_000;
    private const int Rounds = 3;
    private static readonly (int Room, int Bytes)[] s_blocks = [(10, 200), (100, 200), (1_000, 200), (100, 2_000)];

    /// <summary>Measures and prints.</summary>
    public static async Task RunAsync(Scratch scratch)
    {
        Console.WriteLine(
            $"{"block", -12}{"peer", -10}{"deliveries", 12}{"per CPU s", 12}{"wall per s", 12}{"KB/conn", 9}   lost"
        );
        foreach (var (room, bytes) in s_blocks)
        {
            var perCpu = new Dictionary<string, List<double>>();
            for (var round = 0; round < Rounds; round++)
            {
                foreach (
                    var start in new[]
                    {
                        () => Peer.StartHcchatAsync(scratch.Folder()),
                        (Func<Task<Peer>>)Peer.StartNodeAsync,
                    }
                )
                {
                    using var peer = await start();
                    var figure = await MeasureAsync(peer, room, bytes);
                    if (!perCpu.TryGetValue(peer.Name, out var figures))
                    {
                        perCpu[peer.Name] = figures = [];
                    }
                    figures.Add(figure);
                }
            }
            var (ours, theirs) = (Figures.Median(perCpu["hcchat"]), Figures.Median(perCpu["node ws"]));
            Console.WriteLine(
                $"R{room} B{bytes}: hcchat does {ours / theirs:F1} x node ws per CPU second (medians of {Rounds})"
            );
        }
    }

    private static async Task<double> MeasureAsync(Peer peer, int room, int bytes)
    {
        var idle = peer.Memory;
        long received = 0;
        var clients = new List<LoadClient>();
        for (var i = 0; i < Connections; i++)
        {
            clients.Add(
                await LoadClient.JoinAsync(
                    peer.Port,
                    $"room{i / room}",
                    $"n{i}",
                    () => Interlocked.Increment(ref received)
                )
            );
        }
        var memory = (peer.Memory - idle) / Connections / 1024.0;
        var senders = clients.Where((_, i) => i % room == 0).ToList();
        var text = new string('x', bytes);
        // About the same number of deliveries in every block, in windows that no queue overflows.
        var messages = 400_000 / Connections;
        const int window = 50;
        await SendAsync(senders, text, window);
        await WaitAsync(() => Interlocked.Read(ref received) >= (long)window * Connections);
        var (cpu, clock, before) = (peer.Cpu, Stopwatch.StartNew(), Interlocked.Read(ref received));
        for (var sent = 0; sent < messages; sent += window)
        {
            await SendAsync(senders, text, window);
            var expected = before + (long)(sent + window) * Connections;
            await WaitAsync(() => Interlocked.Read(ref received) >= expected);
        }
        var deliveries = Interlocked.Read(ref received) - before;
        var used = (peer.Cpu - cpu).TotalSeconds;
        clients.ForEach(c => c.Dispose());
        var lost = (long)messages * Connections - deliveries;
        var block = $"R{room} B{bytes}";
        Console.WriteLine(
            $"{block, -12}{peer.Name, -10}{deliveries, 12}{deliveries / used, 12:F0}{deliveries / clock.Elapsed.TotalSeconds, 12:F0}{memory, 9:F1}   {lost}"
        );
        return deliveries / used;
    }

    private static Task SendAsync(List<LoadClient> senders, string text, int count) =>
        Task.WhenAll(
            senders.Select(async sender =>
            {
                for (var i = 0; i < count; i++)
                {
                    await sender.SayAsync(text);
                }
            })
        );

    private static async Task WaitAsync(Func<bool> condition)
    {
        var patience = Stopwatch.StartNew();
        while (!condition())
        {
            if (patience.Elapsed > TimeSpan.FromSeconds(60))
            {
                throw new TimeoutException("Deliveries are missing.");
            }
            await Task.Yield();
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
    }
}
