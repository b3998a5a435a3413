using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using HCChat.Protocol;
using HCChat.Server.Attachments;
using HCChat.Server.Chat;
using Microsoft.AspNetCore.Routing;

namespace HCChat.Tests.Spec;

/// <summary><c>spec/rights.md</c>, cell by cell, over the wire against the real server.</summary>
public sealed partial class RightsTests
{
    private const string OwnMid = "mid-own-00000001";
    private const string OtherMid = "mid-other-000001";

    private const string Claim = "a claim";

    private static readonly string[] s_settings =
    [
        "--Limits:RateLimit=false",
        "--Compat:TripSalt=compat-test-salt",
        "--Moderation:AdminTrip=Pz6LSM",
    ];

    private static readonly string[] s_elsewhere =
    [
        .. s_settings,
        "--Auth:Mode=open,accounts,oidc",
        "--Oidc:Authority=http://127.0.0.1:1",
        "--Oidc:ClientId=hcchat",
    ];

    private static readonly string[] s_livekit =
    [
        .. s_settings,
        "--Rtc:Mode=livekit",
        "--LiveKit:Url=ws://127.0.0.1:1",
        "--LiveKit:ApiKey=key",
        "--LiveKit:ApiSecret=a secret of more than 32 characters",
    ];

    private static readonly HashSet<string?> s_refusals =
    [
        "forbidden",
        "not_in_room",
        "no_identity",
        "locked",
        "banned",
    ];

    // What a refusal over HTTP could give away: who is there, what was said.
    private static readonly string[] s_secrets = ["owner", "target", "of another", "E2EE"];

    private static readonly string[] s_tables =
    [
        "rooms",
        "messages",
        "rules",
        "roles",
        "bans",
        "invites",
        "accounts",
        "accounts WHERE operator = 1",
        "accounts WHERE disabled = 1",
        "refreshes",
        "account_invites",
        "audit",
        "reports WHERE done = 0",
        "attachments WHERE state < 2",
        "attachments WHERE owner = 'key:x'",
    ];

    public static TheoryData<string> Rows => [.. Table().Skip(1).Where(r => r.Length > 2).Select(r => r[0])];

    [Fact]
    public async Task Every_verb_and_every_route_has_a_row_and_no_row_is_about_anything_else()
    {
        HashSet<string> there =
        [
            .. Verbs.All.Select(v => v.Name),
            .. await RoutesAsync(s_elsewhere),
            .. await RoutesAsync(s_livekit),
            "GET /api/auth/oidc/callback", // the handler of the login takes it before any route
        ];
        var table = Table();
        var rows = table.Skip(1).Select(r => r[0]).ToHashSet();
        Assert.Superset(there, rows);
        // Each is tried: for itself, or with the one that it is as.
        Assert.Equal(rows.Order(), table.Skip(1).Where(r => r.Length > 2).SelectMany(r => AllOf(r[0], table)).Order());
        Assert.All(
            rows,
            row =>
                Assert.Contains(
                    there,
                    t =>
                        row == t
                        || row.StartsWith(t + " of ", StringComparison.Ordinal)
                        || row.StartsWith(t + " to ", StringComparison.Ordinal)
                )
        );
    }

    [Theory, MemberData(nameof(Rows))]
    public async Task Each_may_do_what_the_table_says_and_nothing_else(string what)
    {
        await using var server = await RunningServer.StartAsync(SettingsFor(what));
        var table = Table();
        var cells = table.Single(r => r[0] == what);
        var expected = Enumerable
            .Range(1, cells.Length - 1)
            .Where(c => cells[c] == "yes")
            .Select(c => table[0][c])
            .ToList();
        var allowed = AllOf(what, table).ToDictionary(named => named, _ => new List<string>());
        foreach (var who in table[0].Skip(1))
        {
            foreach (var kind in allowed.Keys.GroupBy(SpeakerOf))
            {
                foreach (var named in await WhatMayAsync(server, [.. kind], who, kind.Key))
                {
                    allowed[named].Add(who);
                }
            }
        }
        Assert.All(allowed.Values, whoMay => Assert.Equal(expected, whoMay));
    }

