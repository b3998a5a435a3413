using Microsoft.Extensions.FileProviders;

namespace HCChat.Server.Hosting;

/// <summary>The web client: static files that were built into <c>wwwroot</c> beside the program.</summary>
internal static class WebApp
{
    /// <summary>Serves the web client.</summary>
    /// <returns>False when this build has none.</returns>
    public static bool UseWebApp(this WebApplication app)
    {
        var root = Path.Combine(AppContext.BaseDirectory, "wwwroot");
        if (!File.Exists(Path.Combine(root, "index.html")))
        {
            return false;
        }
        var files = new PhysicalFileProvider(root);
        app.UseDefaultFiles(new DefaultFilesOptions { FileProvider = files });
        app.UseStaticFiles(
            new StaticFileOptions
            {
                FileProvider = files,
                // Names of assets carry a hash of their content; the page itself is asked for anew each time.
                OnPrepareResponse = file =>
                    file.Context.Response.Headers.CacheControl = file.Context.Request.Path.StartsWithSegments("/assets")
                        ? "public, max-age=31536000, immutable"
                        : "no-cache",
            }
        );
        return true;
    }
}
