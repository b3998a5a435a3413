using System.Globalization;
using System.Text;

namespace HCChat.Crypto;

/// <summary>Which nicks count as one (spec/crypto.md §4a).</summary>
public static class NickFold
{
    /// <summary>
    /// The nick without what cannot be seen (Cc, Cf), in NFKC, in lower case. Case goes by single code points and the same in every language, so that no
    /// culture's rules and no letter's neighbours matter: both of the Turkish i stay themselves, as does ß.
    /// </summary>
    public static string Fold(string nick)
    {
        ArgumentNullException.ThrowIfNull(nick);
        var visible = string.Concat(nick.EnumerateRunes().Where(IsKept)); // a lone surrogate becomes U+FFFD
        var folded = new StringBuilder(visible.Length);
        foreach (var rune in visible.Normalize(NormalizationForm.FormKC).EnumerateRunes())
        {
            // By way of upper case, for letters with several lower ones: ς and σ.
            folded.Append(Rune.ToLowerInvariant(Rune.ToUpperInvariant(rune)));
        }
        return folded.ToString();
    }

    /// <summary>U+FFFE is no character, and .NET does not normalise a text that has it.</summary>
    private static bool IsKept(Rune rune) =>
        rune.Value != 0xFFFE
        && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format);
}
