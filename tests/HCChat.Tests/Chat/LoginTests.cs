using System.Buffers.Text;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using HCChat.Server.Identities;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Chat;

/// <summary>Accounts, and what shows at other doors who one is.</summary>
public sealed class LoginTests
{
    private const string Password = "correct horse";
    private static readonly string[] s_calm = ["--Limits:RateLimit=false", "--Compat:TripSalt=compat-test-salt"];

    [Fact]
    public async Task An_account_logs_in_with_its_password_and_nobody_learns_which_part_was_wrong()
    {
        await using var server = await RunningServer.StartAsync(s_calm);
        await server.Service<Accounts>().CreateAsync("Ann", Password, isOperator: false);
        var good = await PostAsync(server, "auth/login", new { name = "ann", password = Password });
        Assert.Matches("^account:[A-Za-z0-9_-]{16}$", (string)good["identity"]!);
        Assert.Equal(600, (long)good["expiresSeconds"]!);
        var wrong = await PostAsync(server, "auth/login", new { name = "ann", password = "wrong horse" });
        var nobody = await PostAsync(server, "auth/login", new { name = "nobody", password = Password });
        Assert.Equal("bad_login", (string)wrong["code"]!);
        Assert.Equal(wrong.ToJsonString(), nobody.ToJsonString());
        var guest = await PostAsync(server, "auth/login", new { nick = "eve", pass = "pw" });
        Assert.StartsWith("guest:", (string)guest["identity"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_invitation_makes_one_account()
    {
        await using var server = await RunningServer.StartAsync(s_calm);
        var invite = await server.Service<Accounts>().InviteAsync(TimeSpan.FromDays(1));
        var body = new
        {
            invite,
            name = "bob",
            password = Password,
        };
        Assert.Equal("bob", (string)(await PostAsync(server, "auth/register", body))["name"]!);
        Assert.Equal("bad_token", (string)(await PostAsync(server, "auth/register", body))["code"]!);
        var weak = await PostAsync(
            server,
            "auth/register",
            new
            {
                invite,
                name = "eve",
                password = "short",
            }
        );
        Assert.Equal("bad_payload", (string)weak["code"]!);
    }

    [Fact]
    public async Task A_refresh_token_is_good_once_and_its_return_ends_the_login()
    {
        await using var server = await RunningServer.StartAsync(s_calm);
        await server.Service<Accounts>().CreateAsync("ann", Password, isOperator: false);
        var first = (string)(await LogInAsync(server))["refreshToken"]!;
        var second = (string)(await RefreshAsync(server, first))["refreshToken"]!;
        var third = (string)(await RefreshAsync(server, second))["refreshToken"]!;
        var other = (string)(await LogInAsync(server))["refreshToken"]!;
        Assert.Equal("bad_token", (string)(await RefreshAsync(server, first))["code"]!);
        Assert.Equal("bad_token", (string)(await RefreshAsync(server, third))["code"]!);
        Assert.NotNull((await RefreshAsync(server, other))["refreshToken"]);
    }

    [Fact]
    public async Task Whoever_lost_the_answer_asks_again_for_the_same_token_until_it_is_used()
    {
        await using var server = await RunningServer.StartAsync(s_calm);
        await server.Service<Accounts>().CreateAsync("ann", Password, isOperator: false);
        var first = (string)(await LogInAsync(server))["refreshToken"]!;
        var (second, third) = (NewToken(), NewToken());
        Assert.Equal(second, (string)(await RefreshAsync(server, first, second))["refreshToken"]!);
        Assert.Equal(second, (string)(await RefreshAsync(server, first, second))["refreshToken"]!);
        Assert.Equal(third, (string)(await RefreshAsync(server, second, third))["refreshToken"]!);
        Assert.Equal("bad_payload", (string)(await RefreshAsync(server, third, "short"))["code"]!);
        Assert.Equal("bad_token", (string)(await RefreshAsync(server, third, third))["code"]!);
        Assert.Equal(third, (string)(await RefreshAsync(server, second, third))["refreshToken"]!);
        // Its successor was used meanwhile: somebody else has it.
        Assert.Equal("bad_token", (string)(await RefreshAsync(server, first, second))["code"]!);
        Assert.Equal("bad_token", (string)(await RefreshAsync(server, third, NewToken()))["code"]!);
    }

    [Fact]
    public async Task A_used_token_with_another_successor_ends_the_login()
    {
        await using var server = await RunningServer.StartAsync(s_calm);
        await server.Service<Accounts>().CreateAsync("ann", Password, isOperator: false);
        var first = (string)(await LogInAsync(server))["refreshToken"]!;
        var second = NewToken();
        await RefreshAsync(server, first, second);
        Assert.Equal("bad_token", (string)(await RefreshAsync(server, first, NewToken()))["code"]!);
        Assert.Equal("bad_token", (string)(await RefreshAsync(server, second, NewToken()))["code"]!);
    }

    [Fact]
    public async Task An_account_owns_rooms_and_when_it_is_shut_out_everything_that_it_has_open_ends()
    {
        await using var server = await RunningServer.StartAsync(s_calm);
        await server.Service<Accounts>().CreateAsync("ann", Password, isOperator: false);
        var login = await LogInAsync(server);
        await using var ann = await ConnectAsync(server, (string)login["accessToken"]!);
        await ann.SendAsync("""{"cmd":"join","channel":"room","nick":"ann"}""");
        var token = (string)(await ann.ReadUntilAsync("session"))["token"]!;
        await ann.SendAsync("""{"cmd":"claim","channel":"room"}""");
        await ann.ReadUntilAsync("roomInfo");
        await ann.SendAsync("""{"cmd":"setroom","channel":"room","access":"invite"}""");
        await ann.ReadUntilAsync("roomInfo");
        await ann.SendAsync("""{"cmd":"capability","channel":"room"}""");
        var capability = (string)(await ann.ReadUntilAsync("capability"))["jwt"]!;
        Assert.Equal(HttpStatusCode.OK, await ReadAsync(server, "room", capability));
        await server.Service<Accounts>().DisableAsync("ann", disabled: true);
        Assert.Equal(4011, await ann.ReadCloseAsync());
        Assert.Equal("bad_token", (string)(await RefreshAsync(server, (string)login["refreshToken"]!))["code"]!);
        Assert.Equal("bad_login", (string)(await LogInAsync(server))["code"]!);
        Assert.Equal(HttpStatusCode.Unauthorized, await ReadAsync(server, "room", capability));
        await using var back = await WireClient.ConnectAsync(server);
        await back.SendAsync($$"""{"cmd":"session","proto":3,"token":"{{token}}"}""");
        Assert.False((bool)(await back.ReadUntilAsync("session"))["restored"]!);
        await back.SendAsync($$"""{"cmd":"identify","accessToken":"{{login["accessToken"]}}"}""");
        Assert.Equal("bad_token", (string)(await back.ReadUntilAsync("warn"))["code"]!);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Another_password_and_a_stolen_refresh_token_end_all_that_was_given_out_before(bool password)
    {
        await using var server = await RunningServer.StartAsync(s_calm);
        await server.Service<Accounts>().CreateAsync("ann", Password, isOperator: false);
        var login = await LogInAsync(server);
        var access = (string)login["accessToken"]!;
        await using var ann = await ConnectAsync(server, access);
        await ann.SendAsync("""{"cmd":"join","channel":"room","nick":"ann"}""");
        var token = (string)(await ann.ReadUntilAsync("session"))["token"]!;
        await ann.SendAsync("""{"cmd":"capability","channel":"room"}""");
        var capability = (string)(await ann.ReadUntilAsync("capability"))["jwt"]!;
        Assert.Equal(HttpStatusCode.OK, await ReadAsync(server, "room", capability));
        if (password)
        {
            await server.Service<Accounts>().SetPasswordAsync("ann", "battery staple");
        }
        else
        {
            await RefreshAsync(server, (string)login["refreshToken"]!);
            await RefreshAsync(server, (string)login["refreshToken"]!);
        }
        Assert.Equal(4011, await ann.ReadCloseAsync());
        Assert.Equal(HttpStatusCode.Forbidden, await ReadAsync(server, "room", capability));
        var again = await PostAsync(server, "chat/token", new { room = "room" }, access);
        Assert.Equal("bad_token", (string)again["code"]!);
        await using var back = await WireClient.ConnectAsync(server);
        await back.SendAsync($$"""{"cmd":"session","proto":3,"token":"{{token}}"}""");
        Assert.False((bool)(await back.ReadUntilAsync("session"))["restored"]!);
        await back.SendAsync($$"""{"cmd":"identify","accessToken":"{{access}}"}""");
        Assert.Equal("bad_token", (string)(await back.ReadUntilAsync("warn"))["code"]!);
    }

    [Fact]
    public async Task Whoever_has_logged_out_cannot_use_the_access_token_any_more()
    {
        await using var server = await RunningServer.StartAsync(s_calm);
        await server.Service<Accounts>().CreateAsync("ann", Password, isOperator: false);
        var (login, other) = (await LogInAsync(server), await LogInAsync(server));
        await server.Service<Accounts>().EndAsync((string)login["refreshToken"]!);
        var ended = await PostAsync(server, "chat/token", new { room = "room" }, (string)login["accessToken"]!);
        Assert.Equal("bad_token", (string)ended["code"]!);
        var goes = await PostAsync(server, "chat/token", new { room = "room" }, (string)other["accessToken"]!);
        Assert.NotNull(goes["jwt"]);
    }

    [Theory]
    [InlineData("logging out")]
    [InlineData("another password")]
    [InlineData("a refresh token that comes twice")]
    [InlineData("shutting out")]
    public async Task What_ends_an_operators_login_ends_what_it_can_do_to_the_server(string how)
    {
        await using var server = await RunningServer.StartAsync(s_calm);
        var accounts = server.Service<Accounts>();
        await accounts.CreateAsync("ann", Password, isOperator: true);
        var login = await LogInAsync(server);
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new("Bearer", (string)login["accessToken"]!);
        var status = new Uri($"{server.Url}/api/admin/status");
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(status)).StatusCode);
        var refresh = (string)login["refreshToken"]!;
        switch (how)
        {
            case "logging out":
                await accounts.EndAsync(refresh);
                break;
            case "another password":
                await accounts.SetPasswordAsync("ann", "another password");
                break;
            case "a refresh token that comes twice":
                await PostAsync(server, "auth/refresh", new { refreshToken = refresh });
                await PostAsync(server, "auth/refresh", new { refreshToken = refresh });
                break;
            default:
                await accounts.DisableAsync("ann", true);
                break;
        }
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(status)).StatusCode);
    }

