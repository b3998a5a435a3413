using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using HCChat.Server.Chat;

namespace HCChat.Tests.Chat;

/// <summary>What somebody could do to others, or to the server, with frames that are in order. Over the wire against the real server.</summary>
public sealed class AbuseTests
{
    private const string Mid1 = "mid-000000000001";
    private const string Mid2 = "mid-000000000002";

    // The trip of the pass code "pw" under this salt.
    private static readonly string[] s_moderated =
    [
        "--Compat:TripSalt=compat-test-salt",
        "--Moderation:ModTrips=Pz6LSM",
    ];

    [Fact]
    public async Task A_whisper_to_a_name_that_nobody_can_have_is_refused()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await WireClient.JoinAsync(server, "room", "ann");
        Assert.Equal("unknown_user", await WhisperAsync(ann, "bob", new string('x', 3_000)));
        Assert.Equal("unknown_user", await WhisperAsync(ann, new string('x', 3_000), "Pz6LSM"));
        Assert.Equal("ack", await WhisperAsync(ann, "bob", "Pz6LSM"));
    }

    [Theory]
    [InlineData("clear")]
    [InlineData("E2EE:x")]
    public async Task Nobody_becomes_the_author_of_a_message_by_using_its_id_again(string text)
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await WireClient.JoinAsync(server, "room", "ann");
        await using var bob = await WireClient.JoinAsync(server, "room", "bob");
        Assert.Equal("ack", await SayAsync(ann, "chat", Mid1, text));
        Assert.Equal("ack", await SayAsync(bob, "chat", Mid1, text + ", another"));
        Assert.Equal("forbidden", await SayAsync(bob, "edit", Mid2, text + ", forged", Mid1));
        Assert.Equal("forbidden", await SayAsync(bob, "delete", Mid2, "", Mid1));
        Assert.Equal("ack", await SayAsync(ann, "edit", Mid2, text + ", changed", Mid1));
    }

    [Fact]
    public async Task Nobody_becomes_the_author_of_a_message_that_only_the_disk_remembers()
    {
        await using var server = await RunningServer.StartAsync();
        await using (var ann = await WireClient.JoinAsync(server, "room", "ann"))
        {
            Assert.Equal("ack", await SayAsync(ann, "chat", Mid1, "E2EE:x"));
        }
        await server.RestartAsync();
        await using var bob = await WireClient.JoinAsync(server, "room", "bob");
        Assert.Equal("ack", await SayAsync(bob, "chat", Mid1, "E2EE:another"));
        Assert.Equal("forbidden", await SayAsync(bob, "edit", Mid2, "E2EE:forged", Mid1));
    }

    [Fact]
    public async Task The_end_of_one_room_changes_nothing_in_another()
    {
        await using var server = await RunningServer.StartAsync(s_moderated);
        await using var ann = await WireClient.JoinAsync(server, "room", "ann");
        Assert.Equal("ack", await SayAsync(ann, "chat", Mid1, "clear"));
        await ann.SendAsync("""{"cmd":"join","channel":"closing","nick":"ann"}""");
        await ann.ReadUntilAsync("session");
        await using var mod = await WireClient.ConnectAsync(server);
        await mod.SendAsync("""{"cmd":"session","proto":3}""");
        await mod.SendAsync("""{"cmd":"join","channel":"closing","nick":"mod","pass":"pw"}""");
        await mod.SendAsync("""{"cmd":"closeroom","channel":"closing"}""");
        await ann.ReadUntilAsync("onlineRemove");
        Assert.Equal("ack", await SayAsync(ann, "edit", Mid2, "changed", Mid1));
    }

    [Fact]
    public async Task The_app_gets_all_that_it_missed_however_much_it_is()
    {
        await using var server = await RunningServer.StartAsync("--Limits:RateLimit=false");
        await using var ann = await WireClient.JoinAsync(server, "room", "ann");
        var app = await AppAsync(server);
        await ann.ReadUntilAsync("onlineAdd");
        await app.DisposeAsync();
        await ann.ReadUntilAsync("onlineRemove");
        for (var i = 100; i < 350; i++)
        {
            Assert.Equal("ack", await SayAsync(ann, "chat", $"mid-000000000{i}", "E2EE:missed"));
        }
        await using var back = await AppAsync(server);
        await back.SendAsync("""{"type":"who","room":"room"}""");
        await back.ReadUntilAsync("presence");
        Assert.Equal(250, back.Seen.Count(f => (string?)f["cmd"] == "chat"));
    }

    [Fact]
    public async Task The_app_gets_what_its_dead_connection_was_sent()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await WireClient.JoinAsync(server, "room", "ann");
        // A socket of .NET that nobody reads from answers no ping.
        using var dead = new ClientWebSocket();
        await dead.ConnectAsync(server.WebSocket, TestContext.Current.CancellationToken);
        foreach (var frame in s_appJoins)
        {
            await dead.SendAsync(
                Encoding.UTF8.GetBytes(frame),
                WebSocketMessageType.Binary,
                true,
                TestContext.Current.CancellationToken
            );
        }
        await ann.ReadUntilAsync("onlineAdd");
        Assert.Equal("ack", await SayAsync(ann, "chat", Mid1, "E2EE:into the void"));
        await using var back = await AppAsync(server);
        await back.SendAsync("""{"type":"who","room":"room"}""");
        await back.ReadUntilAsync("presence");
        Assert.Equal(Mid1, (string?)Assert.Single(back.Seen, f => (string?)f["cmd"] == "chat")["id"]);
    }

    [Fact]
    public async Task Full_inboxes_in_many_rooms_do_not_come_all_at_once()
    {
        await using var server = await RunningServer.StartAsync(
            "--Compat:TripSalt=compat-test-salt",
            "--Limits:RateLimit=false"
        );
        await using var ann = await WireClient.JoinAsync(server, "room", "ann");
        await using var bob = await WireClient.ConnectAsync(server);
        await bob.SendAsync("""{"cmd":"session","proto":3}""");
        var text = "E2EE:" + new string('x', 60_000);
        for (var i = 0; i < 20; i++)
        {
            if (i % 4 == 0)
            {
                await ann.SendAsync($$"""{"cmd":"join","channel":"room {{i}}","nick":"ann"}""");
                await ann.ReadUntilAsync("session");
            }
            await ann.SendAsync(
                $$"""{"cmd":"whisper","channel":"room {{i / 4 * 4}}","nick":"bob","trip":"Pz6LSM","mid":"mid-0000000000{{10
                    + i}}","text":"{{text}}"}"""
            );
            await ann.ReadUntilAsync("ack");
        }
        for (var i = 0; i < 20; i += 4)
        {
            await bob.SendAsync($$"""{"cmd":"join","channel":"room {{i}}","nick":"bob","pass":"pw"}""");
        }
        var (bytes, more) = (0, 0);
        for (var i = 0; i < 5; i++)
        {
            var replay = await bob.ReadUntilAsync("replay");
            bytes += replay.ToJsonString().Length;
            more += (bool)replay["more"]! ? 1 : 0;
        }
        Assert.InRange(bytes, 500_000, 800_000);
        Assert.Equal(2, more);
    }

    [Fact]
    public async Task A_name_that_no_epoch_can_have_is_not_looked_for()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await WireClient.JoinAsync(server, "room", "ann");
        foreach (var name in new[] { "\\u0000", "\\ud800", "a b" })
        {
            await ann.SendAsync($$"""{"cmd":"sync","channel":"room","epoch":"{{name}}"}""");
            Assert.Equal("bad_payload", (string?)(await ann.ReadUntilAsync("warn"))["code"]);
        }
    }

    [Fact]
    public void Positions_that_are_given_again_and_again_do_not_pile_up()
    {
        var session = new Session
        {
            AddressKey = "a",
            Number = 1,
            Guard = new FloodGuard(TimeProvider.System, enabled: true).ForConnection("a"),
            Deliver = (_, _) => { },
            ProbeAsync = () => Task.FromResult(false),
            Close = _ => { },
            OnceReceived = _ => { },
        };
        for (var i = 0; i < 1_000; i++)
        {
            session.Remember([new Catchup.Position($"room {i}", false, "epoch", i), new("room", false, "epoch", i)]);
        }
        Assert.True(session.Positions.Count <= 64);
        Assert.Equal(999, session.Take("room", inbox: false)!.Seq);
    }

    private static readonly string[] s_appJoins =
    [
        """{"type":"nick","nick":"小明"}""",
        """{"type":"join","room":"room"}""",
    ];

    private static async Task<WireClient> AppAsync(RunningServer server)
    {
        var app = await WireClient.ConnectAsync(server);
        foreach (var frame in s_appJoins)
        {
            await app.SendAsync(frame);
        }
        while ((string?)(await app.ReadUntilAsync("info"))["text"] != "joined #room") { }
        return app;
    }

    private static Task<string> WhisperAsync(WireClient from, string nick, string trip) =>
        AnswerAsync(
            from,
            new JsonObject
            {
                ["cmd"] = "whisper",
                ["channel"] = "room",
                ["nick"] = nick,
                ["trip"] = trip,
                ["mid"] = Mid1,
                ["text"] = "E2EE:x",
            }
        );

    private static Task<string> SayAsync(WireClient from, string cmd, string mid, string text, string? target = null) =>
        AnswerAsync(
            from,
            new JsonObject
            {
                ["cmd"] = cmd,
                ["channel"] = "room",
                ["mid"] = mid,
                ["text"] = text,
                ["target"] = target,
            }
        );

    // "ack", or the code of the refusal.
    private static async Task<string> AnswerAsync(WireClient client, JsonObject frame)
    {
        await client.SendAsync(frame.ToJsonString());
        while (true)
        {
            var answer = await client.ReadAsync();
            if ((string?)answer["cmd"] is "ack" or "nack" && (string?)answer["mid"] == (string?)frame["mid"])
            {
                return (string?)answer["code"] ?? "ack";
            }
        }
    }
}
