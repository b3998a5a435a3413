using static HCChat.Server.Hosting.Language;

namespace HCChat.Server.Hosting;

/// <summary>What the settings of logging in must be.</summary>
internal static class LoginRules
{
    /// <exception cref="StartException">One of them cannot be used.</exception>
    public static void Check(ServerOptions options)
    {
        var modes = Settings.List(options.Auth.Mode);
        if (modes.Length == 0 || Array.Exists(modes, m => m is not ("open" or "accounts" or "oidc")))
        {
            throw new StartException(
                Say(
                    $"Auth:Mode: '{options.Auth.Mode}' is not a list of open, accounts and oidc.",
                    $"Auth:Mode：“{options.Auth.Mode}”不是由 open、accounts 和 oidc 组成的列表。"
                )
            );
        }
        if (options.PublicUrl.Length > 0 && !IsOrigin(options.PublicUrl))
        {
            throw new StartException(
                Say(
                    $"PublicUrl: '{options.PublicUrl}' is not an address like https://chat.example.",
                    $"PublicUrl：“{options.PublicUrl}”不是 https://chat.example 这样的地址。"
                )
            );
        }
        if (options.Takes("oidc"))
        {
            CheckProvider(options.Oidc);
        }
    }

    /// <summary>The secret, from wherever it stands; empty when there is none.</summary>
    /// <exception cref="StartException">Its file cannot be read.</exception>
    public static string ClientSecretOf(OidcOptions oidc)
    {
        if (oidc.ClientSecretFile.Length == 0)
        {
            return oidc.ClientSecret;
        }
        try
        {
            return File.ReadAllText(oidc.ClientSecretFile).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException(
                Say(
                    $"Oidc:ClientSecretFile cannot be read: {e.Message}",
                    $"无法读取 Oidc:ClientSecretFile：{e.Message}"
                )
            );
        }
    }

    private static void CheckProvider(OidcOptions oidc)
    {
        if (
            !Uri.TryCreate(oidc.Authority, UriKind.Absolute, out var authority)
            || !(authority.Scheme == "https" || (authority.Scheme == "http" && authority.IsLoopback))
        )
        {
            throw new StartException(
                Say(
                    $"Oidc:Authority: '{oidc.Authority}' is not the https address of a provider.",
                    $"Oidc:Authority：“{oidc.Authority}”不是身份提供方的 https 地址。"
                )
            );
        }
        if (oidc.ClientId.Length == 0)
        {
            throw new StartException(
                Say(
                    "Oidc:ClientId is missing: the name that the provider gave to this server.",
                    "缺少 Oidc:ClientId：身份提供方分配给此服务器的名称。"
                )
            );
        }
        if (oidc.ClientSecret.Length > 0 && oidc.ClientSecretFile.Length > 0)
        {
            throw new StartException(
                Say(
                    "Oidc:ClientSecret and Oidc:ClientSecretFile exclude each other.",
                    "Oidc:ClientSecret 和 Oidc:ClientSecretFile 只能设置其中一个。"
                )
            );
        }
        if (oidc.RequiredClaim.Length > 0 && oidc.RequiredClaim.IndexOf('=', StringComparison.Ordinal) < 1)
        {
            throw new StartException(
                Say(
                    $"Oidc:RequiredClaim: '{oidc.RequiredClaim}' is not like groups=chat.",
                    $"Oidc:RequiredClaim：“{oidc.RequiredClaim}”不是 groups=chat 这样的形式。"
                )
            );
        }
    }

    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url)
        && url.Scheme is "https" or "http"
        && url.GetLeftPart(UriPartial.Authority) == text;
}
