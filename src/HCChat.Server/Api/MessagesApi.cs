using System.Text.Json.Nodes;
using HCChat.Protocol;
using HCChat.Server.Chat;
using HCChat.Server.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

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
        if (Refuse(context, chat, origins) is { } refused)
        {
            return refused;
        }
        if (!context.Request.HasJsonContentType())
        {
            return Problem(
                StatusCodes.Status415UnsupportedMediaType,
                Fault.BadPayload,
                "The body must be application/json."
            );
        }
        if (await ReadBodyAsync(context.Request) is not { } body)
        {
            return Problem(StatusCodes.Status413PayloadTooLarge, Fault.TooBig);
        }
        var message = new Incoming();
        if (message.Parse(body) != Incoming.Shape.Object)
        {
            return Problem(StatusCodes.Status400BadRequest, Fault.BadJson);
        }
        if (message.String("mid") is null && message.Has("mid"))
        {
            return Problem(StatusCodes.Status400BadRequest, Fault.BadPayload, Call.MidRule);
        }
        return Answer(context, await Visiting.PostAsync(chat, ClientAddress.Key(context), message));
    }

    private static async Task<IResult> GetAsync(HttpContext context, ChatServer chat, AllowedOrigins origins)
    {
        if (Refuse(context, chat, origins) is { } refused)
        {
            return refused;
        }
        var query = context.Request.Query;
        var room = query["room"].ToString() is { Length: > 0 } named ? named : query["channel"].ToString();
        var range = Catchup.RangeOf(query["epoch"], query["since"], query["before"], query["limit"]);
        return Answer(context, await Visiting.ReadAsync(chat, ClientAddress.Key(context), room, range));
    }

    private static ContentHttpResult? Refuse(HttpContext context, ChatServer chat, AllowedOrigins origins) =>
        !origins.Allow(context.Request)
            ? Problem(StatusCodes.Status403Forbidden, Fault.Forbidden, "This origin is not allowed to do that.")
        : chat.Bans.IsBanned(ClientAddress.Key(context)) ? Problem(StatusCodes.Status403Forbidden, Fault.Banned)
        : null;

    // As large as a frame, no more.
    private static async Task<ReadOnlyMemory<byte>?> ReadBodyAsync(HttpRequest request)
    {
        var buffer = new byte[Limits.MaxFrame + 1];
        var length = await request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false);
        return length > Limits.MaxFrame ? null : buffer.AsMemory(0, length);
    }

    private static ContentHttpResult Answer(HttpContext context, Visiting.Answered answered)
    {
        var frame = answered.Frame;
        if (answered.Cmd is "ack" or "replay")
        {
            return TypedResults.Text(frame.ToJsonString(), "application/json; charset=utf-8");
        }
        if (frame["retryAfterMs"] is JsonValue wait)
        {
            context.Response.Headers.RetryAfter = Math.Ceiling(wait.GetValue<double>() / 1000)
                .ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
        var code = (string)frame["code"]!;
        var fault = Fault.All.First(f => f.Code == code);
        return Problem(Status(fault), fault, (string?)frame["text"]);
    }

    private static int Status(Fault fault) =>
        fault.Code switch
        {
            "unavailable" or "storage_full" => StatusCodes.Status503ServiceUnavailable,
            "locked" or "captcha" or "banned" or "forbidden" => StatusCodes.Status403Forbidden,
            "conflict" or "nick_taken" => StatusCodes.Status409Conflict,
            "too_big" => StatusCodes.Status413PayloadTooLarge,
            _ when fault.Temporary => StatusCodes.Status429TooManyRequests,
            _ => StatusCodes.Status400BadRequest,
        };

    // RFC 9457.
    private static ContentHttpResult Problem(int status, Fault fault, string? detail = null) =>
        TypedResults.Text(
            new JsonObject
            {
                ["title"] = detail ?? fault.Text,
                ["status"] = status,
                ["code"] = fault.Code,
            }.ToJsonString(),
            "application/problem+json; charset=utf-8",
            statusCode: status
        );
}
