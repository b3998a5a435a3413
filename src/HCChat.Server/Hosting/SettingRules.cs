using System.Net;
using System.Text.RegularExpressions;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Server.Hosting;

/// <summary>What settings must be, beyond their type: each refusal is one plain sentence.</summary>
internal static class SettingRules
{
    private static readonly string[] s_roles = ["gateway", "api", "store"];
    private static readonly string[] s_modes = ["off", "encrypted", "on"]; // the more to the right, the more is kept

    private static void CheckAuth(AuthOptions auth)
    {
        var modes = Settings.List(auth.Mode);
        if (modes.Length == 0 || Array.Exists(modes, m => m is not ("open" or "accounts")))
        {
            throw new StartException(
                Say(
                    $"Auth:Mode: '{auth.Mode}' is not a list of open and accounts.",
                    $"Auth:Mode：“{auth.Mode}”不是由 open 和 accounts 组成的列表。"
                )
            );
        }
    }

    public static void Check(ServerOptions options)
    {
        foreach (var role in Settings.List(options.Roles))
        {
            if (role != "all" && !s_roles.Contains(role))
            {
                throw new StartException(
                    Say(
                        $"Roles: '{role}' is not one of {string.Join(", ", s_roles)}, all.",
                        $"Roles：“{role}”不在 {string.Join("、", s_roles)}、all 之中。"
                    )
                );
            }
        }
        if (Settings.List(options.Roles).Length == 0)
        {
            throw new StartException(
                Say(
                    $"Roles: name at least one of {string.Join(", ", s_roles)}, all.",
                    $"Roles：至少要写 {string.Join("、", s_roles)}、all 中的一个。"
                )
            );
        }
        if (options.Port is < 0 or > 65_535)
        {
            throw new StartException(
                Say($"Port: {options.Port} is not between 0 and 65535.", $"Port：{options.Port} 不在 0 到 65535 之间。")
            );
        }
        var urls = options.Urls.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var unusable =
            urls.Length == 0 && options.Urls.Length > 0 ? options.Urls : Array.Find(urls, u => !IsListenAddress(u));
        if (unusable is not null)
        {
            throw new StartException(
                Say(
                    $"Urls: '{unusable}' is not an address like http://127.0.0.1:8080 (TLS ends at a proxy).",
                    $"Urls：“{unusable}”不是 http://127.0.0.1:8080 这样的地址（TLS 由反向代理处理）。"
                )
            );
        }
        foreach (var origin in Settings.List(options.Gateway.AllowedOrigins))
        {
            if (
                !Uri.TryCreate(origin, UriKind.Absolute, out var parsed)
                || parsed.GetLeftPart(UriPartial.Authority) != origin
            )
            {
                throw new StartException(
                    Say(
                        $"Gateway:AllowedOrigins: '{origin}' is not an origin like https://chat.example.",
                        $"Gateway:AllowedOrigins：“{origin}”不是 https://chat.example 这样的来源。"
                    )
                );
            }
        }
        foreach (var proxy in Settings.List(options.Gateway.TrustedProxies))
        {
            if (!IPNetwork.TryParse(proxy, out _) && !IsAddress(proxy))
            {
                throw new StartException(
                    Say(
                        $"Gateway:TrustedProxies: '{proxy}' is neither an address nor a network.",
                        $"Gateway:TrustedProxies：“{proxy}”既不是地址也不是网段。"
                    )
                );
            }
        }
        CheckHistory(options.History);
        CheckAuth(options.Auth);
        CheckStorage(options.Storage);
        if (options.Compat.TripSalt.Length > 0 && options.Compat.TripSaltFile.Length > 0)
        {
            throw new StartException(
                Say(
                    "Compat:TripSalt and Compat:TripSaltFile exclude each other.",
                    "Compat:TripSalt 和 Compat:TripSaltFile 只能设置其中一个。"
                )
            );
        }
        if (options.Compat.TripSaltFile.Length > 0 && !File.Exists(options.Compat.TripSaltFile))
        {
            throw new StartException(
                Say(
                    $"Compat:TripSaltFile: '{options.Compat.TripSaltFile}' does not exist.",
                    $"Compat:TripSaltFile：“{options.Compat.TripSaltFile}”不存在。"
                )
            );
        }
    }

