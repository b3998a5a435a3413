using System.Text.Json.Nodes;
using HCChat.Server.Database;
using HCChat.Tests.Messages;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Chat;

/// <summary>Coming back: tokens, held places, replays, pages. Over the wire against the real server.</summary>
public sealed class ResumeTests(PostgresServer postgres)
{
    private const string Mid1 = "mid-000000000001";
    private const string Mid2 = "mid-000000000002";
    private const string Mid3 = "mid-000000000003";

    [Fact]
    public async Task Whoever_comes_back_gets_exactly_what_was_missed_and_nobody_notices_the_absence()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await WireClient.JoinAsync(server, "room", "ann");
        var (bob, token) = await JoinAsync(server, "room", "bob");
        await SayAsync(ann, Mid1, "E2EE:one");
        var seen = await bob.ReadUntilAsync("chat");
        await bob.DisposeAsync();
        await SayAsync(ann, Mid2, "clear, which only memory has");
        await SayAsync(ann, Mid3, "E2EE:three");
        await using var back = await WireClient.ConnectAsync(server);
        var session = await ReturnAsync(back, token, "room", (string)seen["epoch"]!, (long)seen["seq"]!);
        Assert.True((bool)session["restored"]!);
        var replay = await back.ReadUntilAsync("replay");
        Assert.True((bool)replay["recovered"]!);
        Assert.Equal([Mid2, Mid3], Mids(replay));
        Assert.Equal((2L, 3L, false), ((long)replay["from"]!, (long)replay["to"]!, (bool)replay["more"]!));
        await SayAsync(ann, "mid-000000000004", "E2EE:four");
        var live = await back.ReadAsync();
        Assert.Equal(("chat", 4L), ((string)live["cmd"]!, (long)live["seq"]!));
        // Ann saw nothing but her own messages and their acknowledgements.
        Assert.DoesNotContain(ann.Seen, f => (string?)f["cmd"] is "onlineRemove" or "updateUser");
    }

    [Fact]
    public async Task A_place_is_held_for_thirty_seconds_and_given_at_once_to_whoever_wants_the_nick()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(56));
        await using var server = await RunningServer.StartAsync(time);
        await using var ann = await WireClient.JoinAsync(server, "room", "ann");
        var bob = await WireClient.JoinAsync(server, "room", "bob");
        var cid = await WireClient.JoinAsync(server, "room", "cid");
        await ann.ReadUntilAsync("onlineAdd");
        await ann.ReadUntilAsync("onlineAdd");
        await bob.DisposeAsync();
        await cid.DisposeAsync();
        await using var thief = await WireClient.JoinAsync(server, "room", "cid");
        Assert.Equal("cid", (string)(await ann.ReadUntilAsync("onlineRemove"))["nick"]!);
        Assert.Equal("cid", (string)(await ann.ReadAsync())["nick"]!);
        JsonObject? gone = null;
        while (gone is null)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await ann.SendAsync("""{"cmd":"ping"}""");
            var next = await ann.ReadAsync();
            gone = (string?)next["cmd"] == "onlineRemove" ? next : null;
        }
        Assert.Equal("bob", (string)gone["nick"]!);
        Assert.True(time.GetUtcNow() >= DateTimeOffset.UnixEpoch.AddYears(56).AddSeconds(29));
    }

    [Fact]
    public async Task A_token_opens_one_session_once_its_successor_has_arrived()
    {
        await using var server = await RunningServer.StartAsync();
        var (ann, first) = await JoinAsync(server, "room", "ann");
        await ann.DisposeAsync();
        var back = await WireClient.ConnectAsync(server);
        var second = (string)(await ReturnAsync(back, first, "room", "x", 0))["token"]!;
        Assert.NotEqual(first, second);
        Assert.Matches("^[A-Za-z0-9_-]{43}$", second);
        // The pong behind the session frame says that it has arrived; from then on the first token is nothing.
        JsonObject? refused = null;
        while (refused is null)
        {
            await using var replayed = await WireClient.ConnectAsync(server);
            await replayed.SendAsync($$"""{"cmd":"session","proto":3,"token":"{{first}}"}""");
            var answer = await replayed.ReadUntilAsync("session");
            if (!(bool)answer["restored"]!)
            {
                refused = answer;
            }
        }
        Assert.Equal("", (string)refused["token"]!);
        await back.DisposeAsync();
    }

    [Fact]
    public async Task Whoever_lost_the_answer_may_come_back_with_the_old_token_also_after_a_restart()
    {
        await using var server = await RunningServer.StartAsync();
        var (ann, token) = await JoinAsync(server, "room", "ann");
        await SayAsync(ann, Mid1, "clear");
        await ann.DisposeAsync();
        await server.RestartAsync();
        await using var back = await WireClient.ConnectAsync(server);
        Assert.True((bool)(await ReturnAsync(back, token, "room", "x", 0))["restored"]!);
        Assert.False((bool)(await back.ReadUntilAsync("replay"))["recovered"]!);
    }

    [Fact]
    public async Task While_nobody_can_tell_whether_a_token_is_good_whoever_has_it_is_asked_to_come_back()
    {
        var database = postgres.NewDatabase();
        using (var fresh = SqlDatabase.Postgres(database))
        {
            Schema.Migrate(fresh);
        }
        await using var server = await RunningServer.StartAsync($"--Database:Postgres={database}");
        var (ann, token) = await JoinAsync(server, "room", "ann");
        await ann.DisposeAsync();
        postgres.Admit(database, everybody: false);
        await using (var early = await WireClient.ConnectAsync(server))
        {
            await early.SendAsync($$"""{"cmd":"session","proto":3,"token":"{{token}}"}""");
            var later = await early.ReadUntilAsync("reconnect");
            Assert.Equal("unavailable", (string)later["reason"]!);
            Assert.InRange((long)later["afterMs"]!, 1, 10_000);
            Assert.Equal(1013, await early.ReadCloseAsync());
        }
        postgres.Admit(database, everybody: true);
        var restored = false;
        while (!restored)
        {
            await using var back = await WireClient.ConnectAsync(server);
            await back.SendAsync($$"""{"cmd":"session","proto":3,"token":"{{token}}"}""");
            var answer = await back.ReadAsync();
            Assert.False((string?)answer["cmd"] == "session" && !(bool)answer["restored"]!);
            restored = (string?)answer["cmd"] is "session" or "onlineSet";
        }
    }

    [Fact]
    public async Task A_newcomer_reads_back_page_by_page_and_a_stranger_reads_nothing()
    {
        await using var server = await RunningServer.StartAsync("--Limits:RateLimit=false");
        await using var ann = await WireClient.JoinAsync(server, "room", "ann");
        for (var i = 1; i <= 25; i++)
        {
            await ann.SendAsync(Chat($"mid-{i:D12}", "E2EE:x"));
        }
        await ann.SendAsync("""{"cmd":"ping"}""");
        await ann.ReadUntilAsync("pong");
        await using var bob = await WireClient.JoinAsync(server, "room", "bob");
        await bob.SendAsync("""{"cmd":"sync","channel":"room","limit":10}""");
        var newest = await bob.ReadUntilAsync("replay");
        Assert.Equal((16L, 25L, true), ((long)newest["from"]!, (long)newest["to"]!, (bool)newest["more"]!));
        await bob.SendAsync("""{"cmd":"sync","channel":"room","before":16,"limit":200}""");
        var rest = await bob.ReadUntilAsync("replay");
        Assert.Equal((1L, 15L, false), ((long)rest["from"]!, (long)rest["to"]!, (bool)rest["more"]!));
        Assert.Null(rest["previous"]);
        await bob.SendAsync("""{"cmd":"sync","channel":"room","since":-1}""");
        Assert.Equal("bad_payload", (string)(await bob.ReadUntilAsync("warn"))["code"]!);
        await using var stranger = await WireClient.JoinAsync(server, "elsewhere", "eve");
        await stranger.SendAsync("""{"cmd":"sync","channel":"room"}""");
        Assert.Equal("not_in_room", (string)(await stranger.ReadUntilAsync("warn"))["code"]!);
    }

    [Fact]
    public async Task A_return_that_would_be_too_much_at_once_is_cut_and_continued_by_the_client()
    {
        await using var server = await RunningServer.StartAsync("--Limits:RateLimit=false");
        await using var ann = await WireClient.JoinAsync(server, "room", "ann");
        var large = "E2EE:" + new string('x', 50_000);
        for (var i = 1; i <= 20; i++)
        {
            await SayAsync(ann, $"mid-{i:D12}", large);
        }
        await using var bob = await WireClient.ConnectAsync(server);
        await bob.SendAsync("""{"cmd":"session","proto":3}""");
        var epoch = (string)ann.Seen.First(f => (string?)f["cmd"] == "ack")["epoch"]!;
        await bob.SendAsync(
            $$"""{"cmd":"join","channel":"room","nick":"bob","resume":{"seq":0,"epoch":"{{epoch}}"} }"""
        );
        var since = 0L;
        var got = new List<string>();
        for (var replay = await bob.ReadUntilAsync("replay"); ; replay = await bob.ReadUntilAsync("replay"))
        {
            Assert.Equal(since + 1, (long)replay["from"]!);
            got.AddRange(Mids(replay));
            since = (long)replay["to"]!;
            if (!(bool)replay["more"]!)
            {
                break;
            }
            await bob.SendAsync($$"""{"cmd":"sync","channel":"room","epoch":"{{epoch}}","since":{{since}}}""");
        }
        Assert.Equal(Enumerable.Range(1, 20).Select(i => $"mid-{i:D12}"), got);
    }

    [Theory]
    [InlineData("""[]""")]
    [InlineData(
        """[{"channel":"room"},{"channel":5,"epoch":"x","seq":1},7,null,{"epoch":"\ud800","channel":"room","seq":1}]"""
    )]
    [InlineData("""[{"channel":"room","epoch":"x","seq":1e99},{"channel":"room","epoch":"x","seq":-1}]""")]
    [InlineData("""{"channel":"room"}""")]
    public async Task Positions_that_are_none_are_ignored(string resume)
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await WireClient.ConnectAsync(server);
        await ann.SendAsync($$"""{"cmd":"session","proto":3,"resume":{{resume}}}""");
        await ann.ReadUntilAsync("session");
        await ann.SendAsync("""{"cmd":"join","channel":"room","nick":"ann"}""");
        Assert.Equal("onlineSet", (string)(await ann.ReadAsync())["cmd"]!);
        await ann.ReadUntilAsync("session");
        await ann.SendAsync("""{"cmd":"ping"}""");
        Assert.Equal("pong", (string)(await ann.ReadAsync())["cmd"]!);
    }

    private static async Task<(WireClient Client, string Token)> JoinAsync(
        RunningServer server,
        string room,
        string nick
    )
    {
        var client = await WireClient.JoinAsync(server, room, nick);
        return (client, (string)client.Seen.Last(f => (string?)f["cmd"] == "session")["token"]!);
    }

    private static async Task<JsonObject> ReturnAsync(
        WireClient client,
        string token,
        string room,
        string epoch,
        long seq
    )
    {
        await client.SendAsync(
            $$"""{"cmd":"session","proto":3,"token":"{{token}}","resume":[{"channel":"{{room}}","epoch":"{{epoch}}","seq":{{seq}}}]}"""
        );
        return await client.ReadUntilAsync("session");
    }

    private static async Task<JsonObject> SayAsync(WireClient client, string mid, string text)
    {
        await client.SendAsync(Chat(mid, text));
        return await client.ReadUntilAsync("ack");
    }

    private static string Chat(string mid, string text) =>
        new JsonObject
        {
            ["cmd"] = "chat",
            ["channel"] = "room",
            ["mid"] = mid,
            ["text"] = text,
        }.ToJsonString();

    private static IEnumerable<string> Mids(JsonObject replay) =>
        replay["events"]!.AsArray().Select(e => (string)e!["mid"]!);
}
