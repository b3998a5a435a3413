using System.Net.WebSockets;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Gateway;

public sealed class ConnectionTests
{
    [Fact]
    public async Task Peers_that_end_while_they_are_looked_after_do_not_stop_the_server()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var server = await RunningServer.StartAsync(time);
        for (var round = 0; round < 5; round++)
        {
            var sockets = new List<ClientWebSocket>();
            for (var i = 0; i < 40; i++)
            {
                var socket = new ClientWebSocket();
                await socket.ConnectAsync(server.WebSocket, TestContext.Current.CancellationToken);
                sockets.Add(socket);
            }
            // Everybody is silent for too long and leaves at the same moment.
            var leaving = Task.Run(() => sockets.ForEach(s => s.Dispose()));
            for (var second = 0; second < 45; second++)
            {
                time.Advance(TimeSpan.FromSeconds(1));
            }
            await leaving;
        }
        await using var late = await WireClient.JoinAsync(server, "room", "late");
    }

    [Fact]
    public async Task A_flood_of_anything_is_refused_in_the_end_and_leaves_the_neighbours_their_share()
    {
        await using var server = await RunningServer.StartAsync();
        await using var neighbour = await WireClient.JoinAsync(server, "room", "neighbour");
        foreach (var rubbish in new[] { "[]", "{}", "x", """{"cmd":1}""" })
        {
            await using var flooder = await WireClient.JoinAsync(server, "room", "flooder");
            await neighbour.ReadUntilAsync("onlineAdd");
            try
            {
                for (var i = 0; i < 5_000; i++)
                {
                    await flooder.SendAsync(rubbish);
                }
            }
            catch (WebSocketException)
            {
                // Cut off while sending.
            }
            Assert.Equal(1008, await flooder.ReadCloseAsync());
            await neighbour.ReadUntilAsync("onlineRemove");
            await neighbour.SendAsync("""{"cmd":"ping"}""");
            await neighbour.ReadUntilAsync("pong");
        }
    }

    [Fact]
    public async Task What_may_be_asked_before_a_session_does_not_decide_the_family()
    {
        await using var server = await RunningServer.StartAsync();
        await using var client = await WireClient.ConnectAsync(server);
        await client.SendAsync("""{"cmd":"ping"}""");
        await client.SendAsync("""{"cmd":"getchannels"}""");
        await client.ReadUntilAsync("publicchannels");
        await client.SendAsync("""{"cmd":"session","proto":3}""");
        Assert.Equal(3, (int?)(await client.ReadUntilAsync("session"))["proto"]);
    }

    [Fact]
    public async Task An_operator_who_is_none_any_more_comes_back_as_anybody()
    {
        await using var server = await RunningServer.StartAsync(
            "--Compat:TripSalt=compat-test-salt",
            "--Moderation:AdminTrip=Pz6LSM"
        );
        await using var boss = await WireClient.ConnectAsync(server);
        await boss.SendAsync("""{"cmd":"session","proto":3}""");
        await boss.SendAsync("""{"cmd":"join","channel":"room","nick":"boss","pass":"pw"}""");
        var joined = await boss.ReadUntilAsync("onlineSet");
        Assert.Equal(("Admin", 9_999_999), Self(joined));
        await boss.ReadUntilAsync("session");
        await boss.SendAsync("""{"cmd":"changecolor","channel":"room","color":"abcdef"}""");
        var token = (string?)(await boss.ReadUntilAsync("session"))["token"];

        await server.RestartAsync("--Compat:TripSalt=compat-test-salt");
        await using var again = await WireClient.ConnectAsync(server);
        await again.SendAsync($$"""{"cmd":"session","proto":3,"token":"{{token}}"}""");
        Assert.Equal(("Pz6LSM", 100), Self(await again.ReadUntilAsync("onlineSet")));
    }

    private static (string?, int?) Self(System.Text.Json.Nodes.JsonObject onlineSet)
    {
        var self = onlineSet["users"]![0]!;
        return ((string?)self["trip"], (int?)self["level"]);
    }
}
