using System.Globalization;
using System.Text;

namespace HCChat.Protocol;

/// <summary>The grammars of nicks, channels and message ids (spec/protocol.md, Families).</summary>
public static class Names
{
    // U+FE0F asks for the emoji form of the symbol before it.
    private static readonly Rune s_emojiStyle = new(0xFE0F);

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
        Rune? before = null;
        for (var i = 0; i < nick.Length; )
        {
            if (!Rune.TryGetRuneAt(nick, i, out var rune) || !IsNickRune(rune, before) || ++count > Limits.MaxNick)
            {
                return false;
            }
            before = rune;
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
        Rune? before = null;
        foreach (var rune in nick.Trim().EnumerateRunes())
        {
            var fit = Rune.IsWhiteSpace(rune) ? new Rune('_') : rune;
            if (count < Limits.MaxNick && IsNickRune(fit, before))
            {
                before = fit;
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

    // Controls, format characters, separators, private use and unassigned never pass, nor what draws nothing.
    private static bool IsNickRune(Rune rune, Rune? before) =>
        rune.Value == '_'
        || (rune == s_emojiStyle && before is { } b && Rune.GetUnicodeCategory(b) == UnicodeCategory.OtherSymbol)
        || (
            !IsInvisible(rune.Value)
            && Rune.GetUnicodeCategory(rune) switch
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
                UnicodeCategory.NonSpacingMark
                or UnicodeCategory.SpacingCombiningMark
                or UnicodeCategory.ModifierSymbol => before is not null && rune.Value > 0x7F,
                _ => false,
            }
        );

    // Letters, marks and symbols with no shape of their own: Unicode's Default_Ignorable_Code_Point outside the format
    // characters, and the empty Braille cell.
    private static bool IsInvisible(int value) =>
        value
            is 0x034F
                or (>= 0x115F and <= 0x1160)
                or (>= 0x17B4 and <= 0x17B5)
                or (>= 0x180B and <= 0x180F)
                or 0x2800
                or 0x3164
                or (>= 0xFE00 and <= 0xFE0F)
                or 0xFFA0
                or (>= 0xE0100 and <= 0xE01EF);
}
