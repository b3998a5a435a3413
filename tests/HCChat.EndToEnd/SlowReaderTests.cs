using System.Collections.Concurrent;
using System.Globalization;
using HCChat.EndToEnd.Harness;

namespace HCChat.EndToEnd;

/// <summary>Readers that stop reading are cut; the others do not notice, and memory stays bounded.</summary>
public sealed class SlowReaderTests
{
    private const int Readers = 20,
        Sleepers = 10,
        Messages = 800,
        MessageBytes = 8 * 1024,
        Window = 4;

    /// <summary>The message at which the sleepers read again: twice what a queue holds has been sent, so all are cut by then.</summary>
    private const int Awakening = 2 * 1024 * 1024 / MessageBytes;

    [Fact]
    public async Task Ten_of_thirty_who_stop_reading_are_cut_while_the_others_get_16000_deliveries_in_order()
    {
        await using var server = await ServerProcess.StartAsync();
        var sockets = new List<RawSocket>();
        try
        {
            for (var i = 0; i < Readers; i++)
            {
                sockets.Add(await JoinAsync(await RawSocket.OpenAsync(server.Port), $"reader{i}", ours: i % 2 == 0));
            }
            var sleepers = new List<RawSocket>();
            for (var i = 0; i < Sleepers; i++)
            {
                var socket = await RawSocket.OpenAsync(server.Port, receiveBuffer: 4096);
                sockets.Add(socket);
                sleepers.Add(await JoinAsync(socket, $"sleeper{i}", ours: i % 2 == 0));
            }
            var idle = await server.SettledRssKiBAsync();
            var cut = new ConcurrentDictionary<string, byte>();
            Task<int>[] ends = [];
            using var echoes = new SemaphoreSlim(Window);
            var reading = sockets.Take(Readers).Select((s, i) => ReadAsync(s, cut, i == 0 ? echoes : null)).ToArray();
            var peak = 0L;
            var text = new string('x', MessageBytes);
            for (var i = 0; i < Messages; i++)
            {
                Assert.True(await echoes.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
                await sockets[0]
                    .SendTextAsync(
                        $$"""{"cmd":"chat","channel":"room","text":"{{i:D5}}{{text}}","mid":"message-{{i:D16}}"}"""
                    );
                if (i == Awakening)
                {
                    ends = [.. sleepers.Select(EndOfAsync)];
                }
                peak = i % 20 == 0 ? Math.Max(peak, server.RssAnonKiB) : peak;
            }
            await Task.WhenAll(reading);
            Assert.Equal(Sleepers, cut.Count);
            Assert.InRange(peak - idle, long.MinValue, 64 * 1024);
            Assert.Equal(Enumerable.Range(0, Sleepers).Select(i => i % 2 == 0 ? 4008 : 1013), await Task.WhenAll(ends));
        }
        finally
        {
            sockets.ForEach(s => s.Dispose());
        }
    }

    private static Task<RawSocket> JoinAsync(RawSocket socket, string nick, bool ours) =>
        ours ? socket.JoinOursAsync("room", nick) : socket.JoinAsync("room", nick);

    // Takes every message, in order and once, and notes who has left.
    private static async Task ReadAsync(RawSocket socket, ConcurrentDictionary<string, byte> cut, SemaphoreSlim? echoes)
    {
        var next = 0;
        while (next < Messages || cut.Count < Sleepers)
        {
            var frame = await socket.ReceiveJsonAsync(TimeSpan.FromSeconds(30));
            if (RawSocket.Cmd(frame) == "onlineRemove")
            {
                cut.TryAdd((string)frame["nick"]!, 0);
            }
            else if (RawSocket.Cmd(frame) == "chat")
            {
                Assert.Equal(next, int.Parse(((string)frame["text"]!)[..5], CultureInfo.InvariantCulture));
                next++;
                echoes?.Release();
            }
        }
    }

    // What lies in the way was sent before the cut; the close frame comes behind it.
    private static async Task<int> EndOfAsync(RawSocket socket)
    {
        while (await socket.ReceiveAsync() is { } frame)
        {
            if (frame.Opcode == Frame.Close)
            {
                return RawSocket.CodeOf(frame);
            }
        }
        return RawSocket.NoCloseFrame;
    }
}
