using System.Buffers.Text;
using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using HCChat.Protocol;
using HCChat.Server.Attachments;
using HCChat.Server.Chat;
using HCChat.Server.Hosting;
using HCChat.Server.Identities;
using HCChat.Server.Rooms;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HCChat.Server.Api;

/// <summary>
/// What operators may do (<c>hcchat admin</c> and the page use it): with the token in the data folder, or logged in to an operator's account. Each act is written down
/// before it is done. There is no content here, for the server has none.
/// </summary>
internal sealed class AdminApi(
    ChatServer chat,
    AuditLog audit,
    TokenKeys keys,
    AttachmentLog attachments,
    AttachmentSweep sweep,
    byte[] secret,
    DateTimeOffset started
)
{
    private const string Local = "local"; // whoever can read the data folder
    private const int MaxRooms = 10_000;

    private readonly byte[] _token = Encoding.ASCII.GetBytes(Base64Url.EncodeToString(secret));

    /// <summary>Maps the routes.</summary>
    public void Map(WebApplication app)
    {
        Get(app, "status", () => Status());
        Get(app, "storage", Storage);
        Get(app, "limits", Figures);
        Get(app, "accounts", () => List(chat.Accounts.All(), Describe));
        Get(app, "accounts/invites", () => List(chat.Accounts.Invites(), Describe));
        Get(app, "rooms", Rooms);
        Get(app, "bans", () => List(chat.Bans.All, Describe));
        Get(app, "reports", () => List(audit.Reports(), Describe));
        Get(app, "audit", () => List(audit.Entries(), Describe));
        Act(app, "accounts/add", "name", AddAccountAsync);
        Act(app, "accounts/invite", null, InviteAsync);
        Act(app, "accounts/uninvite", "id", async (id, _) => await chat.Accounts.RevokeInviteAsync(id) ? Done() : null);
        Act(app, "accounts/disable", "name", (name, _) => DisableAsync(name, disabled: true));
        Act(app, "accounts/enable", "name", (name, _) => DisableAsync(name, disabled: false));
        Act(app, "accounts/promote", "name", (name, _) => SetOperatorAsync(name, isOperator: true));
        Act(app, "accounts/demote", "name", (name, _) => SetOperatorAsync(name, isOperator: false));
        Act(app, "accounts/password", "name", SetPasswordAsync);
        Act(app, "bans/lift", "id", (id, _) => Task.FromResult<JsonNode?>(chat.Bans.Unban(id) ? Done() : null));
        Act(app, "rooms/close", "room", (room, _) => CloseAsync(room));
        Act(app, "rooms/takedown", "room", (room, _) => TakeDownAsync(room));
        Act(app, "rooms/owner", "room", SetOwnerAsync);
        Act(app, "objects/takedown", "id", (id, _) => TakeObjectDownAsync(id));
        Act(app, "raid", "mode", (mode, _) => Task.FromResult<JsonNode?>(SetRaid(mode)));
        Act(app, "reports/done", "id", async (id, _) => await audit.FinishAsync(id) ? Done() : null);
        Act(
            app,
            "keys/rotate",
            null,
            (_, _) =>
            {
                keys.Rotate();
                return Task.FromResult<JsonNode?>(Done());
            }
        );
    }

    private JsonObject Status() =>
        new()
        {
            ["started"] = started.ToUnixTimeMilliseconds(),
            ["connections"] = chat.Sessions.Count,
            ["rooms"] = chat.Rooms.All.Count,
            ["people"] = chat.Sessions.Count(s => s.Seats.Count > 0),
            ["messages"] = chat.Statistics.Messages,
            ["banned"] = chat.Bans.Count,
            ["reports"] = audit.Reports().Count,
            ["raid"] = chat.Raids.Mode.ToString().ToLowerInvariant(),
            ["raidEverywhere"] = chat.Raids.IsEverywhere,
            ["raidedRooms"] = chat.Raids.Found,
        };

    private JsonObject SetRaid(string mode)
    {
        chat.Raids.Mode = mode switch
        {
            "auto" => RaidMode.Auto,
            "on" => RaidMode.On,
            "off" => RaidMode.Off,
            _ => throw new ArgumentException("mode: on, off or auto."),
        };
        return Done();
    }

    private JsonObject Storage()
    {
        var (stored, rules) = (chat.Messages.Measure(), chat.Messages.Rules);
        var (objects, bytes) = attachments.Totals();
        return new JsonObject
        {
            ["database"] = stored.IsPostgres ? "PostgreSQL" : "SQLite",
            ["size"] = stored.Size,
            ["free"] = stored.Free,
            ["rooms"] = stored.Rooms,
            ["messages"] = stored.Messages,
            ["objects"] = objects,
            ["objectBytes"] = bytes,
            ["mode"] = rules.Default.ModeName,
            ["days"] = rules.Default.Days,
            ["count"] = rules.Default.Count,
            ["maxDays"] = rules.MaxDays,
            ["maxCount"] = rules.MaxCount,
        };
    }

    // Whatever docs/limits.md lists by name.
    private static JsonArray Figures() =>
        List(
            new[] { typeof(Limits), typeof(FloodGuard), typeof(Announcement), typeof(Quota) }
                .SelectMany(t => t.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
                .Where(f => f.IsLiteral && f.GetRawConstantValue() is int or long or double),
            f => new JsonObject
            {
                ["name"] = f.Name,
                ["number"] = Convert.ToDouble(f.GetRawConstantValue(), CultureInfo.InvariantCulture),
            }
        );

    private JsonArray Rooms() =>
        List(
            Lists.Rooms(chat).Take(MaxRooms),
            room => new JsonObject
            {
                ["room"] = room.Channel,
                ["people"] = room.People,
                ["owned"] = room.IsOwned,
                ["access"] = room.Access,
                ["listed"] = room.IsListed,
                ["history"] = room.History,
            }
        );

    private async Task<JsonNode?> AddAccountAsync(string name, Incoming message)
    {
        var password = message.String("password");
        if (!Accounts.IsName(name) || !Accounts.IsPassword(password))
        {
            throw new ArgumentException(
                $"name: 1 to {Accounts.MaxName} letters, digits, _, . and -; password: {Accounts.MinPassword} to {Accounts.MaxPassword} characters."
            );
        }
        var isOperator = IsOperator(message);
        return await chat.Accounts.CreateAsync(name, password!, isOperator) is { } account
            ? Describe(account)
            : throw new ArgumentException("That name is taken.");
    }

    private async Task<JsonNode?> InviteAsync(string subject, Incoming message)
    {
        var days = message.Has("days") ? message.Integer("days") : 7;
        return days is >= 1 and <= 365
            ? new JsonObject { ["invite"] = await chat.Accounts.InviteAsync(TimeSpan.FromDays(days.Value)) }
            : throw new ArgumentException("days: 1 to 365.");
    }

    private async Task<JsonNode?> DisableAsync(string name, bool disabled) =>
        await chat.Accounts.DisableAsync(name, disabled) ? Done() : null;

    private async Task<JsonNode?> SetOperatorAsync(string name, bool isOperator) =>
        await chat.Accounts.SetOperatorAsync(name, isOperator) ? Done() : null;

    private async Task<JsonNode?> SetPasswordAsync(string name, Incoming message) =>
        !Accounts.IsPassword(message.String("password"))
            ? throw new ArgumentException($"password: {Accounts.MinPassword} to {Accounts.MaxPassword} characters.")
        : await chat.Accounts.SetPasswordAsync(name, message.String("password")!) ? Done()
        : null;

    private async Task<JsonNode?> CloseAsync(string room) =>
        await Histories.EndAsync(chat, room) ? Done() : throw new TimeoutException();

    private async Task<JsonNode?> TakeDownAsync(string channel) =>
        await Operating.TakeDownAsync(chat, channel) ? Done() : throw new TimeoutException();

    private async Task<JsonNode?> TakeObjectDownAsync(string id)
    {
        if (await Task.Run(() => attachments.Find(id)) is null)
        {
            return null;
        }
        await attachments.DoomAsync(id);
        sweep.Wake();
        return Done();
    }

    private async Task<JsonNode?> SetOwnerAsync(string channel, Incoming message) =>
        message.String("identity") is not { } identity || !Owning.IsIdentity(identity)
            ? throw new ArgumentException(
                "identity: key:… with a fingerprint, account:… with an id, or trip:… with a code."
            )
        : await Operating.GiveAsync(chat, channel, identity) ? Done()
        : throw new TimeoutException();

    private static JsonObject Describe(Account account) =>
        new()
        {
            ["name"] = account.Name,
            ["identity"] = account.Identity,
            ["operator"] = account.IsOperator,
            ["disabled"] = account.IsDisabled,
            ["created"] = account.Created,
        };

    private static JsonObject Describe(RoomBan ban) =>
        new()
        {
            ["id"] = ban.Id,
            ["nick"] = ban.Nick,
            ["expires"] = ban.Expires,
            ["subjects"] = string.Join(' ', ban.Subjects),
        };

    private static JsonObject Describe((string Id, long Expires) invite) =>
        new() { ["id"] = invite.Id, ["expires"] = invite.Expires };

    private static JsonObject Describe(AuditLog.Report report) =>
        new()
        {
            ["id"] = report.Id,
            ["time"] = report.Time,
            ["room"] = report.Channel,
            ["mid"] = report.Mid,
            ["reason"] = report.Reason,
            ["reporter"] = report.Reporter,
        };

    private static JsonObject Describe(AuditLog.Entry entry) =>
        new()
        {
            ["time"] = entry.Time,
            ["actor"] = entry.Actor,
            ["act"] = entry.Act,
            ["subject"] = entry.Subject,
        };

    private static JsonObject Done() => new() { ["done"] = true };

    private static JsonArray List<T>(IEnumerable<T> items, Func<T, JsonObject> describe) =>
        new([.. items.Select(i => (JsonNode)describe(i))]);

    private void Get(WebApplication app, string path, Func<JsonNode> give) =>
        app.MapGet(
            "/api/admin/" + path,
            (HttpContext context, AllowedOrigins origins) =>
                AnswerAsync(context, origins, _ => Task.FromResult<IResult>(Json(give())))
        );

    private void Act(WebApplication app, string path, string? subject, Func<string, Incoming, Task<JsonNode?>> act) =>
        app.MapPost(
            "/api/admin/" + path,
            (HttpContext context, AllowedOrigins origins) =>
                AnswerAsync(
                    context,
                    origins,
                    async actor =>
                    {
                        var (message, refusal) = await Requests.ReadAsync(context);
                        if (message is null)
                        {
                            return refusal!;
                        }
                        var what = subject is null ? "" : message.String(subject) ?? "";
                        if (subject is not null && what.Length is 0 or > 200)
                        {
                            return Problems.Refuse(context, Fault.BadPayload, $"{subject} is missing.");
                        }
                        await audit.AddAsync(actor, path, what + Particulars(message));
                        return await act(what, message) is { } answer
                            ? Json(answer)
                            : Problems.Problem(404, Fault.NotFound, $"There is no such {subject}.");
                    }
                )
        );

    // What else an act is about, for the log of them: the new owner, and that an account is an operator's.
    private static string Particulars(Incoming message) =>
        message.String("identity") is { Length: <= 200 } identity ? $" {identity}"
        : IsOperator(message) ? " (operator)"
        : "";

    private static bool IsOperator(Incoming message) =>
        message.Json("operator", System.Text.Json.JsonTokenType.True).Length > 0;

    private async Task<IResult> AnswerAsync(
        HttpContext context,
        AllowedOrigins origins,
        Func<string, Task<IResult>> answer
    )
    {
        if (Requests.Refusal(context, chat, origins) is { } refused)
        {
            return refused;
        }
        context.Response.Headers.CacheControl = "no-store";
        try
        {
            var (actor, refusal) = await ActorAsync(context);
            return actor is null ? refusal! : await answer(actor);
        }
        catch (ArgumentException e)
        {
            return Problems.Refuse(context, Fault.BadPayload, e.Message);
        }
        catch (TimeoutException)
        {
            return Problems.Refuse(context, Fault.Unavailable, retryAfter: TimeSpan.FromSeconds(1));
        }
    }

    // Who asks. Guessing is held up like any flood from one address.
    private async Task<(string? Actor, IResult? Refusal)> ActorAsync(HttpContext context)
    {
        var token = Requests.Token(context) ?? "";
        if (CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token), _token))
        {
            return (Local, null);
        }
        if (!chat.ChargesOf(ClientAddress.Key(context)).TryCharge(2, out var wait))
        {
            return (null, Problems.Refuse(context, Fault.RateCommand, retryAfter: wait));
        }
        return
            token.Length > 0
            && await chat.Tokens.ReadAccessAsync(token) is { Nick: null } access
            && await chat.IsGoodAsync(access)
            && chat.Accounts.Find(access.Subject["account:".Length..]) is { } account
            ? account.IsOperator
                ? (account.Identity, null)
                : (null, Problems.Refuse(context, Fault.Forbidden, "Only operators may do that."))
            : (null, Problems.Refuse(context, Fault.BadToken));
    }

    private static ContentHttpResult Json(JsonNode node) =>
        TypedResults.Text(node.ToJsonString(), "application/json; charset=utf-8");
}