    private static void CheckStorage(StorageOptions storage)
    {
        foreach (
            var (key, address) in new[] { ("Endpoint", storage.Endpoint), ("PublicEndpoint", storage.PublicEndpoint) }
        )
        {
            var isAddress =
                Uri.TryCreate(address, UriKind.Absolute, out var parsed) && parsed.Scheme is "http" or "https";
            if (address.Length > 0 && !isAddress)
            {
                throw new StartException(
                    Say(
                        $"Storage:{key}: '{address}' is not an address like https://s3.example.",
                        $"Storage:{key}：“{address}”不是 https://s3.example 这样的地址。"
                    )
                );
            }
        }
        // As S3 has it; and nothing that the web client or the API answers to.
        if (!Regex.IsMatch(storage.Bucket, "^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$") || storage.Bucket is "api" or "assets")
        {
            throw new StartException(
                Say(
                    $"Storage:Bucket: '{storage.Bucket}' is not 3 to 63 lower-case letters, digits and hyphens.",
                    $"Storage:Bucket：“{storage.Bucket}”不是 3 到 63 个小写字母、数字和连字符。"
                )
            );
        }
        if (
            storage.AccessKey.Length > 0 != storage.SecretKey.Length > 0
            || (storage.Endpoint.Length > 0 && storage.AccessKey.Length == 0)
        )
        {
            throw new StartException(
                Say(
                    "Storage:AccessKey and Storage:SecretKey belong together, and Storage:Endpoint needs both.",
                    "Storage:AccessKey 与 Storage:SecretKey 必须同时设置；设置 Storage:Endpoint 时两者都需要。"
                )
            );
        }
    }

    private static void CheckHistory(HistoryOptions history)
    {
        foreach (var (key, mode) in new[] { ("Mode", history.Mode), ("MaxMode", history.MaxMode) })
        {
            if (!s_modes.Contains(mode))
            {
                throw new StartException(
                    Say(
                        $"History:{key}: '{mode}' is not one of {string.Join(", ", s_modes)}.",
                        $"History:{key}：“{mode}”不在 {string.Join("、", s_modes)} 之中。"
                    )
                );
            }
        }
        foreach (
            var (key, value, max) in new[]
            {
                ("MaxDays", history.MaxDays, 36_500),
                ("Days", history.Days, history.MaxDays),
                ("MaxCount", history.MaxCount, 1_000_000_000),
                ("Count", history.Count, history.MaxCount),
            }
        )
        {
            if (value < 1 || value > max)
            {
                throw new StartException(
                    Say(
                        $"History:{key}: {value} is not between 1 and {max}.",
                        $"History:{key}：{value} 不在 1 到 {max} 之间。"
                    )
                );
            }
        }
        if (Array.IndexOf(s_modes, history.Mode) > Array.IndexOf(s_modes, history.MaxMode))
        {
            throw new StartException(
                Say(
                    $"History:Mode: '{history.Mode}' keeps more than History:MaxMode, '{history.MaxMode}', allows.",
                    $"History:Mode：“{history.Mode}”超出了 History:MaxMode“{history.MaxMode}”允许的范围。"
                )
            );
        }
    }

    /// <summary>Checks a key under <c>Logging</c>: <c>LogLevel:Category=Level</c>, as the logging of .NET reads it.</summary>
    public static void CheckLogging(string key, string? value)
    {
        var path = key.Split(':');
        if (path.Length < 3 || !path[1].Equals("LogLevel", StringComparison.OrdinalIgnoreCase))
        {
            throw new StartException(Say($"{key} is not a setting.", $"没有 {key} 这个设置。"));
        }
        if (!Enum.TryParse<LogLevel>(value, ignoreCase: true, out var level) || !Enum.IsDefined(level))
        {
            var levels = string.Join(", ", Enum.GetNames<LogLevel>());
            throw new StartException(
                Say($"{key}: '{value}' is not one of {levels}.", $"{key}：“{value}”不在 {levels} 之中。")
            );
        }
    }

    // http, a host that is an address (a name would make the server listen everywhere), localhost or *, a port, nothing behind it.
    private static bool IsListenAddress(string url)
    {
        var concrete = url.Replace("//*", "//0.0.0.0", StringComparison.Ordinal)
            .Replace("//+", "//0.0.0.0", StringComparison.Ordinal);
        return Uri.TryCreate(concrete, UriKind.Absolute, out var parsed)
            && parsed.Scheme == "http"
            && parsed.PathAndQuery == "/"
            && parsed.Fragment.Length == 0
            && parsed.UserInfo.Length == 0
            && (
                parsed.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6
                || (parsed.Host == "localhost" && parsed.Port != 0)
            );
    }

    // Not "1", which the framework takes for 0.0.0.1.
    private static bool IsAddress(string text) =>
        IPAddress.TryParse(text, out var address)
        && (address.ToString() == text || text.Contains(':', StringComparison.Ordinal));
}
