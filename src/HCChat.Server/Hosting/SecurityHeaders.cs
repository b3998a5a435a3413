namespace HCChat.Server.Hosting;

/// <summary>
/// Headers on every response. The policy admits code from this server alone and, by Trusted Types, no way for text to become markup: the
/// one property of an end-to-end encrypted page that survives a careless change.
/// </summary>
internal static class SecurityHeaders
{
    // 'wasm-unsafe-eval': libsodium, for passphrases. connect-src ws:/wss:: a page may be served by another origin than the gateway.
    // media-src: sound and film of messages, whole (blob:) or as the page's own service worker decrypts them ('self').
    private static string ContentSecurityPolicy(string store) =>
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; "
        + "font-src 'self'; connect-src 'self' ws: wss:"
        + store
        + "; media-src 'self' blob:; worker-src 'self'; manifest-src 'self'; base-uri 'none'; "
        + "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types hcchat-worker";

    /// <summary>Sets them on whatever this server answers.</summary>
    /// <param name="storage">Where objects are put and got: pages go there, too, when it is another server.</param>
    public static void UseSecurityHeaders(this WebApplication app, StorageOptions storage)
    {
        var store = storage.PublicEndpoint.Length > 0 ? storage.PublicEndpoint : storage.Endpoint;
        var policy = ContentSecurityPolicy(
            store.Length > 0 ? " " + new Uri(store).GetLeftPart(UriPartial.Authority) : ""
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
                headers["Permissions-Policy"] = "camera=(self), microphone=(self), geolocation=(), interest-cohort=()";
                return next(context);
            }
        );
    }
}
