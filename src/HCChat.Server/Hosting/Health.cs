namespace HCChat.Server.Hosting;

/// <summary><c>/healthz</c> and <c>/livez</c>: the process answers. <c>/readyz</c>: it takes new work. The old back end's paths answer too.</summary>
internal static class Health
{
    /// <param name="app">The server.</param>
    /// <param name="trouble">What keeps it from taking work, in a word, or null.</param>
    public static void MapHealth(this WebApplication app, Func<string?> trouble)
    {
        foreach (var path in new[] { "/healthz", "/livez", "/api/healthz", "/api/health" })
        {
            app.MapGet(path, () => TypedResults.Json(new { status = "ok" }));
        }
        var stopping = app.Lifetime.ApplicationStopping;
        app.MapGet(
            "/readyz",
            () =>
                (stopping.IsCancellationRequested ? "draining" : trouble()) is { } status
                    ? TypedResults.Json(new { status }, statusCode: StatusCodes.Status503ServiceUnavailable)
                    : TypedResults.Json(new { status = "ready" })
        );
    }
}
