using System.Text.Json.Nodes;
using HCChat.Protocol;
using HCChat.Server.Calls;
using HCChat.Server.Chat;
using HCChat.Server.Hosting;
using HCChat.Server.Identities;
using HCChat.Server.Rooms;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HCChat.Server.Api;

/// <summary>What every call of the API begins with: from where, and what it brings; and how it ends.</summary>
internal static class Requests
{
    private const string Bearer = "Bearer";

    /// <summary>Why nothing is taken from there, or null.</summary>
    public static IResult? Refusal(HttpContext context, ChatServer chat, AllowedOrigins origins) =>
        !origins.Allow(context.Request)
            ? Problems.Problem(403, Fault.Forbidden, "This origin is not allowed to do that.")
        : chat.Bans.IsBanned(ClientAddress.Key(context)) ? Problems.Problem(403, Fault.Banned)
        : null;

    /// <summary>The JSON object in the body, or why it is none.</summary>
    public static async Task<(Incoming? Message, IResult? Refusal)> ReadAsync(
        HttpContext context,
        bool mayBeEmpty = false
    )
    {
        if (!context.Request.HasJsonContentType())
        {
            if (mayBeEmpty)
            {
                return (new Incoming(), null);
            }
            return (null, Problems.Problem(415, Fault.BadPayload, "The body must be application/json."));
        }
        // As large as a frame, no more.
        var buffer = new byte[Limits.MaxFrame + 1];
        var length = await context.Request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false);
        if (length > Limits.MaxFrame)
        {
            return (null, Problems.Problem(413, Fault.TooBig));
        }
        var message = new Incoming();
        return (mayBeEmpty && length == 0) || message.Parse(buffer.AsMemory(0, length)) == Incoming.Shape.Object
            ? (message, null)
            : (null, Problems.Problem(400, Fault.BadJson));
    }

    /// <summary>Where clients reach this server, without a slash at the end: as the operator says, else as the request came.</summary>
    public static string Reached(HttpContext context, ChatServer chat) =>
        chat.Settings.PublicUrl.Length > 0
            ? chat.Settings.PublicUrl
            : $"{context.Request.Scheme}://{context.Request.Host}";

    /// <summary>The token that the request brings (RFC 6750 §2.1), or null. Never one in the address, which is written down in many places.</summary>
    public static string? Token(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        return header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..].Trim() : null;
    }

    /// <summary>The capability that the request brings, or null without one. Whoever brings it is the one whom it names; for another room it is worth nothing.</summary>
    /// <param name="room">The room that the request is about.</param>
    public static Task<(Tokens.Capability? Capability, IResult? Refusal)> CapabilityAsync(
        HttpContext context,
        ChatServer chat,
        string? room
    ) => CapabilityAsync(context, chat, capability => capability.Room == room);

    /// <summary>As whom the request comes into a room, which it does by a capability for it.</summary>
    /// <param name="room">The room that the request is about.</param>
    /// <param name="cost">What it costs.</param>
    /// <param name="mayBeStranger">It may bring no capability.</param>
    public static async Task<Admitted> AdmitAsync(
        HttpContext context,
        ChatServer chat,
        string? room,
        double cost,
        bool mayBeStranger = false
    )
    {
        var (capability, refusal) = await CapabilityAsync(context, chat, room);
        return refusal is not null ? new Admitted(null, null, refusal)
            : capability is null && !mayBeStranger ? new Admitted(null, null, NoCapability(context))
            : await AdmitAsync(context, chat, room, capability, cost);
    }

    /// <summary>The same of a request that is about the room of its capability.</summary>
    public static async Task<Admitted> AdmitAsync(HttpContext context, ChatServer chat, double cost)
    {
        var (capability, refusal) = await CapabilityAsync(context, chat, _ => true);
        return capability is null
            ? new Admitted(null, null, refusal ?? NoCapability(context))
            : await AdmitAsync(context, chat, capability.Room, capability, cost);
    }

    /// <summary>Answers a request that may be taken from there.</summary>
    public static async Task RunAsync(
        HttpContext context,
        ChatServer chat,
        AllowedOrigins origins,
        Func<HttpContext, Task<IResult>> act
    )
    {
        context.Response.Headers.CacheControl = "no-store";
        IResult result;
        try
        {
            result = Refusal(context, chat, origins) ?? await act(context);
        }
        catch (TimeoutException)
        {
            result = Problems.Refuse(context, Fault.Unavailable, retryAfter: TimeSpan.FromSeconds(1));
        }
        catch (CallsException)
        {
            result = Problems.Refuse(context, Fault.CallsAway, retryAfter: TimeSpan.FromSeconds(2));
        }
        await result.ExecuteAsync(context);
    }

    /// <summary>The answer to a request that wants a capability and brings none.</summary>
    public static ContentHttpResult NoCapability(HttpContext context) =>
        Problems.Refuse(
            context,
            Fault.BadToken,
            "A capability for the room is needed; POST /api/chat/token gives one."
        );

    /// <summary>An answer.</summary>
    public static ContentHttpResult Json(JsonObject answer) =>
        TypedResults.Text(answer.ToJsonString(), "application/json; charset=utf-8");

    private static async Task<Admitted> AdmitAsync(
        HttpContext context,
        ChatServer chat,
        string? room,
        Tokens.Capability? capability,
        double cost
    )
    {
        var (me, refusal) = await Visiting.AdmitAsync(chat, ClientAddress.Key(context), room, capability, cost);
        return refusal is null
            ? new Admitted(capability, me, null)
            : new Admitted(capability, null, MessagesApi.Answer(context, refusal));
    }

    private static async Task<(Tokens.Capability?, IResult?)> CapabilityAsync(
        HttpContext context,
        ChatServer chat,
        Func<Tokens.Capability, bool> fits
    )
    {
        if (Token(context) is not { } token)
        {
            return (null, null);
        }
        try
        {
            return
                await chat.Tokens.ReadCapabilityAsync(token) is { } capability
                && fits(capability)
                && (capability.Account is not { } account || await chat.IsGoodAsync(account))
                ? (capability, null)
                : (null, Problems.Refuse(context, Fault.BadToken));
        }
        catch (TimeoutException)
        {
            return (null, Problems.Refuse(context, Fault.Unavailable, retryAfter: TimeSpan.FromSeconds(1)));
        }
    }

    /// <summary>As whom a request comes into a room, or why it does not.</summary>
    /// <param name="Capability">What it brought; null of a stranger.</param>
    /// <param name="Me">Who they would be there; null when they may not.</param>
    /// <param name="Denied">The answer, then.</param>
    internal readonly record struct Admitted(Tokens.Capability? Capability, Member? Me, IResult? Denied);
}
