using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using HCChat.Client;
using HCChat.Server.Chat;
using HCChat.Tests.Client;

namespace HCChat.Tests.Chat;

/// <summary>Somebody is put out of a room while the connection is lost and the seat is held. Over the wire against the real server.</summary>
public sealed class KickedAwayTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whoever_was_kicked_while_away_is_told_on_the_way_back_and_is_out(bool restart)
    {
        await using var server = await RunningServer.StartAsync();
        await using var owner = await Person.EnterAsync(server, "room", "owner");
        await owner.ClaimAsync("room");
        var (bob, userId, token) = await GoAwayAsync(server, "room");
        await KickAsync(owner, "bob");
        if (restart)
        {
            await server.RestartAsync();
        }
        await using var back = await WireClient.ConnectAsync(server);
        var session = await ReturnAsync(back, token);
        Assert.True((bool)session["restored"]!);
        Assert.Empty(session["channels"]!.AsArray());
        Assert.Equal(["info", "onlineRemove", "session"], back.Seen.Select(f => (string?)f["cmd"]));
        Assert.Equal((1205, "room"), ((int)back.Seen[0]["id"]!, (string?)back.Seen[0]["channel"]));
        Assert.Equal((userId, "room"), ((long)back.Seen[1]["userid"]!, (string?)back.Seen[1]["channel"]));
        // The room is open: like anybody, as somebody who comes.
        await back.SendAsync("""{"cmd":"join","channel":"room","nick":"bob"}""");
        await back.ReadUntilAsync("onlineSet");
        // And then it is a seat like any other.
        token = (string)(await back.ReadUntilAsync("session"))["token"]!;
        await back.DisposeAsync();
        await using var again = await WireClient.ConnectAsync(server);
        Assert.Equal("room", (string?)(await ReturnAsync(again, token))["channels"]!.AsArray().Single());
        Assert.DoesNotContain(again.Seen, f => (string?)f["cmd"] == "info");
        await bob.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_whoever_was_kicked_can_show_elsewhere_stays_worth_nothing(bool restart)
    {
        await using var server = await RunningServer.StartAsync();
        await using var owner = await Person.EnterAsync(server, "room", "owner");
        await owner.ClaimAsync("room");
        await owner.SetAsync("\"access\":\"invite\"");
        await using var bob = await InvitedGuest.EnterAsync(server, "room", "bob", await owner.InviteAsync("room"));
        await bob.Wire.SendAsync("""{"cmd":"capability","channel":"room"}""");
        var capability = (string)(await bob.Wire.ReadUntilAsync("capability"))["jwt"]!;
        using var http = new HttpClient { DefaultRequestHeaders = { Authorization = new("Bearer", capability) } };
        var history = new Uri($"{server.Url}/api/messages?room=room");
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(history)).StatusCode);
        await KickAsync(owner, "bob");
        if (restart)
        {
            await server.RestartAsync();
        }
        using var presign = new StringContent("""{"room":"room","bytes":5}""", Encoding.UTF8, "application/json");
        using var seat = new StringContent("""{"room":"room"}""", Encoding.UTF8, "application/json");
        HttpResponseMessage[] refused =
        [
            await http.GetAsync(history),
            await http.PostAsync(new Uri($"{server.Url}/api/attachments/presign"), presign),
            await http.PostAsync(new Uri($"{server.Url}/api/rtc/token"), seat),
        ];
        var expected = restart ? HttpStatusCode.Unauthorized : HttpStatusCode.Forbidden;
        Assert.All(refused, answer => Assert.Equal(expected, answer.StatusCode));
    }

    [Fact]
    public async Task Who_shuts_the_door_of_another_room_says_nothing_of_this_one()
    {
        await using var server = await RunningServer.StartAsync();
        await using var owner = await Person.EnterAsync(server, "room", "owner");
        await owner.ClaimAsync("room");
        var (bob, _, _) = await GoAwayAsync(server, "room", away: false);
        await bob.SendAsync("""{"cmd":"join","channel":"other","nick":"bob"}""");
        var token = (string)(await bob.ReadUntilAsync("session"))["token"]!;
        await bob.DisposeAsync();
        await KickAsync(owner, "bob");
        await using var back = await WireClient.ConnectAsync(server);
        Assert.Equal("other", (string?)(await ReturnAsync(back, token))["channels"]!.AsArray().Single());
        Assert.Equal("room", (string?)back.Seen.Single(f => (string?)f["cmd"] == "onlineRemove")["channel"]);
    }

    [Fact]
    public async Task What_the_answer_to_was_lost_is_told_again_and_what_has_arrived_is_not()
    {
        await using var server = await RunningServer.StartAsync();
        await using var owner = await Person.EnterAsync(server, "room", "owner");
        await owner.ClaimAsync("room");
        var (_, _, token) = await GoAwayAsync(server, "room");
        await KickAsync(owner, "bob");
        for (var time = 0; time < 2; time++)
        {
            await ReturnDeafAsync(server, token);
        }
        await using var back = await WireClient.ConnectAsync(server);
        token = (string)(await ReturnAsync(back, token))["token"]!;
        Assert.Single(back.Seen, f => (string?)f["cmd"] == "onlineRemove");
        // The client has answered the ping behind it once the row is gone.
        await UntilAsync(() => server.CountRows("seats WHERE gone <> 0") == 0);
        await back.DisposeAsync();
        await using var later = await WireClient.ConnectAsync(server);
        await ReturnAsync(later, token);
        Assert.DoesNotContain(later.Seen, f => (string?)f["cmd"] == "onlineRemove");
    }

    [Fact]
    public async Task A_client_of_the_sdk_that_was_kicked_while_away_learns_it_and_does_not_walk_in_again()
    {
        await using var server = await RunningServer.StartAsync();
        await using var network = new Relay(server.Url);
        await using var owner = await Person.EnterAsync(server, "room", "owner");
        await owner.ClaimAsync("room");
        var options = new ChatOptions { Server = network.Url, Nick = "bob" };
        await using var client = await ChatClient.ConnectAsync(options, TestContext.Current.CancellationToken);
        var room = await client.JoinAsync(RoomAccess.Plain("room"), TestContext.Current.CancellationToken);
        await owner.Wire.ReadUntilAsync("onlineAdd");
        network.SwallowAnswers();
        await KickAsync(owner, "bob");
        network.CutAndHeal();
        RoomClosed? closed = null;
        await foreach (var happened in room.ReadAsync(TestContext.Current.CancellationToken))
        {
            closed = happened as RoomClosed ?? closed;
        }
        var reason = Assert.IsType<RoomClosedException>(closed?.Reason);
        Assert.True(reason.IsByOthers);
        Assert.Contains("while you were away", reason.Message, StringComparison.Ordinal);
        await owner.Wire.SendAsync("""{"cmd":"who","channel":"room"}""");
        Assert.Equal(
            ["owner"],
            (await owner.Wire.ReadUntilAsync("presence"))["users"]!.AsArray().Select(u => (string?)u)
        );
    }

    // Somebody who joins; away: whose connection then breaks.
    private static async Task<(WireClient Wire, long UserId, string Token)> GoAwayAsync(
        RunningServer server,
        string channel,
        bool away = true
    )
    {
        var bob = await WireClient.JoinAsync(server, channel, "bob");
        var set = bob.Seen.Single(f => (string?)f["cmd"] == "onlineSet");
        var token = (string)bob.Seen[^1]["token"]!;
        if (away)
        {
            await bob.DisposeAsync();
        }
        return (bob, (long)set["users"]!.AsArray()[^1]!["userid"]!, token);
    }

    // A socket of .NET that nobody reads from answers no ping: what it was sent may have been lost.
    private static async Task ReturnDeafAsync(RunningServer server, string token)
    {
        var chat = server.Service<ChatServer>();
        using (var deaf = new ClientWebSocket())
        {
            await deaf.ConnectAsync(server.WebSocket, TestContext.Current.CancellationToken);
            await deaf.SendAsync(
                Encoding.UTF8.GetBytes($$"""{"cmd":"session","proto":3,"token":"{{token}}"}"""),
                WebSocketMessageType.Text,
                true,
                TestContext.Current.CancellationToken
            );
            await UntilAsync(() => chat.Sessions.Any(s => s.Restored));
        }
        await UntilAsync(() => !chat.Sessions.Any(s => s.Restored));
    }

    private static async Task UntilAsync(Func<bool> state)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!state())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static async Task KickAsync(Person owner, string nick)
    {
        await owner.Wire.SendAsync($$"""{"cmd":"kick","channel":"room","nick":"{{nick}}"}""");
        await owner.Wire.ReadUntilAsync("onlineRemove");
    }

    private static async Task<JsonObject> ReturnAsync(WireClient wire, string token)
    {
        await wire.SendAsync($$"""{"cmd":"session","proto":3,"token":"{{token}}"}""");
        return await wire.ReadUntilAsync("session");
    }
}
