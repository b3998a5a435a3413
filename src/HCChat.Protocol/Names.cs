using System.Globalization;
using System.Text;

namespace HCChat.Protocol;

/// <summary>The grammars of nicks, channels and message ids (spec/protocol.md, Families).</summary>
public static class Names
{
    /// <summary>hack.chat's nick: 1–24 of <c>[A-Za-z0-9_]</c>.</summary>
    public static bool IsStockNick(string? nick)
    {
        if (nick is not { Length: > 0 and <= Limits.MaxNick })
        {
            return false;
        }
        foreach (var c in nick)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_')
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>Our nick: 1–24 code points of letters, marks (not first), digits, emoji and <c>_</c>.</summary>
    public static bool IsNick(string? nick)
    {
        if (string.IsNullOrEmpty(nick))
        {
            return false;
        }
        var count = 0;
        for (var i = 0; i < nick.Length; )
        {
            if (!Rune.TryGetRuneAt(nick, i, out var rune) || !IsNickRune(rune, count == 0) || ++count > Limits.MaxNick)
            {
                return false;
            }
            i += rune.Utf16SequenceLength;
        }
        return true;
    }

    /// <summary>
    /// The nearest nick that <see cref="IsNick"/> admits: what does not fit is left out, blanks become <c>_</c>,
    /// and when nothing is left the answer is <c>guest</c>. For clients that cannot take a refusal.
    /// </summary>
    public static string NearNick(string nick)
    {
        var kept = new StringBuilder();
        var count = 0;
        foreach (var rune in nick.Trim().EnumerateRunes())
        {
            var fit = Rune.IsWhiteSpace(rune) ? new Rune('_') : rune;
            if (count < Limits.MaxNick && IsNickRune(fit, count == 0))
            {
                kept.Append(fit);
                count++;
            }
        }
        return count == 0 ? "guest" : kept.ToString();
    }

    /// <summary><paramref name="nick"/> with <c>_n</c> behind it, shortened so that it stays a nick.</summary>
    public static string Numbered(string nick, int n)
    {
        var suffix = "_" + n.ToString(CultureInfo.InvariantCulture);
        var runes = nick.EnumerateRunes().Take(Limits.MaxNick - suffix.Length);
        return string.Concat(runes) + suffix;
    }

    /// <summary>A message id that a client chose: 16–36 of <c>[A-Za-z0-9_-]</c>.</summary>
    public static bool IsMessageId(string? mid)
    {
        if (mid is not { Length: >= 16 and <= 36 })
        {
            return false;
        }
        foreach (var c in mid)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-'))
            {
                return false;
            }
        }
        return true;
    }

    // Format characters (zero-width, bidirectional), controls, separators, private use and unassigned never pass.
    private static bool IsNickRune(Rune rune, bool first) =>
        rune.Value == '_'
        || Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter
            or UnicodeCategory.LowercaseLetter
            or UnicodeCategory.TitlecaseLetter
            or UnicodeCategory.ModifierLetter
            or UnicodeCategory.OtherLetter
            or UnicodeCategory.DecimalDigitNumber
            or UnicodeCategory.LetterNumber
            or UnicodeCategory.OtherNumber
            or UnicodeCategory.OtherSymbol => rune != Rune.ReplacementChar,
            UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.ModifierSymbol =>
                !first && rune.Value > 0x7F,
            _ => false,
        };
}