    [Fact]
    public async Task Logging_out_takes_the_account_from_what_came_by_that_login_alone()
    {
        await using var server = await RunningServer.StartAsync(s_calm);
        await server.Service<Accounts>().CreateAsync("ann", Password, isOperator: false);
        var (login, other) = (await LogInAsync(server), await LogInAsync(server));
        await using var ann = await ConnectAsync(server, (string)login["accessToken"]!);
        await ann.SendAsync("""{"cmd":"join","channel":"room","nick":"ann"}""");
        var token = (string)(await ann.ReadUntilAsync("session"))["token"]!;
        await ann.SendAsync("""{"cmd":"claim","channel":"room"}""");
        await ann.ReadUntilAsync("roomInfo");
        await ann.SendAsync("""{"cmd":"setroom","channel":"room","access":"invite"}""");
        await ann.ReadUntilAsync("roomInfo");
        await ann.SendAsync("""{"cmd":"capability","channel":"room"}""");
        var capability = (string)(await ann.ReadUntilAsync("capability"))["jwt"]!;
        await using var phone = await ConnectAsync(server, (string)other["accessToken"]!);
        await phone.SendAsync("""{"cmd":"join","channel":"room","nick":"phone"}""");
        await phone.ReadUntilAsync("session");
        await phone.SendAsync("""{"cmd":"capability","channel":"room"}""");
        var theirs = (string)(await phone.ReadUntilAsync("capability"))["jwt"]!;
        await server.Service<Accounts>().EndAsync((string)login["refreshToken"]!);
        token = (string)(await ann.ReadUntilAsync("session"))["token"]!;
        await ann.SendAsync("""{"cmd":"setroom","channel":"room","access":"open"}""");
        Assert.Equal("forbidden", (string)(await ann.ReadUntilAsync("warn"))["code"]!);
        Assert.Equal(HttpStatusCode.Forbidden, await ReadAsync(server, "room", capability));
        await ann.DisposeAsync();
        await using var back = await WireClient.ConnectAsync(server);
        await back.SendAsync($$"""{"cmd":"session","proto":3,"token":"{{token}}"}""");
        Assert.Empty((await back.ReadUntilAsync("session"))["channels"]!.AsArray());
        await phone.SendAsync("""{"cmd":"setroom","channel":"room","slow":1}""");
        await phone.ReadUntilAsync("roomInfo");
        Assert.Equal(HttpStatusCode.OK, await ReadAsync(server, "room", theirs));
    }

