using System.Net;
using System.Net.WebSockets;
using HCChat.Server.Calls;
using HCChat.Server.Chat;
using HCChat.Server.Rooms;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Calls;

/// <summary>A call as the members of a room are told of it.</summary>
public sealed class CallingTests
{
    private const string Start =
        """{"cmd":"chat","channel":"room","mid":"mid-000000000001","call":true,"text":"E2EE:start"}""";
    private const string Another =
        """{"cmd":"chat","channel":"room","mid":"mid-000000000002","call":true,"text":"E2EE:another"}""";

    [Fact]
    public async Task A_message_begins_it_and_whoever_comes_later_is_told()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await WireClient.JoinAsync(server, "room", "ann");
        await ann.SendAsync(Start);
        var told = (await ann.ReadUntilAsync("call"))["call"]!;
        Assert.Empty(told["people"]!.AsArray());
        Assert.Equal("E2EE:start", (string?)told["start"]!["text"]);
        Assert.Equal("mid-000000000001", (string?)told["start"]!["mid"]);

        await using var bob = await WireClient.JoinAsync(server, "room", "bob");
        var seen = bob.Seen.Find(f => (string?)f["cmd"] == "onlineSet")!;
        Assert.Equal(told.ToJsonString(), seen["call"]!.ToJsonString());
    }

    [Fact]
    public async Task There_is_one_at_a_time()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await WireClient.JoinAsync(server, "room", "ann");
        await using var bob = await WireClient.JoinAsync(server, "room", "bob");
        await ann.SendAsync(Start);
        await bob.ReadUntilAsync("call");
        await bob.SendAsync(Another);
        Assert.Equal("call_running", (string?)(await bob.ReadUntilAsync("nack"))["code"]);
        // What was begun is begun: a repetition is acknowledged and changes nothing.
        await ann.SendAsync(Start);
        await ann.ReadUntilAsync("ack");
        Assert.Equal("ack", (string?)(await ann.ReadUntilAsync("ack", "nack"))["cmd"]);
    }

    [Fact]
    public async Task One_in_clear_is_none()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await WireClient.JoinAsync(server, "room", "ann");
        await ann.SendAsync(Start.Replace("E2EE:start", "hello", StringComparison.Ordinal));
        Assert.Equal("bad_payload", (string?)(await ann.ReadUntilAsync("nack"))["code"]);
    }

    [Fact]
    public async Task Without_calls_there_are_none_and_the_client_knows()
    {
        await using var server = await RunningServer.StartAsync("--Rtc:Mode=off");
        await using var ann = await WireClient.JoinAsync(server, "room", "ann");
        Assert.False((bool)ann.Seen.Find(f => (string?)f["cmd"] == "session")!["calls"]!);
        await ann.SendAsync(Start);
        Assert.Equal("no_calls", (string?)(await ann.ReadUntilAsync("nack"))["code"]);
    }

    [Fact]
    public async Task One_into_which_nobody_comes_is_over_after_a_minute()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var server = await RunningServer.StartAsync(time);
        await using var ann = await WireClient.JoinAsync(server, "room", "ann");
        await ann.SendAsync(Start);
        await ann.ReadUntilAsync("call");
        time.Advance(Calling.Ringing);
        Calling.EndUnanswered(server.Service<ChatServer>(), "room");
        await using var bob = await WireClient.JoinAsync(server, "room", "bob");
        Assert.Null(bob.Seen.Find(f => (string?)f["cmd"] == "onlineSet")!["call"]);
        await bob.SendAsync(Another);
        Assert.NotNull((await bob.ReadUntilAsync("call"))["call"]);
    }

    [Fact]
    public async Task Members_are_told_who_is_in_it_and_when_everybody_has_gone()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await WireClient.JoinAsync(server, "room", "ann");
        await ann.SendAsync(Start);
        await ann.ReadUntilAsync("call");
        var chat = server.Service<ChatServer>();
        Calling.Update(chat, "room", [new OngoingCall.Person("ann", "p_1")]);
        var people = (await ann.ReadUntilAsync("call"))["call"]!["people"]!.AsArray();
        Assert.Equal("""[{"nick":"ann","identity":"p_1"}]""", people.ToJsonString());
        Calling.Update(chat, "room", []);
        Assert.Null((await ann.ReadUntilAsync("call"))["call"]);
    }

    [Fact]
    public async Task A_seat_is_the_same_for_the_same_session_and_another_in_another_room()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await Caller.EnterAsync(server, "room", "ann");
        await using var elsewhere = await Caller.EnterAsync(server, "other", "ann");
        var first = await ann.TakeSeatAsync();
        Assert.StartsWith("ws://", (string)first["livekitUrl"]!, StringComparison.Ordinal);
        Assert.Equal((string)first["identity"]!, (string)(await ann.TakeSeatAsync())["identity"]!);
        Assert.NotEqual((string)first["identity"]!, (string)(await elsewhere.TakeSeatAsync())["identity"]!);
    }

    [Fact]
    public async Task A_token_says_no_more_than_nick_call_and_what_one_may()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await Caller.EnterAsync(server, "secret-room", "ann");
        var seat = await ann.TakeSeatAsync();
        var grant = (await server.Service<HCChat.Rtc.AccessToken>().VerifyAsync((string)seat["token"]!))!;
        Assert.Equal(server.Service<CallSeats>().CallOf("secret-room"), grant.Room);
        Assert.DoesNotContain("secret-room", grant.Room, StringComparison.Ordinal);
        Assert.Equal(((string)seat["identity"]!, "ann"), (grant.Identity, grant.Name));
        Assert.True(grant.CanPublish && grant.CanSubscribe && grant.CanPublishData);
    }

    [Fact]
    public async Task In_a_full_call_there_are_no_more_seats_but_for_whoever_is_there()
    {
        await using var server = await RunningServer.StartAsync("--Rtc:MaxParticipants=1", "--Rtc:MaxRooms=1");
        await using var ann = await Caller.EnterAsync(server, "room", "ann");
        await using var bob = await Caller.EnterAsync(server, "room", "bob");
        await using var cat = await Caller.EnterAsync(server, "other", "cat");
        var token = (string?)(await ann.TakeSeatAsync())["token"];
        using var socket = new ClientWebSocket();
        var address = $"{server.Url.Replace("http", "ws", StringComparison.Ordinal)}/rtc?access_token={token}";
        await socket.ConnectAsync(new Uri(address), CancellationToken.None);
        await socket.ReceiveAsync(new byte[64 * 1024], CancellationToken.None); // she is in
        Assert.Equal("overloaded", (string?)(await bob.TakeSeatAsync())["code"]);
        Assert.Equal("overloaded", (string?)(await cat.TakeSeatAsync())["code"]);
        Assert.NotNull((await ann.TakeSeatAsync())["token"]);
    }

    [Fact]
    public async Task A_client_may_say_all_of_itself_in_the_address()
    {
        await using var server = await RunningServer.StartAsync();
        using var http = new HttpClient();
        var address = $"{server.Url}/rtc/v1/validate?access_token=x&join_request={new string('a', 20_000)}";
        using var response = await http.GetAsync(new Uri(address));
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task Whoever_is_put_out_of_the_room_has_no_seat_any_more()
    {
        await using var server = await RunningServer.StartAsync();
        await using var owner = await Person.EnterAsync(server, "room", "owner");
        await owner.ClaimAsync("room");
        await using var ann = await Caller.EnterAsync(server, "room", "ann");
        var seat = await ann.TakeSeatAsync();
        var directory = server.Service<CallSeats>();
        var grant = (await server.Service<HCChat.Rtc.AccessToken>().VerifyAsync((string)seat["token"]!))!;
        Assert.True(directory.MayEnter(grant));
        await using var bob = await Caller.EnterAsync(server, "room", "bob"); // behind the same address
        var token = (string)(await bob.TakeSeatAsync())["token"]!;
        var other = (await server.Service<HCChat.Rtc.AccessToken>().VerifyAsync(token))!;
        await owner.Wire.SendAsync("""{"cmd":"kick","channel":"room","nick":"ann"}""");
        await ann.Wire.ReadUntilAsync("onlineRemove");
        Assert.Equal("locked", (string?)(await ann.TakeSeatAsync())["code"]);
        await WaitAsync(() => !directory.MayEnter(grant));
        Assert.True(directory.MayEnter(other));
    }

    [Fact]
    public async Task Whoever_is_muted_in_the_room_listens()
    {
        await using var server = await RunningServer.StartAsync();
        await using var owner = await Person.EnterAsync(server, "room", "owner");
        await owner.ClaimAsync("room");
        await using var ann = await Caller.EnterAsync(server, "room", "ann");
        var tokens = server.Service<HCChat.Rtc.AccessToken>();
        var before = (await tokens.VerifyAsync((string)(await ann.TakeSeatAsync())["token"]!))!;
        await owner.Wire.SendAsync("""{"cmd":"mute","channel":"room","nick":"ann","scope":"room"}""");
        await owner.Wire.SendAsync("""{"cmd":"ping"}""");
        await owner.Wire.ReadUntilAsync("pong");
        await WaitAsync(() => !server.Service<CallSeats>().MayEnter(before));
        var after = (await tokens.VerifyAsync((string)(await ann.TakeSeatAsync())["token"]!))!;
        Assert.False(after.CanPublish);
        Assert.True(server.Service<CallSeats>().MayEnter(after));
    }

    [Fact]
    public async Task Whoever_keeps_order_does_so_over_those_below_them()
    {
        await using var server = await RunningServer.StartAsync();
        await using var owner = await Person.EnterAsync(server, "room", "owner");
        await using var one = await ModeratorOfAsync(server, owner);
        await using var above = await Caller.OfAsync(server, "room", owner.Wire);
        await using var moderator = await Caller.OfAsync(server, "room", one.Wire);
        await using var ann = await Caller.EnterAsync(server, "room", "ann");
        foreach (
            var (who, whom, code) in new[]
            {
                (moderator, ann, null),
                (above, moderator, null),
                (moderator, above, "forbidden"),
                (ann, moderator, "forbidden"),
            }
        )
        {
            var identity = (string)(await whom.TakeSeatAsync())["identity"]!;
            var answer = await who.PostAsync("remove", new { room = "room", identity });
            Assert.Equal(code, (string?)answer["code"]);
            var muted = await who.PostAsync(
                "mute",
                new
                {
                    room = "room",
                    identity,
                    trackSid = "TR_none",
                }
            );
            Assert.Equal(code ?? "not_found", (string?)muted["code"]);
        }
    }

    [Fact]
    public async Task Whoever_has_left_the_room_keeps_the_rank_in_its_call()
    {
        await using var server = await RunningServer.StartAsync();
        await using var owner = await Person.EnterAsync(server, "room", "owner");
        await using var one = await ModeratorOfAsync(server, owner);
        await using var above = await Caller.OfAsync(server, "room", owner.Wire);
        await using var moderator = await Caller.OfAsync(server, "room", one.Wire);
        var identity = (string)(await above.TakeSeatAsync())["identity"]!;
        await owner.Wire.SendAsync("""{"cmd":"leave","channel":"room"}""");
        await one.Wire.ReadUntilAsync("onlineRemove");
        var answer = await moderator.PostAsync("remove", new { room = "room", identity });
        Assert.Equal("forbidden", (string?)answer["code"]);
    }

    // The room becomes the owner's, and somebody keeps order in it.
    private static async Task<Person> ModeratorOfAsync(RunningServer server, Person owner)
    {
        await owner.ClaimAsync("room");
        var one = await Person.EnterAsync(server, "room", "one");
        await owner.Wire.SendAsync("""{"cmd":"setrole","channel":"room","nick":"one","role":"moderator"}""");
        await owner.Wire.ReadUntilAsync("roomInfo");
        return one;
    }

    internal static async Task WaitAsync(Func<bool> holds)
    {
        for (var patience = 0; !holds() && patience < 2_000; patience++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
        Assert.True(holds());
    }
}
