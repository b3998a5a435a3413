using HCChat.EndToEnd.Harness;

namespace HCChat.EndToEnd;

/// <summary>Peers that fall silent, nicks that outlive them, and a server that is asked to go.</summary>
public sealed class LifecycleTests
{
    [Fact]
    public async Task A_silent_peer_is_removed_within_45_seconds_and_a_quiet_one_that_answers_pings_is_not()
    {
        await using var server = await ServerProcess.StartAsync();
        using var watch = await (await RawSocket.OpenAsync(server.Port)).JoinAsync("room", "watch");
        using var quiet = await (await RawSocket.OpenAsync(server.Port)).JoinAppAsync("room", "quiet");
        using var silent = await (await RawSocket.OpenAsync(server.Port)).JoinOursAsync("room", "silent");
        silent.AnswersPings = false;
        var from = TimeProvider.System.GetTimestamp();
        var answering = quiet.UntilAsync(f => (string?)f["type"] == "user_left", TimeSpan.FromSeconds(60));
        var left = await watch.UntilAsync(f => RawSocket.Cmd(f) == "onlineRemove", TimeSpan.FromSeconds(60));
        var took = TimeProvider.System.GetElapsedTime(from);
        Assert.Equal("silent", (string?)left["nick"]);
        Assert.Equal("silent", (string?)(await answering)["nick"]);
        Assert.InRange(took, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(45));
    }

    [Fact]
    public async Task The_nick_of_a_ghost_is_given_after_a_probe_of_3_seconds()
    {
        await using var server = await ServerProcess.StartAsync();
        using var watch = await (await RawSocket.OpenAsync(server.Port)).JoinAsync("room", "watch");
        using var ghost = await (await RawSocket.OpenAsync(server.Port)).JoinAsync("room", "ann");
        ghost.AnswersPings = false;
        using var young = await RawSocket.OpenAsync(server.Port);
        var from = TimeProvider.System.GetTimestamp();
        await young.JoinAsync("room", "Ann");
        Assert.InRange(TimeProvider.System.GetElapsedTime(from), TimeSpan.FromSeconds(2.5), TimeSpan.FromSeconds(10));
        await watch.UntilAsync(f => RawSocket.Cmd(f) == "onlineRemove" && (string?)f["nick"] == "ann");
        await watch.UntilAsync(f => RawSocket.Cmd(f) == "onlineAdd" && (string?)f["nick"] == "Ann");
    }

    [Fact]
    public async Task The_nick_of_one_who_answers_the_probe_is_refused()
    {
        await using var server = await ServerProcess.StartAsync();
        using var holder = await (await RawSocket.OpenAsync(server.Port)).JoinAsync("room", "ann");
        var alive = holder.UntilAsync(f => RawSocket.Cmd(f) == "chat");
        using var young = await RawSocket.OpenAsync(server.Port);
        await young.SendJsonAsync(
            new
            {
                cmd = "join",
                channel = "room",
                nick = "ann",
            }
        );
        Assert.Equal(34, (int?)(await young.ReceiveJsonAsync())["id"]);
        await young.JoinAsync("room", "bob");
        await young.SendJsonAsync(new { cmd = "chat", text = "hi" });
        await alive;
    }

    [Fact]
    public async Task SIGTERM_closes_500_clients_of_all_families_each_in_its_way_and_ends_within_10_seconds()
    {
        await using var server = await ServerProcess.StartAsync();
        var peers = new List<(RawSocket Socket, bool Ours)>();
        try
        {
            for (var i = 0; i < 500; i++)
            {
                var socket = await RawSocket.OpenAsync(server.Port);
                var (room, nick) = ($"room{i % 10}", $"n{i}");
                await (
                    (i % 3) switch
                    {
                        0 => socket.JoinAsync(room, nick),
                        1 => socket.JoinAppAsync(room, nick),
                        _ => socket.JoinOursAsync(room, nick),
                    }
                );
                peers.Add((socket, i % 3 == 2));
            }
            var ends = peers.Select(p => EndAsync(p.Socket)).ToArray();
            var (exitCode, took) = await server.TerminateAsync();
            Assert.Equal(0, exitCode);
            Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(10));
            foreach (var (end, (_, ours)) in (await Task.WhenAll(ends)).Zip(peers))
            {
                Assert.Equal((ours ? 1012 : 1001, ours), end);
            }
        }
        finally
        {
            peers.ForEach(p => p.Socket.Dispose());
        }
    }

    [Fact]
    public async Task SIGTERM_twice_is_safe()
    {
        await using var server = await ServerProcess.StartAsync();
        using var socket = await (await RawSocket.OpenAsync(server.Port)).JoinAsync("room", "ann");
        var first = server.TerminateAsync();
        var second = server.TerminateAsync();
        Assert.Equal(0, (await first).ExitCode);
        Assert.Equal(0, (await second).ExitCode);
        Assert.Equal(1001, await socket.CloseCodeAsync());
    }

    // How the connection ended, and whether a `reconnect` with its time came before.
    private static async Task<(int Code, bool Invited)> EndAsync(RawSocket socket)
    {
        var invited = false;
        while (await socket.ReceiveAsync(TimeSpan.FromSeconds(60)) is { } frame)
        {
            if (frame.Opcode == Frame.Close)
            {
                await socket.SendAsync(Frame.OfClose(RawSocket.CodeOf(frame)));
                return (RawSocket.CodeOf(frame), invited);
            }
            invited |=
                frame.Opcode == Frame.Text
                && frame.Text.Contains("\"reconnect\"", StringComparison.Ordinal)
                && frame.Text.Contains("\"afterMs\":", StringComparison.Ordinal);
        }
        return (RawSocket.NoCloseFrame, invited);
    }
}