    // And those whose rows say that they are as this one.
    private static IEnumerable<string> AllOf(string what, List<string[]> table) =>
        table.Where(r => r.Length == 2 && r[1] == "as " + what).SelectMany(r => AllOf(r[0], table)).Prepend(what);

    // Some routes are there only where the operator wants them.
    private static string[] SettingsFor(string what) =>
        what.Contains("/rtc/webhook", StringComparison.Ordinal) ? s_livekit : s_elsewhere;

    private static async Task<IEnumerable<string>> RoutesAsync(string[] settings)
    {
        await using var server = await RunningServer.StartAsync(settings);
        return
        [
            .. server
                .Service<EndpointDataSource>()
                .Endpoints.OfType<RouteEndpoint>()
                .SelectMany(e =>
                    (e.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["WebSocket"]).Select(m =>
                        $"{m} /{e.RoutePattern.RawText!.TrimStart('/')}"
                    )
                ),
        ];
    }

    private async Task<List<string>> WhatMayAsync(
        RunningServer server,
        IReadOnlyList<string> whats,
        string who,
        Family speaker
    )
    {
        var channel = $"room-{who}-{speaker}";
        await using var owner = await Person.EnterAsync(server, channel, "owner");
        await owner.ClaimAsync(channel);
        await owner.SetAsync("\"access\":\"invite\"");
        await owner.Wire.SendAsync(
            $$"""{"cmd":"chat","channel":"{{channel}}","mid":"{{OtherMid}}","text":"E2EE:of another"}"""
        );
        await owner.Wire.ReadUntilAsync("ack");
        await using var target = await InvitedGuest.EnterAsync(
            server,
            channel,
            "target",
            await owner.InviteAsync(channel)
        );
        var (actor, capability) =
            speaker == Family.HCChat
                ? await ActorAsync(server, owner, channel, who)
                : (await StrangerAsync(server, owner, channel, who, speaker), null);
        await using var end = actor;
        await actor.SendAsync(
            $$"""{"cmd":"chat","channel":"{{channel}}","mid":"{{OwnMid}}","customId":"a","text":"E2EE:own"}"""
        );
        await SettleAsync(actor, speaker);
        WireClient[] bystanders = [owner.Wire, target.Wire];
        foreach (var bystander in bystanders)
        {
            await SettleAsync(bystander);
        }
        var may = new List<string>();
        foreach (var (i, what) in whats.Index())
        {
            var attachment = $"of-{channel}-{i}";
            var victim = await VictimAsync(server, what, attachment);
            await AttachAsync(server, channel, attachment);
            var before = State(server, channel);
            if (
                victim is not null ? await MayAdministerAsync(server, what, who, channel, victim, capability)
                : what.Contains('/', StringComparison.Ordinal)
                    ? await MayOverHttpAsync(server, what, channel, attachment, capability)
                : speaker == Family.HCChat ? await MayOverWireAsync(actor, what, channel, target.UserId)
                : await MayElsewiseAsync(server, actor, speaker, what, channel)
            )
            {
                may.Add(what);
                continue;
            }
            Assert.Equal(before, State(server, channel));
            foreach (var bystander in bystanders)
            {
                Assert.DoesNotContain(await SettleAsync(bystander), _ => may.Count == 0);
            }
        }
        return may;
    }

