using System.Text.Json.Nodes;
using HCChat.Protocol;
using HCChat.Rtc;
using HCChat.Server.Calls;
using HCChat.Server.Chat;
using HCChat.Server.Hosting;
using HCChat.Server.Identities;
using HCChat.Server.Rooms;

namespace HCChat.Server.Api;

/// <summary>
/// Calls (spec/protocol.md, Calls): whoever may be in a room gets a token for its call, and relays; those who keep order there mute people and put them out of it.
/// </summary>
internal sealed class RtcApi(
    ChatServer chat,
    ICalls calls,
    CallSeats seats,
    TurnCredentials turn,
    AllowedOrigins origins,
    bool isOpen
)
{
    private const double TokenCost = 2;
    private const double AskCost = 0.5;

    /// <summary>What the others are shown beside a nick, in characters.</summary>
    public const int MaxMetadata = 1_000;
    private const int MaxWebhook = 256 * 1024;

    /// <summary>Maps the routes of an application; without calls they say that there are none.</summary>
    /// <param name="isOpen">Whether the app may come in without showing who it is.</param>
    public static void Map(WebApplication app, bool isOpen)
    {
        if (app.Services.GetService<ICalls>() is null)
        {
            foreach (var prefix in new[] { "/api", "" })
            {
                app.MapPost(prefix + "/rtc/token", RefuseAsync);
                app.MapGet(prefix + "/rtc/ice", RefuseAsync);
                app.MapGet(prefix + "/rtc/people", RefuseAsync);
                app.MapPost(prefix + "/rtc/mute", RefuseAsync);
                app.MapPost(prefix + "/rtc/remove", RefuseAsync);
            }
            return;
        }
        ActivatorUtilities.CreateInstance<RtcApi>(app.Services, isOpen).MapRoutes(app);
    }

    private static Task RefuseAsync(HttpContext context) =>
        Problems.Refuse(context, Fault.NoCalls).ExecuteAsync(context);

    private void MapRoutes(WebApplication app)
    {
        foreach (var prefix in new[] { "/api", "" })
        {
            app.MapPost(prefix + "/rtc/token", context => RunAsync(context, TokenAsync));
            app.MapGet(prefix + "/rtc/ice", context => RunAsync(context, IceAsync));
            app.MapGet(prefix + "/rtc/people", context => RunAsync(context, PeopleAsync));
            app.MapPost(prefix + "/rtc/mute", context => RunAsync(context, MuteAsync));
            app.MapPost(prefix + "/rtc/remove", context => RunAsync(context, RemoveAsync));
        }
        if (app.Services.GetService<LiveKitCalls>() is { } livekit)
        {
            app.MapPost("/api/rtc/webhook", context => HearAsync(context, livekit));
        }
    }

    // {room, metadata?}, from the app also {identity}: a seat in the room's call.
    private async Task<IResult> TokenAsync(HttpContext context)
    {
        var (message, refusal) = await Requests.ReadAsync(context);
        if (message is null)
        {
            return refusal!;
        }
        var room = message.String("room") ?? message.String("channel");
        var metadata = message.String("metadata") ?? "";
        if (metadata.Length > MaxMetadata)
        {
            return Problems.Refuse(context, Fault.BadPayload, $"metadata has at most {MaxMetadata} characters.");
        }
        var isApp = isOpen && Requests.Token(context) is null;
        var identity = message.String("identity");
        if (isApp && !Names.IsNick(identity))
        {
            return Problems.Refuse(context, Fault.NickInvalid);
        }
        var (capability, me, denied) = await Requests.AdmitAsync(context, chat, room, TokenCost, isApp);
        if (me is null)
        {
            return denied!;
        }
        // The app says who it is; from elsewhere nobody takes its place by saying the same.
        capability ??= new Tokens.Capability(
            room!,
            identity!,
            $"app:{me.AddressName}:{identity}",
            null,
            null,
            "",
            me.AddressName,
            false,
            chat.Time.GetUtcNow().ToUnixTimeMilliseconds(),
            ""
        );
        var addressKey = ClientAddress.Key(context);
        if (await Visiting.LookAsync(chat, addressKey, capability) is not var (mayStay, maySpeak, _))
        {
            return Problems.Refuse(context, Fault.Unavailable, retryAfter: TimeSpan.FromSeconds(1));
        }
        if (!mayStay)
        {
            return Problems.Refuse(context, Fault.Banned);
        }
        var hasRoom = calls.HasRoomFor(seats.CallOf(room!), seats.IdentityOf(room!, capability.Session));
        if (!hasRoom || seats.Take(capability, addressKey, maySpeak, metadata) is not { } seat)
        {
            return Problems.Refuse(context, Fault.Overloaded);
        }
        return Requests.Json(
            new JsonObject
            {
                ["livekitUrl"] = calls.Url(Requests.Reached(context, chat)),
                ["token"] = seat.Token,
                ["identity"] = seat.Identity,
                ["expiresSeconds"] = (long)CallSeats.Lifetime.TotalSeconds,
            }
        );
    }

    private async Task<IResult> IceAsync(HttpContext context)
    {
        if (!isOpen || Requests.Token(context) is not null)
        {
            var (_, me, denied) = await Requests.AdmitAsync(context, chat, AskCost);
            if (me is null)
            {
                return denied!;
            }
        }
        return Requests.Json(
            new JsonObject
            {
                ["iceServers"] = Describe(turn.Issue()),
                ["ttlSeconds"] = (long)TurnCredentials.Lifetime.TotalSeconds,
            }
        );
    }

    private async Task<IResult> PeopleAsync(HttpContext context)
    {
        var room = context.Request.Query["room"].ToString();
        var (_, me, denied) = await Requests.AdmitAsync(context, chat, room, AskCost);
        if (me is null)
        {
            return denied!;
        }
        var people = await calls.ListAsync(seats.CallOf(room), context.RequestAborted);
        return Requests.Json(
            new JsonObject
            {
                ["people"] = new JsonArray([
                    .. people.Select(p => new JsonObject
                    {
                        ["identity"] = p.Identity,
                        ["nick"] = p.Nick,
                        ["tracks"] = new JsonArray([
                            .. p.Tracks.Select(t => new JsonObject
                            {
                                ["sid"] = t.Sid,
                                ["source"] = t.Source,
                                ["muted"] = t.IsMuted,
                            }),
                        ]),
                    }),
                ]),
            }
        );
    }

    // {room, identity, trackSid}: those who keep order in the room.
    private Task<IResult> MuteAsync(HttpContext context) =>
        KeepOrderAsync(
            context,
            async (call, identity, message) =>
                message.String("trackSid") is not { Length: > 0 } track
                    ? Problems.Refuse(context, Fault.BadPayload, "trackSid is missing.")
                : await calls.MuteAsync(call, identity, track, context.RequestAborted) ? TypedResults.NoContent()
                : Problems.Problem(404, Fault.NotFound, "There is no such track.")
        );

    // {room, identity}: out of the call; who may be in the room may come back.
    private Task<IResult> RemoveAsync(HttpContext context) =>
        KeepOrderAsync(
            context,
            async (call, identity, _) =>
            {
                await calls.RemoveAsync(call, identity, context.RequestAborted);
                return TypedResults.NoContent();
            }
        );

    private async Task<IResult> KeepOrderAsync(
        HttpContext context,
        Func<string, string, Incoming, Task<IResult>> actAsync
    )
    {
        var (message, refusal) = await Requests.ReadAsync(context);
        if (message is null)
        {
            return refusal!;
        }
        var room = message.String("room") ?? message.String("channel");
        var (_, me, denied) = await Requests.AdmitAsync(context, chat, room, AskCost);
        if (me is null)
        {
            return denied!;
        }
        if (!me.IsChannelModerator)
        {
            return Problems.Refuse(context, Fault.Forbidden);
        }
        if (message.String("identity") is not { Length: > 0 } identity)
        {
            return Problems.Refuse(context, Fault.BadPayload, "identity is missing.");
        }
        return await IsBelowAsync(room!, identity, me)
            ? await actAsync(seats.CallOf(room!), identity, message)
            : Problems.Refuse(context, Fault.Forbidden);
    }

    // As with a kick: nobody of one's own rank or above it, wherever they are beside the call.
    private async Task<bool> IsBelowAsync(string channel, string identity, Member me)
    {
        if (
            identity != seats.IdentityOf(channel, me.SessionId)
            && await seats.LevelOfAsync(channel, identity) >= me.Level
        )
        {
            return false;
        }
        // Of a seat from before this process began only the room itself knows.
        var isBelow = false;
        await chat.Rooms.InAsync(
            channel,
            room =>
                isBelow = !room.Members.Any(m =>
                    m.Level >= me.Level
                    && m.SessionId != me.SessionId
                    && seats.IdentityOf(channel, m.SessionId) == identity
                )
        );
        return isBelow;
    }

    private static async Task HearAsync(HttpContext context, LiveKitCalls livekit)
    {
        IResult result =
            await livekit.ExpectAsync(context.Request.Headers.Authorization.ToString()) is not { } hash
                ? Problems.Refuse(context, Fault.BadToken)
            : await ReadWebhookAsync(context.Request) is not { } body ? Problems.Problem(413, Fault.TooBig)
            : livekit.Hear(hash, body.Span) ? TypedResults.NoContent()
            : Problems.Refuse(context, Fault.BadToken);
        await result.ExecuteAsync(context);
    }

    // Nobody is read of whom nothing is known, and of LiveKit only what has come. Null: it is too much.
    private static async Task<ReadOnlyMemory<byte>?> ReadWebhookAsync(HttpRequest request)
    {
        if (request.ContentLength > MaxWebhook)
        {
            return null;
        }
        var body = new System.Buffers.ArrayBufferWriter<byte>();
        while (await request.Body.ReadAsync(body.GetMemory(4096)) is > 0 and var read)
        {
            body.Advance(read);
            if (body.WrittenCount > MaxWebhook)
            {
                return null;
            }
        }
        return body.WrittenMemory;
    }

    private Task RunAsync(HttpContext context, Func<HttpContext, Task<IResult>> act) =>
        Requests.RunAsync(context, chat, origins, act);

    private static JsonArray Describe(IReadOnlyList<IceServer> servers) =>
        new([
            .. servers.Select(s => new JsonObject
            {
                ["urls"] = new JsonArray([.. s.Urls.Select(u => (JsonNode)u)]),
                ["username"] = s.Username,
                ["credential"] = s.Credential,
            }),
        ]);
}
