using static HCChat.Server.Hosting.Language;

namespace HCChat.Server.Hosting;

/// <summary>What the settings under <c>Rtc</c>, <c>LiveKit</c> and <c>Turn</c> must be.</summary>
internal static class CallRules
{
    /// <summary>As livekit-server has it.</summary>
    private const int MinSecret = 32;

    private static readonly string[] s_modes = ["builtin", "livekit", "off"];
    private static readonly string[] s_relays = ["turn:", "turns:", "stun:"];

    /// <summary>Checks them.</summary>
    /// <exception cref="StartException">They cannot be used.</exception>
    public static void Check(ServerOptions options)
    {
        var rtc = options.Rtc;
        if (!s_modes.Contains(rtc.Mode))
        {
            throw new StartException(
                Say(
                    $"Rtc:Mode: '{rtc.Mode}' is not one of {string.Join(", ", s_modes)}.",
                    $"Rtc:Mode：“{rtc.Mode}”不在 {string.Join("、", s_modes)} 之中。"
                )
            );
        }
        if (rtc.Port is < 0 or > 65_535)
        {
            throw new StartException(
                Say($"Rtc:Port: {rtc.Port} is not between 0 and 65535.", $"Rtc:Port：{rtc.Port} 不在 0 到 65535 之间。")
            );
        }
        foreach (var (key, list) in new[] { ("Listen", rtc.Listen), ("Addresses", rtc.Addresses) })
        {
            if (Array.Find(Settings.List(list), a => !SettingRules.IsAddress(a)) is { } wrong)
            {
                throw new StartException(
                    Say($"Rtc:{key}: '{wrong}' is not an address.", $"Rtc:{key}：“{wrong}”不是地址。")
                );
            }
        }
        if (Settings.List(rtc.Listen).Length > 1)
        {
            throw new StartException(Say("Rtc:Listen is one address.", "Rtc:Listen 只能是一个地址。"));
        }
        SettingRules.CheckRange("Rtc:MaxParticipants", rtc.MaxParticipants, 100);
        SettingRules.CheckRange("Rtc:MaxRooms", rtc.MaxRooms, 100_000);
        SettingRules.CheckRange("Rtc:MaxTracks", rtc.MaxTracks, 32);
        if (rtc.MaxBitrate is < 100_000 or > 1_000_000_000)
        {
            throw new StartException(
                Say(
                    $"Rtc:MaxBitrate: {rtc.MaxBitrate} is not between 100000 and 1000000000.",
                    $"Rtc:MaxBitrate：{rtc.MaxBitrate} 不在 100000 到 1000000000 之间。"
                )
            );
        }
        if (rtc.Mode == "livekit")
        {
            CheckLiveKit(options.LiveKit);
        }
        CheckTurn(options.Turn);
    }

    private static void CheckLiveKit(LiveKitOptions livekit)
    {
        if (!IsAddress(livekit.Url, "ws", "wss"))
        {
            throw new StartException(
                Say(
                    $"LiveKit:Url: '{livekit.Url}' is not an address like wss://livekit.example.",
                    $"LiveKit:Url：“{livekit.Url}”不是 wss://livekit.example 这样的地址。"
                )
            );
        }
        if (livekit.ApiUrl.Length > 0 && !IsAddress(livekit.ApiUrl, "http", "https"))
        {
            throw new StartException(
                Say(
                    $"LiveKit:ApiUrl: '{livekit.ApiUrl}' is not an address like http://127.0.0.1:7880.",
                    $"LiveKit:ApiUrl：“{livekit.ApiUrl}”不是 http://127.0.0.1:7880 这样的地址。"
                )
            );
        }
        if (
            livekit.ApiKey.Length == 0
            || Secret("LiveKit:ApiSecret", livekit.ApiSecret, livekit.ApiSecretFile).Length < MinSecret
        )
        {
            throw new StartException(
                Say(
                    $"LiveKit:ApiKey is missing, or LiveKit:ApiSecret has less than {MinSecret} characters.",
                    $"缺少 LiveKit:ApiKey，或 LiveKit:ApiSecret 不足 {MinSecret} 个字符。"
                )
            );
        }
    }

    private static void CheckTurn(TurnOptions turn)
    {
        var urls = Settings.List(turn.Urls);
        if (Array.Find(urls, u => !s_relays.Any(r => u.StartsWith(r, StringComparison.Ordinal))) is { } wrong)
        {
            throw new StartException(
                Say(
                    $"Turn:Urls: '{wrong}' does not begin with {string.Join(", ", s_relays)}.",
                    $"Turn:Urls：“{wrong}”不以 {string.Join("、", s_relays)} 开头。"
                )
            );
        }
        if (
            urls.Any(u => !u.StartsWith("stun:", StringComparison.Ordinal))
            && Secret("Turn:Secret", turn.Secret, turn.SecretFile).Length == 0
        )
        {
            throw new StartException(
                Say(
                    "Turn:Urls needs Turn:Secret or Turn:SecretFile.",
                    "设置 Turn:Urls 时需要 Turn:Secret 或 Turn:SecretFile。"
                )
            );
        }
    }

    /// <summary>A secret that stands in the settings or in a file of its own.</summary>
    /// <exception cref="StartException">The file cannot be read.</exception>
    public static string Secret(string key, string value, string file)
    {
        if (value.Length > 0 || file.Length == 0)
        {
            return value;
        }
        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException(Say($"{key}File cannot be read: {e.Message}", $"无法读取 {key}File：{e.Message}"));
        }
    }

    private static bool IsAddress(string text, params string[] schemes) =>
        Uri.TryCreate(text, UriKind.Absolute, out var parsed) && schemes.Contains(parsed.Scheme);
}
