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
        var stopping = app.Lifetime.ApplicationStopping;
        app.MapGet(
            "/readyz",
            () =>
                stopping.IsCancellationRequested
                    ? TypedResults.Json(
                        new { status = "draining" },
                        statusCode: StatusCodes.Status503ServiceUnavailable
                    )
                    : TypedResults.Json(new { status = "ready" })
        );
    }
}
