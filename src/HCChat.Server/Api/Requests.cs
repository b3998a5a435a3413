using HCChat.Protocol;
using HCChat.Server.Chat;
using HCChat.Server.Hosting;
using HCChat.Server.Identities;

namespace HCChat.Server.Api;

/// <summary>What every call of the API begins with: from where, and what it brings.</summary>
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
    public static async Task<(Tokens.Capability?, IResult?)> CapabilityAsync(
        HttpContext context,
        ChatServer chat,
        string? room
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
                && capability.Room == room
                && (capability.Account is not { } account || await chat.IsGoodAsync(account))
                ? (capability, null)
                : (null, Problems.Refuse(context, Fault.BadToken));
        }
        catch (TimeoutException)
        {
            return (null, Problems.Refuse(context, Fault.Unavailable, retryAfter: TimeSpan.FromSeconds(1)));
        }
    }
}
