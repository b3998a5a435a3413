using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace HCChat.Tests.Chat;

/// <summary>What changes a message, what is kept of a room, inboxes, the app, HTTP. Over the wire against the real server.</summary>
public sealed class KeptMessageTests
{
    private const string Mid1 = "mid-000000000001";
    private const string Mid2 = "mid-000000000002";
    private const string Mid3 = "mid-000000000003";

    // The trip of the pass code "pw" under this salt.
    private static readonly string[] s_moderated =
    [
        "--Compat:TripSalt=compat-test-salt",
        "--Moderation:ModTrips=Pz6LSM",
    ];

    private static readonly HttpClient s_http = new();

    [Fact]
    public async Task Only_its_author_edits_a_message_and_only_the_author_or_a_moderator_removes_it()
    {
        await using var server = await RunningServer.StartAsync(s_moderated);
        await using var ann = await WireClient.JoinAsync(server, "room", "ann");
        await using var bob = await WireClient.JoinAsync(server, "room", "bob");
        await using var mod = await JoinAsync(server, "mod", "pw");
        Assert.Equal("ack", await SayAsync(ann, "chat", Mid1, "E2EE:one"));
        Assert.Equal("forbidden", await SayAsync(bob, "edit", Mid2, "E2EE:forged", Mid1));
        Assert.Equal("forbidden", await SayAsync(bob, "delete", Mid2, "", Mid1));
        Assert.Equal("forbidden", await SayAsync(mod, "edit", Mid2, "E2EE:forged", Mid1));
        Assert.Equal("not_found", await SayAsync(ann, "edit", Mid2, "E2EE:x", "mid-000000000009"));
        Assert.Equal("ack", await SayAsync(ann, "edit", Mid2, "E2EE:two", Mid1));
        var edit = await bob.ReadUntilAsync("edit");
        Assert.Equal(
            ("ann", Mid1, "E2EE:two"),
            ((string)edit["nick"]!, (string)edit["target"]!, (string)edit["text"]!)
        );
        Assert.Equal("ack", await SayAsync(mod, "delete", Mid3, "", Mid1));
        var delete = await bob.ReadUntilAsync("delete");
        Assert.Equal(
            ("mod", true, Mid1),
            ((string)delete["nick"]!, (bool)delete["moderator"]!, (string)delete["target"]!)
        );
        await bob.SendAsync("""{"cmd":"sync","channel":"room"}""");
        var page = await bob.ReadUntilAsync("replay");
        Assert.Equal("delete", (string)Assert.Single(page["events"]!.AsArray())!["cmd"]!);
        Assert.Equal("not_found", await SayAsync(ann, "delete", "mid-000000000004", "", Mid1));
    }

