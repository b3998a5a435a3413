using System.Text.Json.Nodes;
using HCChat.Protocol;
using HCChat.Server.Chat;
using HCChat.Server.Hosting;

namespace HCChat.Server.Api;

/// <summary><c>/api/messages</c> (spec/protocol.md, HTTP), with and without the <c>/api</c>.</summary>
internal static class MessagesApi
{
    public static void MapMessages(this WebApplication app)
    {
        foreach (var path in new[] { "/api/messages", "/messages" })
        {
            app.MapPost(path, PostAsync);
            app.MapGet(path, GetAsync);
        }
    }

    private static async Task<IResult> PostAsync(HttpContext context, ChatServer chat, AllowedOrigins origins)
    {
        if (Requests.Refusal(context, chat, origins) is { } refused)
        {
            return refused;
        }
        var (message, refusal) = await Requests.ReadAsync(context);
        if (message is null)
        {
            return refusal!;
        }
        if (message.String("mid") is null && message.Has("mid"))
        {
            return Problems.Refuse(context, Fault.BadPayload, Call.MidRule);
        }
        var (capability, bad) = await Requests.CapabilityAsync(
            context,
            chat,
            message.String("room") ?? message.String("channel")
        );
        return bad ?? Answer(context, await Visiting.PostAsync(chat, ClientAddress.Key(context), message, capability));
    }

    private static async Task<IResult> GetAsync(HttpContext context, ChatServer chat, AllowedOrigins origins)
    {
        if (Requests.Refusal(context, chat, origins) is { } refused)
        {
            return refused;
        }
        var query = context.Request.Query;
        var room = query["room"].ToString() is { Length: > 0 } named ? named : query["channel"].ToString();
        var range = Catchup.RangeOf(query["epoch"], query["since"], query["before"], query["limit"]);
        var (capability, bad) = await Requests.CapabilityAsync(context, chat, room);
        return bad
            ?? Answer(context, await Visiting.ReadAsync(chat, ClientAddress.Key(context), room, range, capability));
    }

    /// <summary>The frame that a visitor was answered, over HTTP.</summary>
    public static IResult Answer(HttpContext context, Visiting.Answered answered)
    {
        var frame = answered.Frame;
        if (answered.Cmd is "ack" or "replay")
        {
            return TypedResults.Text(frame.ToJsonString(), "application/json; charset=utf-8");
        }
        var wait = frame["retryAfterMs"] is JsonValue ms ? TimeSpan.FromMilliseconds(ms.GetValue<double>()) : default;
        var code = (string)frame["code"]!;
        return Problems.Refuse(context, Fault.All.First(f => f.Code == code), (string?)frame["text"], wait);
    }
}
