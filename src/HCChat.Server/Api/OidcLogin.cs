using HCChat.Protocol;
using HCChat.Server.Chat;
using HCChat.Server.Hosting;
using HCChat.Server.Identities;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace HCChat.Server.Api;

/// <summary>
/// Logging in elsewhere, by OpenID Connect: authorization code with PKCE (spec/protocol.md, Logging in elsewhere). The framework speaks with the provider; what comes of it is a code
/// in the page's address, which the page that began exchanges for tokens.
/// </summary>
internal static partial class OidcLogin
{
    /// <summary>Where the provider sends people back to.</summary>
    public const string CallbackPath = "/api/auth/oidc/callback";

    private const string StartPath = "/api/auth/oidc/start";
    private const string Scheme = "oidc";
    private const string Challenge = "challenge";
    private const string Called = "preferred_username";
    private const string FullName = "name";
    private const double Cost = 5;

    /// <summary>How long people may take there.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(10);

    /// <summary>How long the provider may take for an answer.</summary>
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);

    /// <summary>Whether there is such a login: the server takes <c>oidc</c>, and has the roles that it needs.</summary>
    public static bool HasOidc(this ServerOptions options) =>
        options.Takes("oidc") && options.HasRole("gateway") && options.HasRole("api");

    /// <exception cref="StartException">The file of the secret cannot be read.</exception>
    public static void AddOidc(this IServiceCollection services, ServerOptions options, DataFolder data)
    {
        if (!options.HasOidc())
        {
            return;
        }
        var secret = LoginRules.ClientSecretOf(options.Oidc);
        // One scheme is not for that the way in which every request is authenticated.
        AppContext.SetSwitch("Microsoft.AspNetCore.Authentication.SuppressAutoDefaultScheme", true);
        // What people carry to the provider and back. Kept, so that they arrive also when the server was started anew meanwhile.
        services
            .AddDataProtection()
            .SetApplicationName("hcchat")
            .PersistKeysToFileSystem(new DirectoryInfo(Path.Combine(data.Path, "secrets", "login-keys")));
        services
            .AddAuthentication()
            .AddOpenIdConnect(Scheme, oidc => Configure(oidc, options.Oidc, secret, options.PublicUrl));
    }

    public static void UseOidc(this WebApplication app, ServerOptions options)
    {
        if (!options.HasOidc())
        {
            return;
        }
        app.Use(
            (context, next) =>
            {
                if (context.Request.Path != CallbackPath || HttpMethods.IsGet(context.Request.Method))
                {
                    return next(context);
                }
                context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
                return Task.CompletedTask;
            }
        );
        app.UseAuthentication();
        app.MapGet(StartPath, StartAsync);
    }

    private static void Configure(OpenIdConnectOptions oidc, OidcOptions settings, string secret, string publicUrl)
    {
        oidc.Authority = settings.Authority;
        oidc.RequireHttpsMetadata = settings.Authority.StartsWith("https:", StringComparison.OrdinalIgnoreCase);
        oidc.ClientId = settings.ClientId;
        oidc.ClientSecret = secret.Length > 0 ? secret : null;
        oidc.CallbackPath = CallbackPath;
        oidc.ResponseType = OpenIdConnectResponseType.Code;
        oidc.ResponseMode = OpenIdConnectResponseMode.Query;
        oidc.UsePkce = true;
        oidc.SaveTokens = false;
        oidc.BackchannelTimeout = s_timeout;
        // What the names of people and groups are asked of; many providers put them nowhere else.
        oidc.GetClaimsFromUserInfoEndpoint = true;
        oidc.MapInboundClaims = false;
        oidc.Scope.Clear();
        foreach (var scope in settings.Scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            oidc.Scope.Add(scope);
        }
        oidc.ClaimActions.Clear();
        oidc.ClaimActions.MapUniqueJsonKey(Called, Called);
        oidc.ClaimActions.MapUniqueJsonKey(FullName, FullName);
        var required = settings.RequiredClaim.Split('=', 2);
        if (required.Length > 1)
        {
            oidc.ClaimActions.MapJsonKey(required[0], required[0]);
        }

        oidc.RemoteAuthenticationTimeout = s_patience;
        oidc.ProtocolValidator.NonceLifetime = s_patience;
        foreach (var cookie in new[] { oidc.CorrelationCookie, oidc.NonceCookie })
        {
            // The provider sends people here by a link, with which these go. A form from elsewhere brings none.
            cookie.SameSite = SameSiteMode.Lax;
            cookie.SecurePolicy = publicUrl.StartsWith("https:", StringComparison.Ordinal)
                ? CookieSecurePolicy.Always
                : CookieSecurePolicy.SameAsRequest;
        }

        oidc.Events.OnRedirectToIdentityProvider = context =>
        {
            if (publicUrl.Length > 0)
            {
                context.ProtocolMessage.RedirectUri = publicUrl + CallbackPath;
            }
            return Task.CompletedTask;
        };
        oidc.Events.OnMessageReceived = context =>
        {
            if (Refusal(context.HttpContext) is { } refused)
            {
                Return(context.HttpContext, error: refused);
                context.HandleResponse();
            }
            return Task.CompletedTask;
        };
        oidc.Events.OnTicketReceived = context =>
        {
            context.HandleResponse();
            return ArriveAsync(context, settings, required);
        };
        oidc.Events.OnRemoteFailure = context =>
        {
            context.HandleResponse();
            Fail(context.HttpContext, context.Failure);
            return Task.CompletedTask;
        };
    }

    private static async Task<IResult> StartAsync(HttpContext context, string? challenge)
    {
        if (!LoginCodes.IsChallenge(challenge))
        {
            return Problems.Refuse(context, Fault.BadPayload, "challenge is SHA-256 in base64url.");
        }
        if (Refusal(context) is { } refused)
        {
            Return(context, error: refused);
            return TypedResults.Empty;
        }
        try
        {
            context.Response.Headers.CacheControl = "no-store";
            await context.ChallengeAsync(
                Scheme,
                new AuthenticationProperties { Items = { [Challenge] = challenge }, RedirectUri = "/" }
            );
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            Fail(context, e);
        }
        return TypedResults.Empty;
    }

    // Somebody has come back whom the provider vouches for.
    private static async Task ArriveAsync(TicketReceivedContext context, OidcOptions settings, string[] required)
    {
        var (http, person) = (context.HttpContext, context.Principal!);
        if (required.Length > 1 && !person.HasClaim(required[0], required[1]))
        {
            Return(http, error: Fault.Forbidden);
            return;
        }
        try
        {
            var account = await http
                .RequestServices.GetRequiredService<Accounts>()
                .LogInElsewhereAsync(
                    person.FindFirst("iss")?.Value ?? "",
                    person.FindFirst("sub")?.Value ?? "",
                    (person.FindFirst(Called) ?? person.FindFirst(FullName))?.Value,
                    settings.Create
                );
            if (account is null)
            {
                Return(http, error: Fault.Forbidden);
                return;
            }
            var codes = http.RequestServices.GetRequiredService<LoginCodes>();
            Return(http, code: codes.Add(account.Id, context.Properties!.Items[Challenge]!));
        }
        catch (TimeoutException)
        {
            Return(http, error: Fault.Unavailable);
        }
    }

    private static Fault? Refusal(HttpContext context)
    {
        var chat = context.RequestServices.GetRequiredService<ChatServer>();
        var address = ClientAddress.Key(context);
        return chat.Bans.IsBanned(address) ? Fault.Banned
            : !chat.ChargesOf(address).TryCharge(Cost, out _) ? Fault.RateCommand
            : null;
    }

    private static void Fail(HttpContext context, Exception? failure)
    {
        var log = context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(OidcLogin));
        if (IsAway(failure))
        {
            LogAway(log, Cause(failure!).GetType().Name);
            Return(context, error: Fault.Unavailable);
            return;
        }
        if (failure is not null && Cause(failure) is OpenIdConnectProtocolException refused)
        {
            LogRefused(log, Word(refused.Data["error"] as string));
        }
        Return(context, error: Fault.LoginFailed);
    }

    // Back to the page. What stands behind # reaches no server and no log of a proxy.
    private static void Return(HttpContext context, string? code = null, Fault? error = null)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.Location = code is not null ? $"/#/login/{code}" : $"/#/login?error={error!.Code}";
    }

    private static bool IsAway(Exception? failure) =>
        failure is HttpRequestException or IOException or TimeoutException or OperationCanceledException
        || (failure is not null && IsAway(failure.InnerException));

    private static Exception Cause(Exception failure) => failure.InnerException is { } inner ? Cause(inner) : failure;

    // RFC 6749 §5.2 names the errors; nothing else goes into a log.
    private static string Word(string? error) =>
        error is { Length: <= 40 } && error.All(c => char.IsAsciiLetterLower(c) || c == '_') ? error : "?";

    [LoggerMessage(2101, LogLevel.Warning, "The OpenID Connect provider does not answer ({Cause})")]
    private static partial void LogAway(ILogger log, string cause);

    [LoggerMessage(2102, LogLevel.Warning, "The OpenID Connect provider refuses this server ({Error})")]
    private static partial void LogRefused(ILogger log, string error);
}
