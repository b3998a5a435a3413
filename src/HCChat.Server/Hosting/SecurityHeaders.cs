namespace HCChat.Server.Hosting;

/// <summary>
/// Headers on every response. The policy admits code from this server alone and, by Trusted Types, no way for text to become markup: the
/// one property of an end-to-end encrypted page that survives a careless change.
/// </summary>
internal static class SecurityHeaders
{
    // 'wasm-unsafe-eval': libsodium, for passphrases. connect-src ws:/wss:: a page may be served by another origin than the gateway.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; "
        + "font-src 'self'; connect-src 'self' ws: wss:; worker-src 'self'; manifest-src 'self'; base-uri 'none'; "
        + "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types hcchat-worker";

    /// <summary>Sets them.</summary>
    /// <param name="app">The application.</param>
    /// <param name="storage">Where objects lie: a page puts and gets them there by itself.</param>
    public static void UseSecurityHeaders(this WebApplication app, StorageOptions storage)
    {
        var policy = (storage.PublicEndpoint.Length > 0 ? storage.PublicEndpoint : storage.Endpoint)
            is { Length: > 0 } store
            ? ContentSecurityPolicy.Replace(
                "connect-src 'self'",
                $"connect-src 'self' {new Uri(store).GetLeftPart(UriPartial.Authority)}",
                StringComparison.Ordinal
            )
            : ContentSecurityPolicy;
        app.Use(
            (context, next) =>
            {
                var headers = context.Response.Headers;
                headers.ContentSecurityPolicy = policy;
                headers.XContentTypeOptions = "nosniff";
                headers.XFrameOptions = "DENY"; // for browsers that do not know frame-ancestors
                headers["Referrer-Policy"] = "no-referrer";
                headers["Cross-Origin-Opener-Policy"] = "same-origin";
                headers["Cross-Origin-Resource-Policy"] = "same-origin";
                headers["Permissions-Policy"] = "camera=(self), microphone=(self), geolocation=(), interest-cohort=()";
                return next(context);
            }
        );
    }
}
