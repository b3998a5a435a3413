using System.Security.Cryptography;
using System.Text;
using HCChat.Server.Chat;
using HCChat.Server.Hosting;
using Microsoft.AspNetCore.Http.Features;

namespace HCChat.Server.Gateway;

/// <summary>The WebSocket endpoint: <c>/chat-ws</c>, and <c>/</c> when the request is an upgrade.</summary>
internal static class GatewayFeature
{
    // RFC 6455 §1.3.
    private const string AcceptGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private const int KeyBytes = 16;

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
        var connections = context.RequestServices.GetRequiredService<Connections>();
        var origins = context.RequestServices.GetRequiredService<AllowedOrigins>();
        var chat = context.RequestServices.GetRequiredService<ChatServer>();
        var (status, problem) = Check(context, connections, origins, chat, out var accept);
        if (problem is not null)
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = "text/plain; charset=utf-8";
            await context.Response.WriteAsync(problem);
            return;
        }
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
            ClientAddress.Key(context),
            context.Request.Host.Host.ToLowerInvariant()
        );
    }

    private static (int Status, string? Problem) Check(
        HttpContext context,
        Connections connections,
        AllowedOrigins origins,
        ChatServer chat,
        out string accept
    )
    {
        accept = "";
        var headers = context.Request.Headers;
        if (!IsUpgrade(context) || !HttpMethods.IsGet(context.Request.Method))
        {
            context.Response.Headers.Upgrade = "websocket";
            context.Response.Headers.Connection = "Upgrade";
            return (StatusCodes.Status426UpgradeRequired, "Upgrade Required");
        }
        if (headers.SecWebSocketVersion != "13")
        {
            context.Response.Headers.SecWebSocketVersion = "13";
            return (StatusCodes.Status426UpgradeRequired, "Only WebSocket version 13 is spoken here.");
        }
        var key = headers.SecWebSocketKey.ToString();
        Span<byte> decoded = stackalloc byte[32];
        if (key.Length > 32 || !Convert.TryFromBase64String(key, decoded, out var length) || length != KeyBytes)
        {
            return (StatusCodes.Status400BadRequest, "Sec-WebSocket-Key is missing or malformed.");
        }
        if (!origins.Allow(context.Request))
        {
            return (StatusCodes.Status403Forbidden, "This origin is not allowed to connect.");
        }
        if (chat.Bans.IsBanned(ClientAddress.Key(context)))
        {
            return (StatusCodes.Status403Forbidden, "You are banned.");
        }
        if (connections.Draining)
        {
            context.Response.Headers.RetryAfter = "3";
            return (StatusCodes.Status503ServiceUnavailable, "The server is restarting.");
        }
        accept = Accept(key);
        return default;
    }

    private static bool IsUpgrade(HttpContext context) =>
        context.Features.Get<IHttpUpgradeFeature>()?.IsUpgradableRequest == true
        && HttpProtocol.IsHttp11(context.Request.Protocol)
        && string.Equals(context.Request.Headers.Upgrade, "websocket", StringComparison.OrdinalIgnoreCase);

#pragma warning disable CA5350 // SHA-1 is what RFC 6455 §4.2.2 prescribes; nothing rests on its strength.
    private static string Accept(string key) =>
        Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + AcceptGuid)));
#pragma warning restore CA5350
}
