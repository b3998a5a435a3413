using Microsoft.Extensions.FileProviders;

namespace HCChat.Server.Hosting;

/// <summary>The web client: static files that were built into <c>wwwroot</c> beside the program.</summary>
internal static class WebApp
{
    private const string Admin = "/admin";

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
        app.Use(AskForAdmin);
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

    // The page of operators: a file under a name that people can type. Search engines have no business there.
    private static Task AskForAdmin(HttpContext context, RequestDelegate next)
    {
        var path = context.Request.Path;
        if (!path.StartsWithSegments(Admin, out var rest) && path != Admin + ".html")
        {
            return next(context);
        }
        context.Response.Headers["X-Robots-Tag"] = "noindex, nofollow";
        if (rest == "/")
        {
            context.Response.Redirect(".." + Admin);
            return Task.CompletedTask;
        }
        if (!rest.HasValue)
        {
            context.Request.Path = Admin + ".html";
        }
        return next(context);
    }
}
