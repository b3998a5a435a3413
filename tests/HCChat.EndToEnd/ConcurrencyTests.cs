using System.Net;
using System.Text.Json.Nodes;
using HCChat.EndToEnd.Harness;

namespace HCChat.EndToEnd;

/// <summary>What holds although many do it at once.</summary>
public sealed class ConcurrencyTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Of_fifty_who_want_one_nick_at_once_one_gets_it()
    {
        var room = Guid.NewGuid().ToString();
        var sockets = await OpenAsync(50);
        var answers = await Task.WhenAll(
            sockets.Select(async s =>
            {
                await s.SendJsonAsync(
                    new
                    {
                        cmd = "join",
                        channel = room,
                        nick = "ann",
                    }
                );
                return await AnswerAsync(s);
            })
        );
        Assert.Single(answers, a => RawSocket.Cmd(a) == "onlineSet");
        Assert.Equal(49, answers.Count(a => (int?)a["id"] == 34));
        sockets.ForEach(s => s.Dispose());
    }

    [Fact]
    public async Task Fifty_apps_that_want_one_nick_at_once_all_come_in_under_different_ones()
    {
        var room = Guid.NewGuid().ToString();
        var sockets = await OpenAsync(50);
        using var witness = await (await RawSocket.OpenAsync(fixture.Port)).JoinOursAsync(room, "witness");
        await Task.WhenAll(
            sockets.Select(async s =>
            {
                await s.JoinAppAsync(room, "安");
                _ = KeepReadingAsync(s);
            })
        );
        await witness.SendJsonAsync(new { cmd = "who", channel = room });
        var presence = await witness.UntilAsync(f => RawSocket.Cmd(f) == "presence");
        var nicks = presence["users"]!.AsArray().Select(n => (string)n!).ToList();
        Assert.Equal(51, nicks.Count);
        Assert.Equal(51, nicks.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        sockets.ForEach(s => s.Dispose());
    }

    [Fact]
    public async Task All_members_see_the_messages_of_all_in_one_order()
    {
        // All of it fits into a queue, so that a reader that is scheduled late is not cut for it.
        const int members = 10,
            each = 60;
        var room = Guid.NewGuid().ToString();
        var sockets = await OpenAsync(members);
        for (var i = 0; i < members; i++)
        {
            await (i % 2 == 0 ? sockets[i].JoinOursAsync(room, $"n{i}") : sockets[i].JoinAsync(room, $"n{i}"));
        }
        var seen = sockets.Select(s => SeeAsync(s, members * each)).ToArray();
        await Task.WhenAll(
            sockets.Select(
                async (s, i) =>
                {
                    for (var n = 0; n < each; n++)
                    {
                        await s.SendJsonAsync(
                            new
                            {
                                cmd = "chat",
                                text = $"{i} {n}",
                                mid = Guid.NewGuid().ToString(),
                            }
                        );
                    }
                }
            )
        );
        var orders = await Task.WhenAll(seen);
        Assert.All(orders, order => Assert.Equal(orders[0], order));
        foreach (var own in orders[0].GroupBy(t => t.Split(' ')[0]))
        {
            Assert.Equal(Enumerable.Range(0, each).Select(n => $"{own.Key} {n}"), own);
        }
        sockets.ForEach(s => s.Dispose());
    }

    [Fact]
    public async Task A_hundred_joins_and_leaves_at_once_leave_an_empty_room()
    {
        var room = Guid.NewGuid().ToString();
        var sockets = await OpenAsync(100);
        await Task.WhenAll(
            sockets.Select((s, i) => i % 2 == 0 ? s.JoinAsync(room, $"n{i}") : s.JoinAppAsync(room, $"n{i}"))
        );
        await Task.WhenAll(sockets.Select(s => s.SendAsync(Frame.OfClose(1000))));
        await Task.WhenAll(sockets.Select(s => s.CloseCodeAsync()));
        sockets.ForEach(s => s.Dispose());
        using var last = await (await RawSocket.OpenAsync(fixture.Port)).JoinOursAsync(room, "last");
        await Wait.UntilAsync(
            async () =>
            {
                await last.SendJsonAsync(new { cmd = "who", channel = room });
                return (int?)(await last.UntilAsync(f => RawSocket.Cmd(f) == "presence"))["count"] == 1;
            },
            "the room to be empty but for the last"
        );
    }

    [Theory]
    [InlineData("/healthz")]
    [InlineData("/livez")]
    [InlineData("/readyz")]
    public async Task Health_is_told(string path)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(
            new Uri($"http://127.0.0.1:{fixture.Port}{path}"),
            TestContext.Current.CancellationToken
        );
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_server_without_the_gateway_role_takes_no_conversation()
    {
        await using var server = await ServerProcess.StartAsync("--roles=api");
        var head = await RawSocket.RequestAsync(server.Port, RawSocket.Upgrade(server.Port));
        Assert.StartsWith("HTTP/1.1 404", head, StringComparison.Ordinal);
    }

    private async Task<List<RawSocket>> OpenAsync(int count)
    {
        var sockets = new List<RawSocket>();
        for (var i = 0; i < count; i++)
        {
            sockets.Add(await RawSocket.OpenAsync(fixture.Port));
        }
        return sockets;
    }

    // Who holds a nick that others want is asked for a sign of life, and must go on answering.
    private static async Task KeepReadingAsync(RawSocket socket)
    {
        try
        {
            await socket.CloseCodeAsync(TimeSpan.FromSeconds(60));
        }
        catch (ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private static async Task<JsonObject> AnswerAsync(RawSocket socket)
    {
        var answer = await socket.ReceiveJsonAsync(TimeSpan.FromSeconds(30));
        if (RawSocket.Cmd(answer) == "onlineSet")
        {
            _ = KeepReadingAsync(socket);
        }
        return answer;
    }

    private static async Task<List<string>> SeeAsync(RawSocket socket, int count)
    {
        var texts = new List<string>();
        while (texts.Count < count)
        {
            var frame = await socket.ReceiveJsonAsync(TimeSpan.FromSeconds(30));
            if (RawSocket.Cmd(frame) == "chat")
            {
                texts.Add((string)frame["text"]!);
            }
        }
        return texts;
    }
}
