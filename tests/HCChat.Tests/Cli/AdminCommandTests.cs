using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using HCChat.Server.Identities;

namespace HCChat.Tests.Cli;

/// <summary>What operators do with a running server.</summary>
public sealed class AdminCommandTests : IAsyncLifetime
{
    private readonly Shell _shell = new();
    private RunningServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartAsync("--Limits:RateLimit=false");

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _shell.Dispose();
    }

    [Fact]
    public async Task Accounts_are_made_shut_out_and_let_in_again_and_each_act_is_written_down()
    {
        Assert.Equal(0, (await AdminAsync("correct horse\n", "user", "add", "ann")).Exit);
        Assert.Equal(3, (await AdminAsync("correct horse\n", "user", "add", "Ann")).Exit);
        Assert.Equal(3, (await AdminAsync("short\n", "user", "add", "bob")).Exit);
        var (_, listed, _) = await AdminAsync("", "user", "list", "--json");
        Assert.Equal("ann", (string)JsonNode.Parse(listed)!["name"]!);
        Assert.DoesNotContain("horse", listed, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await LogInAsync("correct horse"));
        Assert.Equal(0, (await AdminAsync("", "user", "disable", "ann")).Exit);
        Assert.Equal(HttpStatusCode.Unauthorized, await LogInAsync("correct horse"));
        Assert.Equal(0, (await AdminAsync("", "user", "enable", "ann")).Exit);
        Assert.Equal(0, (await AdminAsync("battery staple\n", "user", "password", "ann")).Exit);
        Assert.Equal(HttpStatusCode.Unauthorized, await LogInAsync("correct horse"));
        Assert.Equal(HttpStatusCode.OK, await LogInAsync("battery staple"));
        Assert.Equal(3, (await AdminAsync("", "user", "disable", "nobody")).Exit);
        var (_, audit, _) = await AdminAsync("", "audit", "--json");
        var acts = audit
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => (string)JsonNode.Parse(l)!["act"]!)
            .ToList();
        Assert.Contains("accounts/disable", acts);
        Assert.DoesNotContain("staple", audit, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_room_is_given_to_somebody_closed_and_taken_down_for_good()
    {
        await using var ann = await Person.EnterAsync(_server, "room", "ann");
        Assert.Equal(0, (await AdminAsync("", "room", "owner", "room", "key:" + Fingerprint(ann))).Exit);
        Assert.Equal(99_999, (long)(await ann.Wire.ReadUntilAsync("updateUser"))["level"]!);
        Assert.Equal(3, (await AdminAsync("", "room", "owner", "room", "ann")).Exit);
        var (_, rooms, _) = await AdminAsync("", "room", "list");
        Assert.Contains("room=room  people=1  owned=true", rooms, StringComparison.Ordinal);
        Assert.Equal(0, (await AdminAsync("", "room", "close", "room")).Exit);
        Assert.Equal("ann", (string)(await ann.Wire.ReadUntilAsync("onlineRemove"))["nick"]!);
        await using (var again = await Person.EnterAsync(_server, "room", "ann", ann.Seed))
        {
            Assert.Equal(100, again.Level);
        }
        Assert.Equal(0, (await AdminAsync("", "room", "takedown", "room")).Exit);
        Assert.Equal("locked", await Person.TurnedAwayAsync(_server, "room", "ann"));
        await _server.RestartAsync();
        Assert.Equal("locked", await Person.TurnedAwayAsync(_server, "room", "ann"));
    }

    [Fact]
    public async Task An_account_becomes_an_operators_and_one_like_any_other_again()
    {
        await _server.Service<Accounts>().CreateAsync("ann", "correct horse", isOperator: false);
        var token = await AccessAsync("ann");
        foreach (var (verb, may) in new[] { ("promote", true), ("demote", false) })
        {
            Assert.Equal(0, (await AdminAsync("", "user", verb, "ann")).Exit);
            using var http = new HttpClient();
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
            var answer = await http.GetAsync(new Uri($"{_server.Url}/api/admin/status"));
            Assert.Equal((verb, may), (verb, answer.IsSuccessStatusCode));
        }
        Assert.Equal(3, (await AdminAsync("", "user", "promote", "nobody")).Exit);
    }

    [Fact]
    public async Task What_is_kept_and_every_limit_are_told_in_numbers()
    {
        await using var ann = await Person.EnterAsync(_server, "room", "ann");
        await ann.Wire.SendAsync("""{"cmd":"chat","channel":"room","mid":"mid-000000000001","text":"E2EE:x"}""");
        await ann.Wire.ReadUntilAsync("ack");
        var (_, storage, _) = await AdminAsync("", "storage", "--json");
        var kept = JsonNode.Parse(storage)!;
        Assert.Equal(("SQLite", 1L), ((string)kept["database"]!, (long)kept["messages"]!));
        Assert.True((long)kept["size"]! > 0 && (long)kept["free"]! > 0);
        Assert.Contains(
            "name=MaxFrame  number=65536",
            (await AdminAsync("", "limits")).Output,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task What_people_report_waits_for_the_operator()
    {
        using var http = new HttpClient();
        var reports = new Uri($"{_server.Url}/api/reports");
        var good = await http.PostAsJsonAsync(reports, new { room = "room", reason = "bad\nthings" });
        Assert.Equal(HttpStatusCode.NoContent, good.StatusCode);
        Assert.Equal(
            HttpStatusCode.BadRequest,
            (await http.PostAsJsonAsync(reports, new { room = "room", reason = "" })).StatusCode
        );
        var (_, listed, _) = await AdminAsync("", "report", "list", "--json");
        var report = JsonNode.Parse(listed)!;
        Assert.Equal(("room", "bad\nthings"), ((string)report["room"]!, (string)report["reason"]!));
        Assert.DoesNotContain("127.0.0.1", listed, StringComparison.Ordinal);
        Assert.Single(
            (await AdminAsync("", "report", "list")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        );
        Assert.Equal(0, (await AdminAsync("", "report", "done", (string)report["id"]!)).Exit);
        Assert.Equal("", (await AdminAsync("", "report", "list")).Output);
    }

    [Theory]
    [InlineData("GET", "status")]
    [InlineData("GET", "audit")]
    [InlineData("POST", "rooms/close")]
    [InlineData("POST", "accounts/add")]
    public async Task Nobody_else_may(string method, string path)
    {
        var accounts = _server.Service<Accounts>();
        await accounts.CreateAsync("ann", "correct horse", isOperator: false);
        await accounts.CreateAsync("root", "correct horse", isOperator: true);
        foreach (
            var (token, status) in new[]
            {
                ("", 401),
                ("x", 401),
                (await AccessAsync("ann"), 403),
                (await AccessAsync("root"), method == "GET" ? 200 : 400),
            }
        )
        {
            using var http = new HttpClient();
            using var request = new HttpRequestMessage(
                new HttpMethod(method),
                new Uri($"{_server.Url}/api/admin/{path}")
            );
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            request.Content = method == "GET" ? null : JsonContent.Create(new { });
            Assert.Equal((token, status), (token, (int)(await http.SendAsync(request)).StatusCode));
        }
    }

    private async Task<string> AccessAsync(string name)
    {
        using var http = new HttpClient();
        var answer = await http.PostAsJsonAsync(
            new Uri($"{_server.Url}/api/auth/login"),
            new { name, password = "correct horse" }
        );
        return (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["accessToken"]!;
    }

    private async Task<HttpStatusCode> LogInAsync(string password)
    {
        using var http = new HttpClient();
        return (
            await http.PostAsJsonAsync(new Uri($"{_server.Url}/api/auth/login"), new { name = "ann", password })
        ).StatusCode;
    }

    private static string Fingerprint(Person person)
    {
        var (key, secret) = (new byte[32], new byte[64]);
        Geralt.Ed25519.GenerateKeyPair(key, secret, person.Seed);
        return HCChat.Server.Chat.Identifying.Fingerprint(key);
    }

    private Task<(int Exit, string Output, string Error)> AdminAsync(string input, params string[] args) =>
        _shell.RunAsync(
            ["admin", "--server", _server.Url, .. args],
            input: input,
            variables: new() { ["HCCHAT_ADMIN_TOKEN"] = _server.AdminToken }
        );
}
