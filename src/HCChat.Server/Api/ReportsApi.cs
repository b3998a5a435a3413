using HCChat.Protocol;
using HCChat.Server.Chat;
using HCChat.Server.Hosting;
using HCChat.Server.Identities;

namespace HCChat.Server.Api;

/// <summary><c>POST /api/reports</c>: tells the operator about a room or a message. Anybody may, for whoever needs it may be outside.</summary>
internal static class ReportsApi
{
    private const double Cost = 10;
    private const int MaxReason = 1_000;

    public static void MapReports(this WebApplication app) => app.MapPost("/api/reports", PostAsync);

    private static async Task<IResult> PostAsync(
        HttpContext context,
        ChatServer chat,
        AuditLog audit,
        AllowedOrigins origins
    )
    {
        if (Requests.Refusal(context, chat, origins) is { } refused)
        {
            return refused;
        }
        var address = ClientAddress.Key(context);
        if (!chat.ChargesOf(address).TryCharge(Cost, out var wait))
        {
            return Problems.Refuse(context, Fault.RateCommand, retryAfter: wait);
        }
        var (message, refusal) = await Requests.ReadAsync(context);
        if (message is null)
        {
            return refusal!;
        }
        var (room, mid, reason) = (message.String("room"), message.String("mid"), message.String("reason"));
        if (
            room is not { Length: >= 1 and <= Limits.MaxChannel }
            || (message.Has("mid") && !Names.IsMessageId(mid))
            || reason is not { Length: >= 1 and <= MaxReason }
        )
        {
            return Problems.Refuse(
                context,
                Fault.BadPayload,
                $"room; mid?: a message's id; reason: 1 to {MaxReason} characters."
            );
        }
        try
        {
            return await audit.ReportAsync(room, mid, reason, chat.NameOf(address))
                ? TypedResults.NoContent()
                : Problems.Refuse(context, Fault.Unavailable, retryAfter: TimeSpan.FromHours(1));
        }
        catch (TimeoutException)
        {
            return Problems.Refuse(context, Fault.Unavailable, retryAfter: TimeSpan.FromSeconds(1));
        }
    }
}