    [Fact]
    public async Task Whoever_guesses_a_password_does_not_lock_out_who_knows_it_elsewhere()
    {
        await using var server = await RunningServer.StartAsync("--Gateway:TrustedProxies=127.0.0.1");
        await server.Service<Accounts>().CreateAsync("ann", Password, isOperator: false);
        using var http = new HttpClient();
        async Task<HttpStatusCode> TryAsync(string address, string password)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"{server.Url}/api/auth/login")
            {
                Content = JsonContent.Create(new { name = "ann", password }),
            };
            request.Headers.Add("X-Forwarded-For", address);
            return (await http.SendAsync(request)).StatusCode;
        }
        var tries = 0;
        while (await TryAsync("203.0.113.1", "wrong horse") != HttpStatusCode.TooManyRequests)
        {
            Assert.True(++tries < 50);
        }
        Assert.Equal(HttpStatusCode.OK, await TryAsync("203.0.113.2", Password));
    }

    [Fact]
    public async Task An_invitation_to_make_an_account_is_listed_and_can_be_taken_back()
    {
        await using var server = await RunningServer.StartAsync(s_calm);
        var accounts = server.Service<Accounts>();
        var invite = await accounts.InviteAsync(TimeSpan.FromDays(1));
        var id = Assert.Single(accounts.Invites()).Id;
        Assert.False(await accounts.RevokeInviteAsync("nosuch"));
        Assert.True(await accounts.RevokeInviteAsync(id));
        Assert.Empty(accounts.Invites());
        var body = new
        {
            invite,
            name = "bob",
            password = Password,
        };
        Assert.Equal("bad_token", (string)(await PostAsync(server, "auth/register", body))["code"]!);
    }

    [Fact]
    public async Task A_name_that_cannot_be_is_a_wrong_login_and_costs_nothing()
    {
        await using var server = await RunningServer.StartAsync();
        foreach (var name in new[] { "\\ud800", new string('x', 60_000), "", " " })
        {
            using var http = new HttpClient();
            using var body = new StringContent(
                $$"""{"name":"{{name}}","password":"12345678"}""",
                Encoding.UTF8,
                "application/json"
            );
            var answer = await http.PostAsync(new Uri($"{server.Url}/api/auth/login"), body);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Where_only_accounts_come_in_nobody_else_does_by_any_door()
    {
        await using var server = await RunningServer.StartAsync([.. s_calm, "--Auth:Mode=accounts"]);
        await server.Service<Accounts>().CreateAsync("ann", Password, isOperator: false);
        await using var guest = await WireClient.ConnectAsync(server);
        await guest.SendAsync("""{"cmd":"session","proto":3}""");
        await guest.ReadUntilAsync("session");
        await guest.SendAsync("""{"cmd":"join","channel":"room","nick":"eve"}""");
        Assert.Equal("login_required", (string)(await guest.ReadUntilAsync("warn"))["code"]!);
        await using var legacy = await WireClient.ConnectAsync(server);
        await legacy.SendAsync("""{"cmd":"join","channel":"room","nick":"eve"}""");
        Assert.Equal(18, (long)(await legacy.ReadUntilAsync("warn"))["id"]!);
        var said = await PostAsync(
            server,
            "messages",
            new
            {
                room = "room",
                nick = "eve",
                text = "hi",
            }
        );
        Assert.Equal("login_required", (string)said["code"]!);
        Assert.Equal(HttpStatusCode.Unauthorized, await ReadAsync(server, "room", null));
        Assert.Equal("login_required", (string)(await PostAsync(server, "auth/login", new { nick = "eve" }))["code"]!);
        Assert.Equal("login_required", (string)(await PostAsync(server, "chat/token", new { room = "room" }))["code"]!);
        var access = (string)(await LogInAsync(server))["accessToken"]!;
        await using var ann = await ConnectAsync(server, access);
        await ann.SendAsync("""{"cmd":"join","channel":"room","nick":"ann"}""");
        await ann.ReadUntilAsync("onlineSet");
        var given = await PostAsync(server, "chat/token", new { room = "room", nick = "ann2" }, access);
        Assert.Equal(HttpStatusCode.OK, await ReadAsync(server, "room", (string)given["jwt"]!));
    }

    [Theory]
    [InlineData("open", true, false)]
    [InlineData("accounts", false, true)]
    [InlineData("open,accounts", true, true)]
    public async Task A_server_says_how_one_may_come_in_and_no_other_way_is_open(
        string mode,
        bool guests,
        bool accounts
    )
    {
        await using var server = await RunningServer.StartAsync([.. s_calm, "--Auth:Mode=" + mode]);
        await server.Service<Accounts>().CreateAsync("ann", Password, isOperator: false);
        using var http = new HttpClient();
        var said = await http.GetStringAsync(new Uri($"{server.Url}/api/auth/methods"));
        Assert.Equal(
            $$"""{"open":{{(guests ? "true" : "false")}},"accounts":{{(accounts ? "true" : "false")}}}""",
            said
        );
        Assert.Equal(accounts ? null : "forbidden", (string?)(await LogInAsync(server))["code"]);
        var guest = await PostAsync(server, "auth/login", new { nick = "eve" });
        Assert.Equal(guests ? null : "login_required", (string?)guest["code"]);
    }

    [Fact]
    public async Task A_capability_is_for_one_room_and_ends_when_its_holder_is_put_out()
    {
        await using var server = await RunningServer.StartAsync(s_calm);
        await using var ann = await Person.EnterAsync(server, "room", "ann");
        await ann.ClaimAsync("room");
        await ann.SetAsync("\"access\":\"invite\"");
        var invite = await ann.InviteAsync("room");
        await using var bob = await InvitedGuest.EnterAsync(server, "room", "bob", invite);
        await bob.Wire.SendAsync("""{"cmd":"capability","channel":"room"}""");
        var capability = (string)(await bob.Wire.ReadUntilAsync("capability"))["jwt"]!;
        Assert.Equal(HttpStatusCode.OK, await ReadAsync(server, "room", capability));
        Assert.Equal(HttpStatusCode.Unauthorized, await ReadAsync(server, "other", capability));
        var said = await PostAsync(server, "messages", new { room = "room", text = "E2EE:x" }, capability);
        Assert.NotNull(said["seq"]);
        var more = new
        {
            room = "room",
            nick = "bob2",
            invite = await ann.InviteAsync("room"),
        };
        var second = (string)(await PostAsync(server, "chat/token", more))["jwt"]!;
        Assert.Equal(HttpStatusCode.OK, await ReadAsync(server, "room", second));
        await ann.Wire.SendAsync("""{"cmd":"kick","channel":"room","nick":"bob"}""");
        await bob.Wire.ReadUntilAsync("onlineRemove");
        Assert.Equal(HttpStatusCode.Forbidden, await ReadAsync(server, "room", second));
        Assert.Equal(HttpStatusCode.Forbidden, await ReadAsync(server, "room", capability));
        said = await PostAsync(server, "messages", new { room = "room", text = "E2EE:y" }, capability);
        Assert.Equal("locked", (string)said["code"]!);
    }

    [Fact]
    public async Task What_is_forged_out_of_date_or_for_something_else_is_refused()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var server = await RunningServer.StartAsync(time, s_calm);
        await server.Service<Accounts>().CreateAsync("ann", Password, isOperator: false);
        var access = (string)(await LogInAsync(server))["accessToken"]!;
        var capability = (string)(await PostAsync(server, "chat/token", new { room = "room", nick = "ann" }))["jwt"]!;
        Assert.Equal(HttpStatusCode.OK, await ReadAsync(server, "room", capability));
        using var keys = JsonDocumentOf(
            await new HttpClient().GetStringAsync(new Uri($"{server.Url}/.well-known/jwks.json"))
        );
        var jwk = keys.RootElement.GetProperty("keys")[0];
        var kid = jwk.GetProperty("kid").GetString()!;
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        var forged = new Dictionary<string, string>
        {
            ["alg none"] = Forge(capability, h => h["alg"] = "none", _ => { }, _ => []),
            ["no signature"] = Forge(capability, _ => { }, _ => { }, _ => []),
            ["HS256 with the public key"] = Forge(
                capability,
                h => h["alg"] = "HS256",
                _ => { },
                bytes => HMACSHA256.HashData(Encoding.UTF8.GetBytes(jwk.GetRawText()), bytes)
            ),
            ["another key under our name"] = Signed(capability, stranger, h => h["kid"] = kid),
            ["another key in the header"] = Signed(
                capability,
                stranger,
                h => h["jwk"] = JsonNode.Parse(jwk.GetRawText())
            ),
            ["a kid that leads elsewhere"] = Signed(
                capability,
                stranger,
                h =>
                {
                    h["kid"] = "http://127.0.0.1:1/keys";
                    h["jku"] = "http://127.0.0.1:1/keys";
                }
            ),
            ["no kid"] = Signed(capability, stranger, h => h.Remove("kid")),
            ["another type"] = access,
            ["another room"] = Forge(capability, _ => { }, p => p["room"] = "other", null),
            ["not a token"] = "x.y.z",
            ["nothing"] = "",
        };
        foreach (var (name, token) in forged)
        {
            Assert.Equal((name, HttpStatusCode.Unauthorized), (name, await ReadAsync(server, "room", token)));
        }
        // Signed with our own key, and wrong all the same.
        var signing = server.Service<TokenKeys>().Signing;
        foreach (
            var (name, change) in new (string, Action<JsonObject, JsonObject>)[]
            {
                ("audience", (_, p) => p["aud"] = "hcchat/access"),
                ("issuer", (_, p) => p["iss"] = "elsewhere"),
                ("type", (h, _) => h["typ"] = "at+jwt"),
                ("no type", (h, _) => h.Remove("typ")),
                ("expired", (_, p) => p["exp"] = now - 1),
                ("not yet", (_, p) => p["nbf"] = now + 3600),
                ("no end", (_, p) => p.Remove("exp")),
            }
        )
        {
            var token = Signed(
                capability,
                ((Microsoft.IdentityModel.Tokens.ECDsaSecurityKey)signing.Key).ECDsa,
                change
            );
            Assert.Equal((name, HttpStatusCode.Unauthorized), (name, await ReadAsync(server, "room", token)));
        }
        server.Service<TokenKeys>().Rotate();
        Assert.Equal(HttpStatusCode.OK, await ReadAsync(server, "room", capability));
        time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(HttpStatusCode.Unauthorized, await ReadAsync(server, "room", capability));
    }

    private static System.Text.Json.JsonDocument JsonDocumentOf(string json) =>
        System.Text.Json.JsonDocument.Parse(json);

    private static string Signed(string token, ECDsa key, Action<JsonObject> header) =>
        Signed(token, key, (h, _) => header(h));

    private static string Signed(string token, ECDsa key, Action<JsonObject, JsonObject> change)
    {
        var parts = token.Split('.');
        var header = JsonNode.Parse(Base64Url.DecodeFromChars(parts[0]))!.AsObject();
        var payload = JsonNode.Parse(Base64Url.DecodeFromChars(parts[1]))!.AsObject();
        change(header, payload);
        return Assemble(
            header,
            payload,
            bytes => key.SignData(bytes, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)
        );
    }

    // Null signs with nothing new: the old signature stays.
    private static string Forge(
        string token,
        Action<JsonObject> header,
        Action<JsonObject> payload,
        Func<byte[], byte[]>? sign
    )
    {
        var parts = token.Split('.');
        var (h, p) = (
            JsonNode.Parse(Base64Url.DecodeFromChars(parts[0]))!.AsObject(),
            JsonNode.Parse(Base64Url.DecodeFromChars(parts[1]))!.AsObject()
        );
        header(h);
        payload(p);
        return Assemble(h, p, sign ?? (_ => Base64Url.DecodeFromChars(parts[2])));
    }

    private static string Assemble(JsonObject header, JsonObject payload, Func<byte[], byte[]> sign)
    {
        var text =
            Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header.ToJsonString()))
            + "."
            + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload.ToJsonString()));
        return text + "." + Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(text)));
    }

    private static Task<JsonNode> LogInAsync(RunningServer server) =>
        PostAsync(server, "auth/login", new { name = "ann", password = Password });

    private static Task<JsonNode> RefreshAsync(RunningServer server, string refreshToken) =>
        PostAsync(server, "auth/refresh", new { refreshToken });

    private static Task<JsonNode> RefreshAsync(RunningServer server, string refreshToken, string next) =>
        PostAsync(server, "auth/refresh", new { refreshToken, next });

    private static string NewToken() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    private static async Task<JsonNode> PostAsync(RunningServer server, string path, object body, string? bearer = null)
    {
        using var http = Http(bearer);
        var response = await http.PostAsJsonAsync(new Uri($"{server.Url}/api/{path}"), body);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
    }

    private static async Task<HttpStatusCode> ReadAsync(RunningServer server, string room, string? bearer)
    {
        using var http = Http(bearer);
        return (await http.GetAsync(new Uri($"{server.Url}/api/messages?room={room}"))).StatusCode;
    }

    private static HttpClient Http(string? bearer)
    {
        var http = new HttpClient();
        if (bearer is not null)
        {
            http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Bearer " + bearer);
        }
        return http;
    }

    private static async Task<WireClient> ConnectAsync(RunningServer server, string accessToken)
    {
        var wire = await WireClient.ConnectAsync(server);
        await wire.SendAsync("""{"cmd":"session","proto":3}""");
        await wire.ReadUntilAsync("session");
        await wire.SendAsync($$"""{"cmd":"identify","accessToken":"{{accessToken}}"}""");
        await wire.ReadUntilAsync("identity");
        return wire;
    }
}
