using System.Security.Cryptography;
using System.Text;
using HCChat.Protocol;
using HCChat.Server.Chat;
using HCChat.Server.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HCChat.Server.Gateway;

/// <summary>The WebSocket endpoint: <c>/chat-ws</c>, and <c>/</c> when the request is an upgrade.</summary>
internal static class GatewayFeature
{
    // RFC 6455 §1.3.
    private const string AcceptGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private const int KeyBytes = 16;

    /// <summary>When to try again where there is no place.</summary>
    private static readonly TimeSpan s_whenFull = TimeSpan.FromSeconds(30);

    /// <summary>Serves the endpoint.</summary>
    public static void MapGateway(this WebApplication app)
    {
        app.Map("/chat-ws", HandleAsync);
        app.Use(
            (context, next) => context.Request.Path == "/" && IsUpgrade(context) ? HandleAsync(context) : next(context)
        );
    }

    private static async Task HandleAsync(HttpContext context)
    {
        var services = context.RequestServices;
        if (Refusal(context, services, out var accept) is { } refusal)
        {
            await refusal.ExecuteAsync(context);
            return;
        }
        // Counted before anything is made for the peer.
        var (caps, address) = (services.GetRequiredService<ConnectionCaps>(), ClientAddress.Key(context));
        if (caps.Enter(address) is var answer && answer != ConnectionCaps.Answer.Taken)
        {
            await Full(context, answer).ExecuteAsync(context);
            return;
        }
        try
        {
            await ServeAsync(context, services.GetRequiredService<Connections>(), address, accept);
        }
        finally
        {
            caps.Leave(address);
        }
    }

    private static async Task ServeAsync(HttpContext context, Connections connections, string address, string accept)
    {
        var headers = context.Response.Headers;
        headers.Connection = "Upgrade";
        headers.Upgrade = "websocket";
        headers.SecWebSocketAccept = accept;
        if (
            context.Request.Headers.SecWebSocketProtocol.ToString().Split(',')[0].Trim() is { Length: > 0 } protocol
            && protocol.All(c =>
                char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal)
            )
        )
        {
            headers.SecWebSocketProtocol = protocol;
        }
        var stream = await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
        await connections.ServeAsync(
            new Transport(context, stream),
            address,
            context.Request.Host.Host.ToLowerInvariant()
        );
    }

    private static ContentHttpResult? Refusal(HttpContext context, IServiceProvider services, out string accept)
    {
        accept = "";
        var headers = context.Request.Headers;
        if (!IsUpgrade(context) || !HttpMethods.IsGet(context.Request.Method))
        {
            context.Response.Headers.Upgrade = "websocket";
            context.Response.Headers.Connection = "Upgrade";
            return Malformed(StatusCodes.Status426UpgradeRequired, "Upgrade Required");
        }
        if (headers.SecWebSocketVersion != "13")
        {
            context.Response.Headers.SecWebSocketVersion = "13";
            return Malformed(StatusCodes.Status426UpgradeRequired, "Only WebSocket version 13 is spoken here.");
        }
        var key = headers.SecWebSocketKey.ToString();
        Span<byte> decoded = stackalloc byte[32];
        if (key.Length > 32 || !Convert.TryFromBase64String(key, decoded, out var length) || length != KeyBytes)
        {
            return Malformed(StatusCodes.Status400BadRequest, "Sec-WebSocket-Key is missing or malformed.");
        }
        if (!services.GetRequiredService<AllowedOrigins>().Allow(context.Request))
        {
            return Problems.Refuse(context, Fault.Forbidden, "This origin is not allowed to connect.");
        }
        if (services.GetRequiredService<ChatServer>().Bans.IsBanned(ClientAddress.Key(context)))
        {
            return Problems.Refuse(context, Fault.Banned, "You are banned.");
        }
        if (services.GetRequiredService<Connections>().Draining)
        {
            return Problems.Refuse(context, Fault.Unavailable, "The server is restarting.", TimeSpan.FromSeconds(3));
        }
        accept = Accept(key);
        return null;
    }

    private static ContentHttpResult Malformed(int status, string why) =>
        Problems.Problem(status, Fault.BadPayload, why);

    // Whether it is the server or the address that has too many is no secret: whoever has as many knows it.
    private static ContentHttpResult Full(HttpContext context, ConnectionCaps.Answer answer) =>
        answer == ConnectionCaps.Answer.AddressFull
            ? Problems.Refuse(
                context,
                Fault.TooManyConnections,
                "There are too many connections from your address.",
                s_whenFull
            )
            : Problems.Refuse(context, Fault.Overloaded, retryAfter: s_whenFull);

    /// <summary>Whether the request asks for a WebSocket.</summary>
    public static bool IsUpgrade(HttpContext context) =>
        context.Features.Get<IHttpUpgradeFeature>()?.IsUpgradableRequest == true
        && HttpProtocol.IsHttp11(context.Request.Protocol)
        && string.Equals(context.Request.Headers.Upgrade, "websocket", StringComparison.OrdinalIgnoreCase);

#pragma warning disable CA5350 // SHA-1 is what RFC 6455 §4.2.2 prescribes; nothing rests on its strength.
    private static string Accept(string key) =>
        Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + AcceptGuid)));
#pragma warning restore CA5350
}
