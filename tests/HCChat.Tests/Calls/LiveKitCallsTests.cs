using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using HCChat.Rtc;
using HCChat.Server.Calls;
using HCChat.Server.Chat;
using HCChat.Server.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Calls;

/// <summary>Calls that a LiveKit server has: asked over its room service, told by its webhooks. The server here is one that says what LiveKit's documents say.</summary>
public sealed class LiveKitCallsTests
{
    private const string Secret = "a secret that LiveKit and we have in common";

    [Fact]
    public async Task Clients_are_sent_there_and_members_are_told_what_a_webhook_led_to()
    {
        await using var livekit = new ScriptedLiveKit();
        await using var server = await StartAsync(livekit);
        await using var ann = await Caller.EnterAsync(server, "room", "ann");
        var seat = await ann.TakeSeatAsync();
        Assert.Equal("wss://livekit.example", (string?)seat["livekitUrl"]);
        await ann.Wire.SendAsync(
            """{"cmd":"chat","channel":"room","mid":"mid-000000000001","call":true,"text":"E2EE:start"}"""
        );
        await ann.Wire.ReadUntilAsync("call");
        livekit.People = [((string)seat["identity"]!, "ann")];
        var call = server.Service<CallSeats>().CallOf("room");
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            await HookAsync(server, call, "another secret, as long as the first")
        );
        Assert.Equal(HttpStatusCode.NoContent, await HookAsync(server, call, Secret));
        var told = (await ann.Wire.ReadUntilAsync("call"))["call"]!["people"]!.AsArray();
        Assert.Equal("ann", (string?)told[0]!["nick"]);
        livekit.People = [];
        await HookAsync(server, call, Secret);
        Assert.Null((await ann.Wire.ReadUntilAsync("call"))["call"]);
    }

    [Fact]
    public async Task Whoever_is_kicked_is_put_out_there_too_and_again_when_the_old_token_brings_them_back()
    {
        await using var livekit = new ScriptedLiveKit();
        await using var server = await StartAsync(livekit);
        await using var owner = await Person.EnterAsync(server, "room", "owner");
        await owner.ClaimAsync("room");
        await using var ann = await Caller.EnterAsync(server, "room", "ann");
        var identity = (string)(await ann.TakeSeatAsync())["identity"]!;
        livekit.People = [(identity, "ann")];
        await owner.Wire.SendAsync("""{"cmd":"kick","channel":"room","nick":"ann"}""");
        await CallingTests.WaitAsync(() => livekit.Removed.Contains(identity));
        livekit.Removed.Clear();
        await HookAsync(server, server.Service<CallSeats>().CallOf("room"), Secret);
        await CallingTests.WaitAsync(() => livekit.Removed.Contains(identity));
    }

    [Fact]
    public async Task Whoever_was_there_before_a_restart_is_put_out_as_well()
    {
        await using var livekit = new ScriptedLiveKit();
        await using var server = await StartAsync(livekit);
        await using var owner = await Person.EnterAsync(server, "room", "owner");
        await owner.ClaimAsync("room");
        await using var bob = await WireClient.JoinAsync(server, "room", "bob");
        await owner.Wire.SendAsync("""{"cmd":"kick","channel":"room","nick":"bob"}""");
        await CallingTests.WaitAsync(() => livekit.Removed.Any(i => i.StartsWith("p_", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_call_that_goes_on_while_this_server_is_away_is_told_to_whoever_comes_afterwards_and_ends()
    {
        await using var livekit = new ScriptedLiveKit();
        await using var server = await StartAsync(livekit);
        var call = server.Service<CallSeats>().CallOf("room");
        string told;
        await using (var ann = await Caller.EnterAsync(server, "room", "ann"))
        {
            var seat = await ann.TakeSeatAsync();
            await ann.Wire.SendAsync(
                """{"cmd":"chat","channel":"room","mid":"mid-000000000001","call":true,"text":"E2EE:start"}"""
            );
            await ann.Wire.ReadUntilAsync("call");
            livekit.People = [((string)seat["identity"]!, "ann")];
            await HookAsync(server, call, Secret);
            told = (await ann.Wire.ReadUntilAsync("call"))["call"]!["start"]!.ToJsonString();
        }
        await server.RestartAsync();
        await using var bob = await WireClient.JoinAsync(server, "room", "bob");
        var there = bob.Seen.Find(f => (string?)f["cmd"] == "onlineSet")!["call"]!;
        Assert.Equal(told, there["start"]!.ToJsonString());
        if (there["people"]!.AsArray().Count == 0) // it was not looked up yet
        {
            there = (await bob.ReadUntilAsync("call"))["call"]!;
        }
        Assert.Equal("ann", (string?)there["people"]![0]!["nick"]);
        livekit.People = [];
        await HookAsync(server, call, Secret);
        Assert.Null((await bob.ReadUntilAsync("call"))["call"]);

        await bob.DisposeAsync();
        await server.RestartAsync();
        await using var cat = await WireClient.JoinAsync(server, "room", "cat");
        Assert.Null(cat.Seen.Find(f => (string?)f["cmd"] == "onlineSet")!["call"]);
    }

    [Fact]
    public async Task A_call_that_ended_while_this_server_was_away_is_over()
    {
        await using var livekit = new ScriptedLiveKit();
        await using var server = await StartAsync(livekit);
        await using (var ann = await WireClient.JoinAsync(server, "room", "ann"))
        {
            await ann.SendAsync(
                """{"cmd":"chat","channel":"room","mid":"mid-000000000001","call":true,"text":"E2EE:start"}"""
            );
            await ann.ReadUntilAsync("call");
        }
        await server.RestartAsync();
        await CallingTests.WaitAsync(() => server.Service<ChatServer>().Rooms.Find("room")?.Call is null);
    }

    [Fact]
    public async Task Whoever_is_left_over_from_a_call_that_was_lost_is_put_out_when_the_next_one_begins()
    {
        await using var livekit = new ScriptedLiveKit { People = [("p_left_over", "old")] };
        await using var server = await StartAsync(livekit);
        await using var ann = await Caller.EnterAsync(server, "room", "ann");
        var seat = await ann.TakeSeatAsync();
        await ann.Wire.SendAsync(
            """{"cmd":"chat","channel":"room","mid":"mid-000000000001","call":true,"text":"E2EE:start"}"""
        );
        await CallingTests.WaitAsync(() => livekit.Removed.Contains("p_left_over"));
        livekit.People = [((string)seat["identity"]!, "ann"), ("p_left_over", "old")];
        livekit.Removed.Clear();
        await HookAsync(server, server.Service<CallSeats>().CallOf("room"), Secret);
        await CallingTests.WaitAsync(() => livekit.Removed.Contains("p_left_over"));
        Assert.DoesNotContain((string)seat["identity"]!, livekit.Removed);
    }

    [Fact]
    public async Task One_that_does_not_answer_is_not_waited_for_again_and_again()
    {
        var time = new FakeTimeProvider();
        // Nobody listens on this port.
        var options = new LiveKitOptions { Url = "ws://127.0.0.1:1" };
        using var calls = new LiveKitCalls(options, new AccessToken("key", Secret, time), time);
        Assert.NotNull((await AskAsync()).InnerException);
        Assert.Null((await AskAsync()).InnerException);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.NotNull((await AskAsync()).InnerException);

        Task<CallsException> AskAsync() =>
            Assert.ThrowsAsync<CallsException>(() => calls.RemoveAsync("call", "p", CancellationToken.None));
    }

    [Fact]
    public async Task Of_a_webhook_that_is_nobodys_nothing_is_read_and_of_LiveKits_not_too_much()
    {
        await using var livekit = new ScriptedLiveKit();
        await using var server = await StartAsync(livekit);
        var much = new byte[300_000];
        Assert.Equal(HttpStatusCode.Unauthorized, await HookAsync(server, much, "no token"));
        Assert.Equal(
            HttpStatusCode.RequestEntityTooLarge,
            await HookAsync(server, much, WebhookToken.Of(much, "key", Secret))
        );
        var other = WebhookToken.Of("{}"u8.ToArray(), "key", Secret);
        Assert.Equal(HttpStatusCode.Unauthorized, await HookAsync(server, "{ }"u8.ToArray(), other));
        Assert.Equal(HttpStatusCode.NoContent, await HookAsync(server, "{}"u8.ToArray(), other));
    }

    [Fact]
    public async Task When_it_is_away_that_is_said_and_the_chat_goes_on()
    {
        await using var livekit = new ScriptedLiveKit { IsBroken = true };
        await using var server = await StartAsync(livekit);
        await using var owner = await Person.EnterAsync(server, "room", "owner");
        await owner.ClaimAsync("room");
        await using var ann = await Caller.EnterAsync(server, "room", "ann");
        Assert.NotNull((await ann.TakeSeatAsync())["token"]);
        var remove = new { room = "room", identity = "p" };
        Assert.Equal("forbidden", (string?)(await ann.PostAsync("remove", remove))["code"]);
        await using var keeper = await Caller.OfAsync(server, "room", owner.Wire);
        Assert.Equal("calls_away", (string?)(await keeper.PostAsync("remove", remove))["code"]);
        await ann.Wire.SendAsync("""{"cmd":"chat","channel":"room","mid":"mid-000000000009","text":"E2EE:x"}""");
        await ann.Wire.ReadUntilAsync("ack");
    }

    private static Task<RunningServer> StartAsync(ScriptedLiveKit livekit) =>
        RunningServer.StartAsync(
            "--Rtc:Mode=livekit",
            "--LiveKit:Url=wss://livekit.example",
            $"--LiveKit:ApiUrl={livekit.Url}",
            "--LiveKit:ApiKey=key",
            $"--LiveKit:ApiSecret={Secret}"
        );

    private static Task<HttpStatusCode> HookAsync(RunningServer server, string call, string secret)
    {
        var body = Encoding.UTF8.GetBytes(
            $$$"""{"event":"participant_joined","room":{"name":"{{{call}}}"},"createdAt":"1800000000"}"""
        );
        return HookAsync(server, body, WebhookToken.Of(body, "key", secret));
    }

    private static async Task<HttpStatusCode> HookAsync(RunningServer server, byte[] body, string token)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{server.Url}/api/rtc/webhook");
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.ContentType = new("application/webhook+json");
        request.Headers.TryAddWithoutValidation("Authorization", token);
        using var response = await http.SendAsync(request);
        return response.StatusCode;
    }

    /// <summary>Answers what LiveKit's room service would.</summary>
    private sealed class ScriptedLiveKit : IAsyncDisposable
    {
        private readonly HttpListener _http = new();
        private readonly AccessToken _tokens = new("key", Secret, TimeProvider.System);
        private readonly Task _serving;

        public ScriptedLiveKit()
        {
            var port = FreePort.Next();
            Url = $"http://127.0.0.1:{port}";
            _http.Prefixes.Add(Url + "/");
            _http.Start();
            _serving = ServeAsync();
        }

        public string Url { get; }
        public bool IsBroken { get; init; }
        public IReadOnlyList<(string Identity, string Name)> People { get; set; } = [];
        public ConcurrentBag<string> Removed { get; } = [];

        public async ValueTask DisposeAsync()
        {
            _http.Stop();
            await _serving;
            _http.Close();
        }

        private async Task ServeAsync()
        {
            while (true)
            {
                HttpListenerContext context;
                try
                {
                    context = await _http.GetContextAsync();
                }
                catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
                {
                    return;
                }
                var body = JsonNode.Parse(context.Request.InputStream)!;
                var (status, answer) = IsBroken ? (500, "{}") : Answer(context.Request.RawUrl!, body);
                try
                {
                    context.Response.StatusCode = status;
                    context.Response.ContentType = "application/json";
                    await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(answer));
                    context.Response.Close();
                }
                catch (Exception e) when (e is HttpListenerException or ObjectDisposedException) { } // whoever asked is gone
            }
        }

        private (int, string) Answer(string path, JsonNode body)
        {
            if (path.EndsWith("/ListParticipants", StringComparison.Ordinal))
            {
                var people = People.Select(p =>
                    (JsonNode)new JsonObject { ["identity"] = p.Identity, ["name"] = p.Name }
                );
                return (200, new JsonObject { ["participants"] = new JsonArray([.. people]) }.ToJsonString());
            }
            if (path.EndsWith("/RemoveParticipant", StringComparison.Ordinal))
            {
                Removed.Add((string)body["identity"]!);
                return (200, "{}");
            }
            return (404, """{"code":"not_found","msg":"no such thing"}""");
        }
    }
}
