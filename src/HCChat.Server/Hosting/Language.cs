namespace HCChat.Server.Hosting;

/// <summary>English or Simplified Chinese, as LC_ALL, LC_MESSAGES and LANG say, in this order.</summary>
public static class Language
{
    /// <summary>Whether people are spoken to in Chinese.</summary>
    public static bool IsChinese { get; } =
        new[] { "LC_ALL", "LC_MESSAGES", "LANG" }
            .Select(Environment.GetEnvironmentVariable)
            .FirstOrDefault(value => !string.IsNullOrEmpty(value))
            ?.StartsWith("zh", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>The text for this user.</summary>
    public static string Say(string english, string chinese) => IsChinese ? chinese : english;
}
