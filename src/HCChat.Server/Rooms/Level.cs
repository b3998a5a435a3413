using System.Globalization;
using System.Security.Cryptography;

namespace HCChat.Server.Rooms;

/// <summary>hack.chat's ladder of rights: numbers, labels, and how each is shown.</summary>
internal static class Level
{
    public const long Admin = 9_999_999;
    public const long Moderator = 999_999;
    public const long ChannelOwner = 99_999;
    public const long ChannelModerator = 9_999;
    public const long ChannelTrusted = 8_999;
    public const long TrustedUser = 500;
    public const long Default = 100;
    public const long Bot = 99;

    /// <summary>The labels that commands accept.</summary>
    public static readonly IReadOnlyDictionary<string, long> Labels = new Dictionary<string, long>
    {
        ["admin"] = Admin,
        ["moderator"] = Moderator,
        ["channelOwner"] = ChannelOwner,
        ["channelModerator"] = ChannelModerator,
        ["channelTrusted"] = ChannelTrusted,
        ["trustedUser"] = TrustedUser,
        ["default"] = Default,
        ["bot"] = Bot,
    };

    /// <summary>hack.chat's three kinds of user.</summary>
    public static string UserType(long level) =>
        level >= Admin ? "admin"
        : level >= Moderator ? "mod"
        : "user";

    /// <summary>Colour (six hex digits) and flair of a level; ordinary people get a random colour and no flair.</summary>
    public static (string Color, string? Flair) Appearance(long level) =>
        level switch
        {
            Admin => ("d73737", "🌟"),
            Moderator => ("1fad83", "⭐"),
            ChannelOwner => ("dd8800", "👑"),
            ChannelModerator => ("2fa1ee", "💫"),
            Bot => ("2fa1ee", "🤖"),
            _ => (RandomColor(), null),
        };

    // A random hue at saturation 0.8 and lightness 0.65: readable on light and dark, as hack.chat's clients expect.
    private static string RandomColor()
    {
        const double lightness = 0.65;
        const double chroma = 0.80 * (1 - lightness);
        var hue = RandomNumberGenerator.GetInt32(360);
        double Channel(int n)
        {
            var k = (n + hue / 30.0) % 12;
            return lightness - chroma * Math.Max(-1, Math.Min(k - 3, Math.Min(9 - k, 1)));
        }
        string Hex(int n) => ((int)(255 * Channel(n))).ToString("x2", CultureInfo.InvariantCulture);
        return Hex(0) + Hex(8) + Hex(4);
    }
}
