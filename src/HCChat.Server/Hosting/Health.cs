using HCChat.Server.Gateway;

namespace HCChat.Server.Hosting;

/// <summary><c>/healthz</c> and <c>/livez</c>: the process answers. <c>/readyz</c>: it takes new work. The old back end's paths answer too.</summary>
internal static class Health
{
    public static void MapHealth(this WebApplication app)
    {
        foreach (var path in new[] { "/healthz", "/livez", "/api/healthz", "/api/health" })
        {
            app.MapGet(path, () => TypedResults.Json(new { status = "ok" }));
        }
        app.MapGet(
            "/readyz",
            (IServiceProvider services) =>
                services.GetService<Connections>()?.Draining == true
                    ? TypedResults.Json(
                        new { status = "draining" },
                        statusCode: StatusCodes.Status503ServiceUnavailable
                    )
                    : TypedResults.Json(new { status = "ready" })
        );
    }
}
