using HCChat.Rtc.Rooms;
using HCChat.Rtc.Signal.Wire;
using Microsoft.AspNetCore.WebSockets;
using Microsoft.Extensions.Options;

namespace HCChat.Rtc.Signal;

/// <summary>
/// Where clients knock: <c>/rtc/v1</c> (one peer connection) and <c>/rtc</c> (two), each a WebSocket, and beside each a page that says in words why the socket
/// was refused. The token is in the query, where browsers can put it: query strings are not to be logged.
/// </summary>
internal sealed class SignalEndpoint(Func<CallDirectory> calls, AccessToken tokens)
{
    private const int MaxToken = 8 * 1024;

    private static readonly WebSocketOptions s_sockets = new()
    {
        KeepAliveInterval = Watch.PingTimeout,
        KeepAliveTimeout = Watch.Patience,
    };

    public void Map(IEndpointRouteBuilder routes)
    {
        MapSocket(routes, "/rtc", isSingle: false);
        MapSocket(routes, "/rtc/v1", isSingle: true);
        routes.MapGet("/rtc/validate", ValidateAsync);
        routes.MapGet("/rtc/v1/validate", ValidateAsync);
    }

    private void MapSocket(IEndpointRouteBuilder routes, string path, bool isSingle)
    {
        var pipeline = routes.CreateApplicationBuilder();
        pipeline.UseMiddleware<WebSocketMiddleware>(Options.Create(s_sockets));
        pipeline.Run(context => ConnectAsync(context, isSingle));
        routes.MapGet(path, pipeline.Build());
    }

    private async Task ValidateAsync(HttpContext context)
    {
        var (status, text, _) = await CheckAsync(context).ConfigureAwait(false);
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain";
        await context.Response.WriteAsync(text).ConfigureAwait(false);
    }

    // Whoever asks has a token or gets nothing, wherever the page comes from that asks.
    private async Task<(int Status, string Text, Grant? Grant)> CheckAsync(HttpContext context)
    {
        context.Response.Headers.AccessControlAllowOrigin = "*";
        context.Response.Headers.CacheControl = "no-store";
        var token = TokenOf(context.Request);
        if (
            token.Length is 0 or > MaxToken
            || await tokens.VerifyAsync(token).ConfigureAwait(false) is not { } grant
            || !calls().Admits(grant)
        )
            return (StatusCodes.Status401Unauthorized, "this token opens no call", null);
        return calls().HasRoomFor(grant.Room, grant.Identity)
            ? (StatusCodes.Status200OK, "success", grant)
            : (StatusCodes.Status503ServiceUnavailable, "the call is full", null);
    }

    private static string TokenOf(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
            ? header["Bearer ".Length..]
            : request.Query["access_token"].ToString();
    }

    private async Task ConnectAsync(HttpContext context, bool isSingle)
    {
        var (status, text, grant) = await CheckAsync(context).ConfigureAwait(false);
        var query = context.Request.Query;
        var request = isSingle ? JoinRequestText.Read(query["join_request"].ToString()) : FromQuery(query);
        if (grant is not null && (request is null || !context.WebSockets.IsWebSocketRequest))
            (status, text, grant) = (StatusCodes.Status400BadRequest, "a WebSocket with a join_request", null);
        if (grant is null || request is null)
        {
            context.Response.StatusCode = status;
            await context.Response.WriteAsync(text).ConfigureAwait(false);
            return;
        }
        using var socket = new SignalSocket(await context.WebSockets.AcceptWebSocketAsync().ConfigureAwait(false));
        await ServeAsync(socket, grant, request, isSingle, context.RequestAborted).ConfigureAwait(false);
    }

    private async Task ServeAsync(
        SignalSocket socket,
        Grant grant,
        JoinRequest request,
        bool isSingle,
        CancellationToken aborted
    )
    {
        var found = request.Reconnect
            ? calls().Return(grant, request.ParticipantSid, socket)
            : calls().Enter(ArrivalOf(grant, request, isSingle), socket, request);
        if (found is not ({ } room, { } member))
        {
            // Nobody knows of such a stay, or the last seat has gone in this moment: it is to come in anew, and is told then.
            socket.Send(
                new SignalResponse
                {
                    Leave = new LeaveRequest
                    {
                        Reason = (int)LeaveReason.StateMismatch,
                        Action = (int)LeaveAction.Reconnect,
                        CanReconnect = true,
                    },
                }
            );
            socket.Close();
            await socket.RunAsync(_ => { }, aborted).ConfigureAwait(false);
            return;
        }
        try
        {
            await socket.RunAsync(message => room.Handle(member, socket, message), aborted).ConfigureAwait(false);
        }
        finally
        {
            room.Detach(member, socket);
        }
    }

    private Arrival ArrivalOf(Grant grant, JoinRequest request, bool isSingle) =>
        new(
            grant,
            isSingle,
            request.ConnectionSettings?.AutoSubscribe ?? true,
            request.ClientInfo?.ClientProtocol ?? 0,
            [.. request.ClientInfo?.Capabilities.Take(8) ?? []],
            calls().PrefersTcp(grant)
        );

    private static JoinRequest FromQuery(IQueryCollection query)
    {
        _ = int.TryParse(query["client_protocol"], out var protocol);
        return new JoinRequest
        {
            Reconnect = IsTrue(query["reconnect"].ToString(), false),
            ParticipantSid = query["sid"].ToString(),
            ConnectionSettings = new ConnectionSettings
            {
                AutoSubscribe = IsTrue(query["auto_subscribe"].ToString(), true),
            },
            ClientInfo = new ClientInfo { ClientProtocol = protocol },
        };
    }

    private static bool IsTrue(string value, bool otherwise) => value.Length == 0 ? otherwise : value is "1" or "true";
}
