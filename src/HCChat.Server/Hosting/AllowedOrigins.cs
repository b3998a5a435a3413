namespace HCChat.Server.Hosting;

/// <summary>
/// Which pages may open the WebSocket (RFC 6455 §10.2): the server's own and those the operator named. Programs send no origin and are
/// let in, for a page cannot leave it out.
/// </summary>
internal sealed class AllowedOrigins(IEnumerable<string> configured)
{
    private readonly HashSet<string> _configured = new(configured, StringComparer.OrdinalIgnoreCase);

    public bool Allow(HttpRequest request)
    {
        var origin = request.Headers.Origin.ToString();
        return origin.Length == 0
            || _configured.Contains(origin)
            || (
                Uri.TryCreate(origin, UriKind.Absolute, out var parsed)
                && string.Equals(parsed.Authority, Authority(request), StringComparison.OrdinalIgnoreCase)
            );
    }

    // As Uri writes it: without the scheme's default port, which a proxy may or may not leave in Host.
    private static string Authority(HttpRequest request) =>
        Uri.TryCreate($"{request.Scheme}://{request.Host}", UriKind.Absolute, out var own) ? own.Authority : "";
}