    [Fact]
    public async Task A_note_must_be_an_envelope_and_reaches_ours_alone()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await WireClient.JoinAsync(server, "room", "ann");
        await using var stock = await WireClient.ConnectAsync(server);
        await stock.SendAsync("""{"cmd":"join","channel":"room","nick":"old"}""");
        await stock.ReadUntilAsync("onlineSet");
        Assert.Equal("bad_payload", await SayAsync(ann, "note", Mid1, "clear"));
        Assert.Equal("ack", await SayAsync(ann, "note", Mid2, "E2EE:react"));
        Assert.Equal("note", (string)(await ann.ReadUntilAsync("note"))["cmd"]!);
        Assert.Equal("ack", await SayAsync(ann, "chat", Mid3, "E2EE:x"));
        await stock.ReadUntilAsync("chat");
        Assert.DoesNotContain(stock.Seen, f => (string?)f["cmd"] == "note");
    }

    [Fact]
    public async Task Moderators_set_what_a_room_keeps_within_the_operators_bounds()
    {
        await using var server = await RunningServer.StartAsync([.. s_moderated, "--History:MaxDays=60"]);
        await using var ann = await WireClient.JoinAsync(server, "room", "ann");
        await using var mod = await JoinAsync(server, "mod", "pw");
        await ann.SendAsync("""{"cmd":"sethistory","channel":"room","mode":"on"}""");
        Assert.Equal("forbidden", (string)(await ann.ReadUntilAsync("warn"))["code"]!);
        await mod.SendAsync("""{"cmd":"sethistory","channel":"room","days":61}""");
        Assert.Equal("bad_payload", (string)(await mod.ReadUntilAsync("warn"))["code"]!);
        await mod.SendAsync("""{"cmd":"sethistory","channel":"room","mode":"on","days":60,"ttl":3600}""");
        var state = (await ann.ReadUntilAsync("roomState"))["history"]!;
        Assert.Equal(("on", 60L, 3600L), ((string)state["mode"]!, (long)state["days"]!, (long)state["ttl"]!));
        await ann.SendAsync(Message("chat", Mid1, "clear", null));
        Assert.True((bool)(await ann.ReadUntilAsync("ack"))["durable"]!);
        Assert.Equal(3600, (long)(await ann.ReadUntilAsync("chat"))["ttl"]!);
        await server.RestartAsync([.. s_moderated, "--History:MaxDays=10", "--History:Days=10"]);
        await using var back = await WireClient.JoinAsync(server, "room", "ann");
        var set = back.Seen.First(f => (string?)f["cmd"] == "onlineSet");
        Assert.Equal(("on", 10L), ((string)set["history"]!["mode"]!, (long)set["history"]!["days"]!));
        Assert.Equal(2, (long)set["head"]!);
    }

    [Fact]
    public async Task A_closed_room_puts_everybody_out_and_leaves_nothing()
    {
        await using var server = await RunningServer.StartAsync(s_moderated);
        await using var ann = await WireClient.JoinAsync(server, "room", "ann");
        await using var mod = await JoinAsync(server, "mod", "pw");
        var away = await JoinAsync(server, "bob", "");
        await away.DisposeAsync();
        await mod.SendAsync("""{"cmd":"sethistory","channel":"room","days":60}""");
        await ann.ReadUntilAsync("roomState");
        Assert.Equal("ack", await SayAsync(ann, "chat", Mid1, "E2EE:secret"));
        await WhisperAsync(ann, "\"nick\":\"mod\"", Mid2, "E2EE:too");
        await ann.ReadUntilAsync("ack");
        await ann.SendAsync("""{"cmd":"closeroom","channel":"room"}""");
        Assert.Equal("forbidden", (string)(await ann.ReadUntilAsync("warn"))["code"]!);
        await mod.SendAsync("""{"cmd":"closeroom","channel":"room"}""");
        Assert.Equal("ann", (string)(await ann.ReadUntilAsync("onlineRemove"))["nick"]!);
        Assert.Equal("not_in_room", await SayAsync(ann, "chat", Mid3, "E2EE:x"));
        Assert.Equal(0, server.CountRows("messages") + server.CountRows("rooms") + server.CountRows("epochs"));
        Assert.Equal(0, server.CountRows("seats"));
        await ann.SendAsync("""{"cmd":"join","channel":"room","nick":"ann"}""");
        var set = await ann.ReadUntilAsync("onlineSet");
        Assert.Equal((0L, 30L), ((long)set["head"]!, (long)set["history"]!["days"]!));
        Assert.Equal("ack", await SayAsync(ann, "chat", Mid1, "E2EE:another"));
    }

    [Fact]
    public async Task A_message_brings_its_time_to_live_and_a_wrong_one_is_refused()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await WireClient.JoinAsync(server, "room", "ann");
        await ann.SendAsync($$"""{"cmd":"chat","channel":"room","mid":"{{Mid1}}","text":"E2EE:x","ttl":4}""");
        Assert.Equal("bad_payload", (string)(await ann.ReadUntilAsync("nack"))["code"]!);
        await ann.SendAsync($$"""{"cmd":"chat","channel":"room","mid":"{{Mid1}}","text":"E2EE:x","ttl":60}""");
        Assert.Equal(60, (long)(await ann.ReadUntilAsync("chat"))["ttl"]!);
    }

    [Fact]
    public async Task A_whisper_waits_in_the_inbox_of_whoever_is_away_and_can_be_told_from_others()
    {
        await using var server = await RunningServer.StartAsync("--Compat:TripSalt=compat-test-salt");
        await using var ann = await WireClient.JoinAsync(server, "room", "ann");
        var bob = await JoinAsync(server, "bob", "pw");
        var id = (long)bob.Seen.First(f => (string?)f["cmd"] == "onlineSet")["users"]!.AsArray()[^1]!["userid"]!;
        await bob.SendAsync("""{"cmd":"leave","channel":"room"}""");
        await ann.ReadUntilAsync("onlineRemove");
        await WhisperAsync(ann, $"\"userid\":{id}", Mid1, "clear, which does not wait");
        Assert.Equal("unknown_user", (string)(await ann.ReadUntilAsync("nack"))["code"]!);
        await WhisperAsync(ann, $"\"userid\":{id}", Mid1, "E2EE:by number");
        Assert.True((bool)(await ann.ReadUntilAsync("ack"))["durable"]!);
        await WhisperAsync(ann, "\"nick\":\"bob\",\"trip\":\"Pz6LSM\"", Mid2, "E2EE:by trip");
        var second = await ann.ReadUntilAsync("ack");
        Assert.Equal(2, (long)second["seq"]!);
        await using var impostor = await JoinAsync(server, "bob", "another");
        await impostor.SendAsync("""{"cmd":"ping"}""");
        await impostor.ReadUntilAsync("pong");
        Assert.DoesNotContain(impostor.Seen, f => (string?)f["cmd"] == "replay");
        await impostor.SendAsync("""{"cmd":"leave","channel":"room"}""");
        await server.RestartAsync();
        await using var back = await JoinAsync(server, "bob", "pw");
        var inbox = await back.ReadUntilAsync("replay");
        Assert.True((bool)inbox["inbox"]!);
        Assert.Equal(["E2EE:by number", "E2EE:by trip"], inbox["events"]!.AsArray().Select(e => (string)e!["text"]!));
        Assert.Equal(2, (long)inbox["events"]![1]!["inbox"]!["seq"]!);
        Assert.Equal("ann", (string)inbox["events"]![1]!["nick"]!);
        Assert.Null(inbox["events"]![1]!["seq"]);
    }

    [Fact]
    public async Task The_app_gets_what_it_missed_as_ordinary_messages_once()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await WireClient.JoinAsync(server, "room", "ann");
        var app = await AppAsync(server);
        await SayAsync(ann, "chat", Mid1, "E2EE:seen");
        await app.ReadUntilAsync("chat");
        await app.SendAsync(
            $$"""{"type":"delivered_receipt","messageId":"{{Mid1}}","channel":"room","userId":"小明"}"""
        );
        await ann.ReadUntilAsync("delivered_receipt");
        await app.DisposeAsync();
        await ann.ReadUntilAsync("onlineRemove");
        await SayAsync(ann, "chat", Mid2, "E2EE:missed");
        await SayAsync(ann, "chat", Mid3, "clear and missed");
        await using var back = await AppAsync(server);
        Assert.Equal(Mid2, (string)(await back.ReadUntilAsync("chat"))["id"]!);
        Assert.Equal(Mid3, (string)(await back.ReadUntilAsync("chat"))["id"]!);
        await back.SendAsync("""{"type":"who","room":"room"}""");
        await back.ReadUntilAsync("presence");
        Assert.Equal(2, back.Seen.Count(f => (string?)f["cmd"] == "chat"));
    }

    [Fact]
    public async Task An_app_whose_dead_connection_has_to_be_evicted_misses_nothing_either()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await WireClient.JoinAsync(server, "room", "ann");
        // Nobody reads here, so that no ping is answered.
        using var dead = new System.Net.WebSockets.ClientWebSocket();
        await dead.ConnectAsync(server.WebSocket, default);
        foreach (var frame in new[] { """{"type":"nick","nick":"小明"}""", """{"type":"join","room":"room"}""" })
        {
            await dead.SendAsync(System.Text.Encoding.UTF8.GetBytes(frame), default, true, default);
        }
        await ann.ReadUntilAsync("onlineAdd");
        await SayAsync(ann, "chat", Mid1, "E2EE:missed");
        await using var back = await AppAsync(server);
        Assert.Equal(Mid1, (string)(await back.ReadUntilAsync("chat"))["id"]!);
    }

    [Fact]
    public async Task What_the_app_puts_in_clear_beside_an_envelope_is_seen_but_not_kept()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await WireClient.JoinAsync(server, "room", "ann");
        await using var app = await AppAsync(server);
        await app.SendAsync(
            """{"type":"message","id":"3F2504E0-4F89-11D3-9A0C-0305E82C3301","room":"room","text":"E2EE:x","attachment":{"id":"1","kind":"file","filename":"plan.pdf","url":"u"},"replyTo":{"messageId":"m","sender":"ann","text":"quoted"}}"""
        );
        var live = await ann.ReadUntilAsync("chat");
        Assert.Equal(
            ("plan.pdf", "quoted"),
            ((string)live["attachment"]!["filename"]!, (string)live["replyTo"]!["text"]!)
        );
        await server.RestartAsync();
        await using var back = await WireClient.JoinAsync(server, "room", "ann");
        await back.SendAsync("""{"cmd":"sync","channel":"room"}""");
        var kept = (await back.ReadUntilAsync("replay"))["events"]![0]!;
        Assert.Equal("""{"id":"1","kind":"file"}""", kept["attachment"]!.ToJsonString());
        Assert.Equal("""{"messageId":"m","sender":"ann"}""", kept["replyTo"]!.ToJsonString());
        Assert.Equal("E2EE:x", (string)kept["text"]!);
    }

    [Fact]
    public async Task Reactions_and_receipts_have_their_place_and_their_sender_gets_them_too()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await WireClient.JoinAsync(server, "room", "ann");
        await SayAsync(ann, "chat", Mid1, "hello");
        await ann.SendAsync(
            $$"""{"cmd":"add_reaction","channel":"room","messageId":"{{Mid1}}","emoji":"👍","mid":"{{Mid2}}"}"""
        );
        Assert.Equal(2, (long)(await ann.ReadUntilAsync("ack"))["seq"]!);
        Assert.Equal(2, (long)(await ann.ReadUntilAsync("reaction_added"))["seq"]!);
        await ann.SendAsync($$"""{"cmd":"read_receipt","channel":"room","messageId":"{{Mid1}}","mid":"{{Mid3}}"}""");
        Assert.Equal(3, (long)(await ann.ReadUntilAsync("ack"))["seq"]!);
        Assert.Equal(3, (long)(await ann.ReadUntilAsync("read_receipt"))["seq"]!);
    }

    [Fact]
    public async Task Programs_say_and_read_over_HTTP()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await WireClient.JoinAsync(server, "room", "ann");
        var body = new JsonObject
        {
            ["room"] = "room",
            ["nick"] = "robot",
            ["text"] = "E2EE:from afar",
            ["mid"] = Mid1,
        };
        using var posted = await s_http.PostAsJsonAsync($"{server.Url}/api/messages", body);
        var place = JsonNode.Parse(await posted.Content.ReadAsStringAsync())!;
        Assert.Equal((HttpStatusCode.OK, 1L, true), (posted.StatusCode, (long)place["seq"]!, (bool)place["durable"]!));
        Assert.Equal("robot", (string)(await ann.ReadUntilAsync("chat"))["nick"]!);
        using var again = await s_http.PostAsJsonAsync($"{server.Url}/messages", body);
        Assert.Equal(1, (long)JsonNode.Parse(await again.Content.ReadAsStringAsync())!["seq"]!);
        body["text"] = "E2EE:another";
        await RefusedAsync(server, body, HttpStatusCode.Conflict, "conflict");
        body["nick"] = "ann";
        body["mid"] = Mid2;
        await RefusedAsync(server, body, HttpStatusCode.Conflict, "nick_taken");
        body["nick"] = "not a nick";
        await RefusedAsync(server, body, HttpStatusCode.BadRequest, "nick_invalid");
        body["nick"] = "robot";
        body["mid"] = "short";
        await RefusedAsync(server, body, HttpStatusCode.BadRequest, "bad_payload");
        body["mid"] = Mid3;
        body["text"] = "clear";
        using var clear = await s_http.PostAsJsonAsync($"{server.Url}/api/messages", body);
        Assert.False((bool)JsonNode.Parse(await clear.Content.ReadAsStringAsync())!["durable"]!);
        var read = JsonNode.Parse(
            await s_http.GetStringAsync(new Uri($"{server.Url}/api/messages?room=room&since=0"))
        )!;
        Assert.Equal("E2EE:from afar", (string)Assert.Single(read["events"]!.AsArray())!["text"]!);
        using var wrong = await s_http.GetAsync(new Uri($"{server.Url}/api/messages?room=room&limit=201"));
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
    }

    private static async Task RefusedAsync(RunningServer server, JsonObject body, HttpStatusCode status, string code)
    {
        using var answer = await s_http.PostAsJsonAsync($"{server.Url}/api/messages", body);
        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal((status, code), (answer.StatusCode, (string)problem["code"]!));
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }

    private static async Task<WireClient> JoinAsync(RunningServer server, string nick, string pass)
    {
        var client = await WireClient.ConnectAsync(server);
        await client.SendAsync("""{"cmd":"session","proto":3}""");
        await client.ReadUntilAsync("session");
        await client.SendAsync($$"""{"cmd":"join","channel":"room","nick":"{{nick}}","pass":"{{pass}}"}""");
        await client.ReadUntilAsync("session");
        return client;
    }

    private static async Task<WireClient> AppAsync(RunningServer server)
    {
        var app = await WireClient.ConnectAsync(server);
        await app.SendAsync("""{"type":"nick","nick":"小明"}""");
        await app.SendAsync("""{"type":"join","room":"room"}""");
        while ((string?)(await app.ReadUntilAsync("info"))["text"] != "joined #room") { }
        return app;
    }

    private static Task WhisperAsync(WireClient from, string to, string mid, string text) =>
        from.SendAsync($$"""{"cmd":"whisper","channel":"room",{{to}},"mid":"{{mid}}","text":"{{text}}"}""");

    // The answer: "ack", or the code of the refusal.
    private static async Task<string> SayAsync(
        WireClient client,
        string cmd,
        string mid,
        string text,
        string? target = null
    )
    {
        await client.SendAsync(Message(cmd, mid, text, target));
        while (true)
        {
            var frame = await client.ReadAsync();
            if ((string?)frame["cmd"] is "ack" or "nack" && (string?)frame["mid"] == mid)
            {
                return (string?)frame["code"] ?? "ack";
            }
        }
    }

    private static string Message(string cmd, string mid, string text, string? target) =>
        new JsonObject
        {
            ["cmd"] = cmd,
            ["channel"] = "room",
            ["mid"] = mid,
            ["text"] = text,
            ["target"] = target,
        }.ToJsonString();
}
