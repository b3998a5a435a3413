using Microsoft.AspNetCore.Cors.Infrastructure;

namespace HCChat.Server.Hosting;

/// <summary>
/// Which pages may open the WebSocket (RFC 6455 §10.2) and use the API: the server's own and those the operator named. Programs send no
/// origin and are let in, for a page cannot leave it out.
/// </summary>
internal sealed class AllowedOrigins(IEnumerable<string> configured)
{
    private readonly HashSet<string> _configured = new(configured, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a page of there, if the request comes from one, may do anything here.</summary>
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

    /// <summary>
    /// How browsers let pages of the named origins read what the API answers (CORS; WHATWG Fetch §3.3). Nothing here goes by cookies, so none are let through.
    /// </summary>
    public void UseFor(CorsPolicyBuilder pages) =>
        pages
            .WithOrigins([.. _configured])
            .WithMethods("GET", "POST")
            .WithHeaders("Authorization", "Content-Type")
            .WithExposedHeaders("Retry-After")
            .SetPreflightMaxAge(TimeSpan.FromHours(1));

    /// <summary>The same for objects, whose addresses are what gives the right to them.</summary>
    public void UseForObjects(CorsPolicyBuilder pages) =>
        pages
            .WithOrigins([.. _configured])
            .WithMethods(OfObjects.Methods)
            .WithHeaders(OfObjects.Headers)
            .WithExposedHeaders(OfObjects.Exposed)
            .SetPreflightMaxAge(TimeSpan.FromHours(1));

    /// <summary>The named pages.</summary>
    public IReadOnlyCollection<string> Configured => _configured;

    /// <summary>What a page may do with objects, and send, and read of the answer.</summary>
    public static (string[] Methods, string[] Headers, string[] Exposed) OfObjects { get; } =
        (
            ["GET", "HEAD", "PUT"],
            ["Content-Type", "Range", "x-amz-checksum-sha256"],
            ["ETag", "Content-Range", "Content-Length", "Accept-Ranges"]
        );

    // As Uri writes it: without the scheme's default port, which a proxy may or may not leave in Host.
    private static string Authority(HttpRequest request) =>
        Uri.TryCreate($"{request.Scheme}://{request.Host}", UriKind.Absolute, out var own) ? own.Authority : "";
}
