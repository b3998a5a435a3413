using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace HCChat.Tests.Chat;

/// <summary>What those outside are told of a room that is not there, of one that is shut and of one whose password they do not know: the same, byte by byte.</summary>
public sealed class ShutDoorTests : IAsyncLifetime
{
    // Of one length, so that only what a request says itself is different in its answer.
    private static readonly string[] s_rooms = ["nowhere", "locked!", "invited", "guarded", "history"];
    private RunningServer _server = null!;
    private Person _owner = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await RunningServer.StartAsync("--Limits:RateLimit=false", "--Compat:TripSalt=compat-test-salt");
        _owner = await Person.EnterAsync(_server, "locked!", "owner");
        await ShutAsync("locked!", "\"access\":\"locked\"");
        await ShutAsync("invited", "\"access\":\"invite\",\"knock\":true");
        await ShutAsync("guarded", "\"password\":\"open sesame\"");
        await ShutAsync("history", "\"access\":\"invite\"");
        await _owner.Wire.SendAsync("""{"cmd":"chat","channel":"history","mid":"mid-000000000001","text":"E2EE:x"}""");
        await _owner.Wire.ReadUntilAsync("ack");
        // Nobody is in that one: it is on the disk alone.
        await _owner.Wire.SendAsync("""{"cmd":"leave","channel":"history"}""");
        await _owner.Wire.ReadUntilAsync("session");
    }

    public async ValueTask DisposeAsync()
    {
        await _owner.DisposeAsync();
        await _server.DisposeAsync();
    }

    public static TheoryData<string> Frames =>
        [
            """{"cmd":"join","channel":"ROOM","nick":"eve","password":"wrong"}""",
            """{"cmd":"join","channel":"ROOM","nick":"eve","invite":"wrong"}""",
            """{"cmd":"join","channel":"ROOM","nick":"owner","password":"wrong","invite":"wrong"}""",
            """{"cmd":"join","channel":"ROOM","nick":"eve","pass":"a trip","password":"wrong"}""",
            """{"cmd":"knock","channel":"ROOM","nick":"eve","text":"please"}""",
            """{"cmd":"sync","channel":"ROOM"}""",
            """{"cmd":"who","channel":"ROOM"}""",
            """{"cmd":"chat","channel":"ROOM","mid":"mid-000000000009","text":"hi"}""",
            """{"cmd":"capability","channel":"ROOM"}""",
            """{"cmd":"kick","channel":"ROOM","nick":"owner"}""",
            """{"cmd":"whisper","channel":"ROOM","nick":"owner","mid":"mid-000000000009","text":"hi"}""",
            """{"cmd":"roles","channel":"ROOM"}""",
            """{"cmd":"closeroom","channel":"ROOM"}""",
        ];

    [Theory, MemberData(nameof(Frames))]
    public async Task A_frame_is_answered_the_same(string frame)
    {
        await using var eve = await WireClient.ConnectAsync(_server);
        await eve.SendAsync("""{"cmd":"session","proto":3}""");
        await eve.ReadUntilAsync("session");
        var answers = new HashSet<string>();
        foreach (var room in s_rooms)
        {
            var before = eve.Seen.Count;
            await eve.SendAsync(frame.Replace("ROOM", room, StringComparison.Ordinal));
            await eve.SendAsync("""{"cmd":"ping"}""");
            await eve.ReadUntilAsync("pong");
            answers.Add(string.Join('\n', eve.Seen[before..^1].Select(f => Anonymous(f, room))));
        }
        Assert.NotEqual("", Assert.Single(answers));
    }

    [Theory]
    [InlineData("GET", "/api/messages?room=ROOM", null)]
    [InlineData("GET", "/api/messages?room=ROOM&since=0&limit=5", null)]
    [InlineData("GET", "/messages?room=ROOM", null)]
    [InlineData("POST", "/api/chat/token", """{"room":"ROOM","nick":"eve","password":"wrong"}""")]
    [InlineData("POST", "/api/chat/token", """{"room":"ROOM","nick":"owner","invite":"wrong"}""")]
    public async Task A_call_is_answered_the_same(string method, string path, string? body)
    {
        using var http = new HttpClient();
        var answers = new HashSet<string>();
        foreach (var room in s_rooms)
        {
            using var request = new HttpRequestMessage(
                new HttpMethod(method),
                new Uri(_server.Url + path.Replace("ROOM", room, StringComparison.Ordinal))
            );
            request.Content = body is null
                ? null
                : new StringContent(
                    body.Replace("ROOM", room, StringComparison.Ordinal),
                    Encoding.UTF8,
                    "application/json"
                );
            using var response = await http.SendAsync(request);
            var headers = response
                .Headers.Concat(response.Content.Headers)
                .Where(h => h.Key != "Date")
                .Select(h => $"{h.Key}: {string.Join(", ", h.Value)}");
            answers.Add(
                $"{response.StatusCode}\n{string.Join('\n', headers)}\n{await response.Content.ReadAsStringAsync()}"
            );
        }
        Assert.Contains("\"locked\"", Assert.Single(answers), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_knows_what_opens_a_door_comes_in_and_without_a_secret_a_new_room_is_opened()
    {
        await using var bob = await WireClient.ConnectAsync(_server);
        await bob.SendAsync("""{"cmd":"session","proto":3}""");
        await bob.ReadUntilAsync("session");
        await bob.SendAsync("""{"cmd":"join","channel":"guarded","nick":"bob","password":"open sesame"}""");
        await bob.ReadUntilAsync("onlineSet");
        await bob.SendAsync("""{"cmd":"join","channel":"nowhere","nick":"bob","password":"wrong"}""");
        Assert.Equal("locked", (string)(await bob.ReadUntilAsync("warn"))["code"]!);
        await bob.SendAsync("""{"cmd":"join","channel":"nowhere","nick":"bob","password":""}""");
        await bob.ReadUntilAsync("onlineSet");
        using var http = new HttpClient();
        var given = await http.PostAsJsonAsync(
            new Uri($"{_server.Url}/api/chat/token"),
            new
            {
                room = "guarded",
                nick = "eve",
                password = "open sesame",
            }
        );
        Assert.True(given.IsSuccessStatusCode);
    }

    private async Task ShutAsync(string channel, string settings)
    {
        if (channel != "locked!")
        {
            await _owner.Wire.SendAsync($$"""{"cmd":"join","channel":"{{channel}}","nick":"owner"}""");
            await _owner.Wire.ReadUntilAsync("session");
        }
        await _owner.Wire.SendAsync($$"""{"cmd":"claim","channel":"{{channel}}"}""");
        await _owner.Wire.ReadUntilAsync("roomInfo");
        await _owner.Wire.SendAsync($$"""{"cmd":"setroom","channel":"{{channel}}",{{settings}}}""");
        await _owner.Wire.ReadUntilAsync("roomInfo");
    }

    // As it came, but for the time and the name that the request said itself.
    private static string Anonymous(JsonObject frame, string room)
    {
        var copy = frame.DeepClone().AsObject();
        copy.Remove("time");
        return copy.ToJsonString().Replace(room, "ROOM", StringComparison.Ordinal);
    }
}
