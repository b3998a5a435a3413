using System.Net;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Server.Hosting;

/// <summary>What settings must be, beyond their type: each refusal is one plain sentence.</summary>
internal static class SettingRules
{
    private const int MaxConnections = 1_000_000;

    private static readonly string[] s_roles = ["gateway", "api", "store"];
    private static readonly string[] s_modes = ["off", "encrypted", "on"]; // the more to the right, the more is kept

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
        CheckRange("Gateway:MaxConnections", options.Gateway.MaxConnections, MaxConnections);
        CheckRange("Gateway:MaxConnectionsPerAddress", options.Gateway.MaxConnectionsPerAddress, MaxConnections);
        CheckHistory(options.History);
        LoginRules.Check(options);
        StorageRules.Check(options.Storage);
        CallRules.Check(options);
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

    internal static void CheckRange(string key, int value, int max)
    {
        if (value < 1 || value > max)
        {
            throw new StartException(
                Say($"{key}: {value} is not between 1 and {max}.", $"{key}：{value} 不在 1 到 {max} 之间。")
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
            CheckRange($"History:{key}", value, max);
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
    internal static bool IsAddress(string text) =>
        IPAddress.TryParse(text, out var address)
        && (address.ToString() == text || text.Contains(':', StringComparison.Ordinal));
}
