namespace HCChat.Server.Hosting;

/// <summary>
/// Headers on every response. The policy admits code from this server alone and, by Trusted Types, no way for text to become markup: the
/// one property of an end-to-end encrypted page that survives a careless change.
/// </summary>
internal static class SecurityHeaders
{
    // 'wasm-unsafe-eval': libsodium, for passphrases. connect-src ws:/wss:: a page may be served by another origin than the gateway.
    // media-src: sound and film of messages, whole (blob:) or as the page's own service worker decrypts them ('self').
    private static string ContentSecurityPolicy(string others) =>
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; "
        + "font-src 'self'; connect-src 'self' ws: wss:"
        + others
        + "; media-src 'self' blob:; worker-src 'self'; manifest-src 'self'; base-uri 'none'; "
        + "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types hcchat-worker";

    /// <summary>Sets them on whatever this server answers.</summary>
    /// <param name="options">Says what else pages go to: another server's store, another server's calls.</param>
    public static void UseSecurityHeaders(this WebApplication app, ServerOptions options)
    {
        var storage = options.Storage;
        var store = storage.PublicEndpoint.Length > 0 ? storage.PublicEndpoint : storage.Endpoint;
        // Beside its WebSocket, LiveKit is asked over HTTP why that was refused.
        var calls = options.Rtc.Mode == "livekit" ? string.Concat("http", options.LiveKit.Url.AsSpan(2)) : "";
        var policy = ContentSecurityPolicy(
            string.Concat(
                new[] { store, calls }
                    .Where(a => a.Length > 0)
                    .Select(a => " " + new Uri(a).GetLeftPart(UriPartial.Authority))
            )
        );
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
                headers["Permissions-Policy"] =
                    "camera=(self), microphone=(self), display-capture=(self), geolocation=(), interest-cohort=()";
                return next(context);
            }
        );
    }
}