    private static async Task<bool> MayOverWireAsync(WireClient actor, string what, string channel, long target)
    {
        await actor.SendAsync(
            s_frames[what]
                .Replace("{0}", channel, StringComparison.Ordinal)
                .Replace("{1}", target.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        );
        var told = await SettleAsync(actor);
        if (!told.Exists(IsForWantOfRight))
        {
            return true;
        }
        Assert.All(told, f => Assert.True(IsRefusal(f), f.ToJsonString()));
        return false;
    }

    private static bool IsRefusal(JsonObject frame) => (string?)frame["cmd"] is "warn" or "nack";

    private static bool IsForWantOfRight(JsonObject frame) =>
        IsRefusal(frame) && s_refusals.Contains((string?)frame["code"]);

    // Whatever a verb or a route could have changed.
    private static string State(RunningServer server, string channel)
    {
        var chat = server.Service<ChatServer>();
        var room = chat.Rooms.Find(channel)!;
        return string.Join(
            '\n',
            [
                $"{room.Log.Head} {room.Log.Choice} {room.Rules} {room.Motd} {room.LockLevel} {room.CaptchaEnabled} {room.Closed}",
                .. room.Members.Select(m => $"{m.UserId} {m.Nick} {m.Color} {m.Flair} {m.Level}"),
                .. room.Rules.Roles.Select(r => r.ToString()).Order(),
                .. room.Rules.Bans.Select(b => b.ToString()),
                $"{chat.Bans.Count} {chat.Trips.Rights("AuMPLk")} {chat.Raids.Mode}",
                .. s_tables.Select(table => $"{table} {server.CountRows(table)}"),
            ]
        );
    }

    private static async Task<bool> MayOverHttpAsync(
        RunningServer server,
        string what,
        string channel,
        string attachment,
        string? token,
        string? body = null
    )
    {
        using var http = new HttpClient();
        var (method, path) = (what.Split(' ')[0], what.Split(' ')[1]);
        if (method == "WebSocket" && path == "/chat-ws")
        {
            await using var wire = await WireClient.ConnectAsync(server);
            return true;
        }
        method = method == "WebSocket" ? "GET" : method;
        path = path.Replace("{id}", attachment, StringComparison.Ordinal)
            .Replace("{**key}", "o/x.bin", StringComparison.Ordinal);
        using var request = new HttpRequestMessage(
            new HttpMethod(method),
            new Uri($"{server.Url}{path}{(method == "GET" ? "?room=" + channel : "")}")
        );
        request.Headers.Accept.ParseAdd("application/json");
        if (token is not null)
        {
            request.Headers.Authorization = new("Bearer", token);
        }
        if (method == "POST")
        {
            var claim = what.EndsWith("with its claim", StringComparison.Ordinal) ? Claim : "another";
            request.Content = new StringContent(
                body ?? $$"""{"room":"{{channel}}","nick":"eve","text":"hi","claim":"{{claim}}"}""",
                Encoding.UTF8,
                "application/json"
            );
        }
        var response = await http.SendAsync(request);
        Assert.NotEqual(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.NotEqual(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        // Refused for a token that it has not brought in its body, where anybody may ask.
        if (
            (int)response.StatusCode is not (401 or 403 or 404)
            || path.EndsWith("auth/refresh", StringComparison.Ordinal)
        )
        {
            Assert.True(body is null || response.IsSuccessStatusCode, $"{what}: {response.StatusCode}");
            return true;
        }
        var told = await response.Content.ReadAsStringAsync();
        // That there is no such route would be no answer of ours.
        Assert.NotEqual((HttpStatusCode.NotFound, ""), (response.StatusCode, method == "HEAD" ? "-" : told));
        Assert.All(s_secrets, secret => Assert.DoesNotContain(secret, told, StringComparison.Ordinal));
        return false;
    }

    // And what they have to show over HTTP: from the time when they were in the room, or from another.
    private static async Task<(WireClient Wire, string? Capability)> ActorAsync(
        RunningServer server,
        Person owner,
        string channel,
        string who
    )
    {
        switch (who)
        {
            case "anonymous":
                return (await ConnectAsync(server), null);
            case "other":
                var other = await WireClient.JoinAsync(server, "another", "other");
                return (other, await CapabilityAsync(other, "another"));
            case "kicked" or "banned" or "guest":
                var guest = await InvitedGuest.EnterAsync(server, channel, "actor", await owner.InviteAsync(channel));
                var earlier = await CapabilityAsync(guest.Wire, channel);
                if (who != "guest")
                {
                    var verb = who == "kicked" ? "kick" : "ban";
                    await owner.Wire.SendAsync($$"""{"cmd":"{{verb}}","channel":"{{channel}}","nick":"actor"}""");
                    // A ban is about the other guest of that address, too.
                    while ((string?)(await guest.Wire.ReadUntilAsync("onlineRemove"))["nick"] != "actor") { }
                }
                return (guest.Wire, earlier);
            case "owner":
                var again = await Person.EnterAsync(server, channel, "actor", owner.Seed);
                return (again.Wire, await CapabilityAsync(again.Wire, channel));
            case "operator":
                var wire = await ConnectAsync(server);
                await wire.SendAsync($$"""{"cmd":"join","channel":"{{channel}}","nick":"actor","pass":"pw"}""");
                await wire.ReadUntilAsync("session");
                return (wire, await CapabilityAsync(wire, channel));
            default:
                var person = await Person.EnterAsync(
                    server,
                    channel,
                    "actor",
                    invite: await owner.InviteAsync(channel)
                );
                await owner.Wire.SendAsync(
                    $$"""{"cmd":"setrole","channel":"{{channel}}","nick":"actor","role":"{{who}}"}"""
                );
                await owner.Wire.ReadUntilAsync("roomInfo");
                return (person.Wire, await CapabilityAsync(person.Wire, channel));
        }
    }

    // Somebody else's, in that room.
    private static async Task AttachAsync(RunningServer server, string channel, string id)
    {
        var log = server.Service<AttachmentLog>();
        var wanted = new Attachment(
            id,
            channel,
            "o/" + id,
            1,
            null,
            null,
            0,
            "key:x",
            "address:x",
            AttachmentState.Pending,
            TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()
        )
        {
            Claim = Attached.HashOf(Claim),
        };
        await log.AddAsync(wanted);
        await log.CompleteAsync(wanted, 1);
    }

    private static async Task<string> CapabilityAsync(WireClient wire, string channel)
    {
        await wire.SendAsync($$"""{"cmd":"capability","channel":"{{channel}}"}""");
        return (string)(await wire.ReadUntilAsync("capability"))["jwt"]!;
    }

    private static async Task<WireClient> ConnectAsync(RunningServer server)
    {
        var wire = await WireClient.ConnectAsync(server);
        await wire.SendAsync("""{"cmd":"session","proto":3}""");
        await wire.ReadUntilAsync("session");
        return wire;
    }

    // All that comes until the server has nothing more to say to what was sent.
    private static async Task<List<JsonObject>> SettleAsync(WireClient wire, Family speaker = Family.HCChat)
    {
        var before = wire.Seen.Count;
        switch (speaker)
        {
            case Family.App:
                await wire.SendAsync("""{"type":"nick","nick":"actor"}""");
                while (
                    !((string)(await wire.ReadUntilAsync("info"))["text"]!).EndsWith(" actor", StringComparison.Ordinal)
                ) { }
                break;
            case Family.V2:
                await wire.SendAsync("""{"cmd":"getchannels"}""");
                await wire.ReadUntilAsync("publicchannels");
                break;
            default:
                await wire.SendAsync("""{"cmd":"ping"}""");
                await wire.ReadUntilAsync("pong");
                break;
        }
        return wire.Seen[before..^1];
    }

    private static List<string[]> Table() =>
        [
            .. File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "spec", "rights.md"))
                .SkipWhile(l => !l.StartsWith("| what |", StringComparison.Ordinal))
                .Where(l => l.StartsWith('|') && !l.StartsWith("|---", StringComparison.Ordinal))
                .Select(l =>
                    l.Trim('|', ' ')
                        .Split('|', StringSplitOptions.TrimEntries)
                        .Select(c => Remark().Replace(c.Replace("`", "", StringComparison.Ordinal), ""))
                        .ToArray()
                ),
        ];

    [GeneratedRegex(@" \(.*\)")]
    private static partial Regex Remark();
}
