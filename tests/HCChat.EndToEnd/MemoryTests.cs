using System.Net.Sockets;
using HCChat.EndToEnd.Harness;

namespace HCChat.EndToEnd;

/// <summary>Whatever one peer sends, it adds no more than 1.5 MiB of resident memory.</summary>
public sealed class MemoryTests
{
    private const long AllowedKiB = 1536;
    private const long Megabyte = 1024 * 1024;

    public static TheoryData<string> Hostilities =>
        [
            "one frame before a join",
            "one frame of a member",
            "endless fragments before a join",
            "endless fragments of a member",
        ];

    [Theory]
    [MemberData(nameof(Hostilities))]
    public async Task Three_hundred_megabytes_of_one_message_add_next_to_nothing(string what)
    {
        await using var server = await ServerProcess.StartSteadyAsync();
        using var watch = await (await RawSocket.OpenAsync(server.Port)).JoinAsync("room", "watch");
        for (var i = 0; i < 20; i++)
        {
            await AttackAsync(server, what, 8 * Megabyte);
            for (var j = 0; j < 50; j++)
            {
                await watch.SendTextAsync($$"""{"cmd":"chat","text":"{{new string('w', 8192)}}"}""");
            }
            await watch.FenceAsync();
        }
        var before = await server.SettledRssKiBAsync();
        await AttackAsync(server, what, 300 * Megabyte);
        var after = await server.SettledRssKiBAsync();
        Assert.InRange(after - before, long.MinValue, AllowedKiB);
        await watch.FenceAsync();
    }

    private static async Task AttackAsync(ServerProcess server, string what, long bytes)
    {
        using var socket = await RawSocket.OpenAsync(server.Port);
        if (what.EndsWith("member", StringComparison.Ordinal))
        {
            await socket.JoinAsync("room", "bad");
        }
        var ending = socket.CloseCodeAsync(TimeSpan.FromSeconds(60));
        try
        {
            if (what.StartsWith("one frame", StringComparison.Ordinal))
            {
                await socket.SendAsync(Frame.Of(Frame.Binary, [], declared: (ulong)bytes));
                var piece = new byte[Megabyte];
                for (var sent = 0L; sent < bytes; sent += piece.Length)
                {
                    await socket.SendAsync(piece);
                }
            }
            else
            {
                var fragment = Frame.Of(Frame.Binary, new byte[32 * 1024], fin: false);
                var more = Frame.Of(Frame.Continuation, new byte[32 * 1024], fin: false);
                await socket.SendAsync(fragment);
                for (var sent = 0L; sent < bytes; sent += 32 * 1024)
                {
                    await socket.SendAsync(more);
                }
            }
        }
        catch (SocketException)
        {
            // The server has had enough, which is what it should have.
        }
        var code = await ending;
        Assert.True(code is 1009 or 1002, $"closed with {code}");
    }
}
