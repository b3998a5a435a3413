using HCChat.Protocol;
using HCChat.Server.Hosting;

namespace HCChat.Server.Gateway;

/// <summary>
/// How many requests of one address may be in progress: each holds memory before anybody knows whether it may be made, for as long as its body takes to come (Kestrel cuts those
/// that bring less than 240 bytes a second). WebSockets have a count of their own; objects of the store have come past a right that was given, and take their time.
/// </summary>
internal static class RequestCap
{
    private static readonly TimeSpan s_whenFull = TimeSpan.FromSeconds(1);

    /// <summary>Refuses what is one too many of an address.</summary>
    /// <param name="app">The application.</param>
    /// <param name="bucket">The folder of the store.</param>
    public static void UseRequestCap(this WebApplication app, string bucket)
    {
        var caps = new ConnectionCaps(int.MaxValue, Limits.MaxRequests);
        app.Use(
            async (context, next) =>
            {
                if (GatewayFeature.IsUpgrade(context) || context.Request.Path.StartsWithSegments($"/{bucket}"))
                {
                    await next(context);
                    return;
                }
                var address = ClientAddress.Key(context);
                if (caps.Enter(address) != ConnectionCaps.Answer.Taken)
                {
                    var refusal = Problems.Refuse(
                        context,
                        Fault.TooManyConnections,
                        "There are too many requests in progress from your address.",
                        s_whenFull
                    );
                    await refusal.ExecuteAsync(context);
                    return;
                }
                try
                {
                    await next(context);
                }
                finally
                {
                    caps.Leave(address);
                }
            }
        );
    }
}
