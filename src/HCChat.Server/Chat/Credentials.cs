using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace HCChat.Server.Chat;

/// <summary>Who somebody says to be when joining.</summary>
internal static class Credentials
{
    /// <summary>Nick and trip. A pass code becomes a trip here and is forgotten; hack.chat's first generation may put it behind the nick.</summary>
    public static (string? Nick, string Trip) Of(Call call)
    {
        var message = call.Message;
        var pass =
            call.IsLegacy && message.Has("password") ? message.Characters("password") : message.Characters("pass");
        if (!call.IsLegacy)
        {
            var trip = call.Chat.Trips.Of(pass);
            Array.Clear(pass ?? []);
            return (message.String("nick"), trip);
        }
        var nick = message.Characters("nick");
        var isText = message.Json("nick", JsonTokenType.String).Length > 0;
        var name =
            nick is null ? RandomNick()
            : isText ? new string(Piece(nick, 0)).Trim()
            : null;
        var secret = message.Has("pass") || message.Has("password") ? pass : Piece(nick, 1);
        var tripOfSecret = call.Chat.Trips.Of(secret);
        Array.Clear(pass ?? []);
        Array.Clear(nick ?? []);
        return (name, tripOfSecret);
    }

    // What stands between the n-th and the next '#'.
    private static ReadOnlySpan<char> Piece(ReadOnlySpan<char> text, int n)
    {
        for (; n > 0; n--)
        {
            var mark = text.IndexOf('#');
            text = mark < 0 ? default : text[(mark + 1)..];
        }
        var end = text.IndexOf('#');
        return end < 0 ? text : text[..end];
    }

    private static string RandomNick() =>
        $"scarmiglione_{RandomNumberGenerator.GetInt32(99_999).ToString(CultureInfo.InvariantCulture)}";
}
