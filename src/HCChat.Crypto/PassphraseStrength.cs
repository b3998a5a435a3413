using System.Globalization;
using System.Text;

namespace HCChat.Crypto;

/// <summary>A deliberately pessimistic guess at how many bits of guessing a passphrase costs (spec/crypto.md §2).</summary>
public static class PassphraseStrength
{
    /// <summary>Below this many bits a client warns: offline guessing is within reach of whoever holds one message.</summary>
    public const int WarnBelowBits = 50;

    private const double Word = 11; // one of 2,048 common words
    private const double Han = 8; // one character of running Chinese text

    /// <summary>The estimate in bits. Words count as words, not as letters; runs such as 12345 or aaaa count almost nothing.</summary>
    public static double EstimateBits(string passphrase)
    {
        ArgumentNullException.ThrowIfNull(passphrase);
        var bits = 0.0;
        var letters = new StringBuilder();
        var previous = 0;
        foreach (var rune in passphrase.EnumerateRunes())
        {
            if (Rune.IsLetter(rune) && rune.IsAscii)
            {
                letters.Append(rune.ToString());
                previous = rune.Value;
                continue;
            }
            bits += Letters(letters.ToString());
            letters.Clear();
            var follows = Math.Abs(rune.Value - previous) <= 1;
            bits += follows ? 1 : BitsOf(rune);
            previous = rune.Value;
        }
        return bits + Letters(letters.ToString());
    }

    private static double BitsOf(Rune rune) =>
        rune.Value switch
        {
            ' ' => 0,
            >= '0' and <= '9' => Math.Log2(10),
            < 128 => Math.Log2(33),
            _ when Rune.GetUnicodeCategory(rune) == UnicodeCategory.OtherLetter => Han,
            _ => 6,
        };

    private static double Letters(string run)
    {
        if (run.Length == 0)
        {
            return 0;
        }
        var distinct = run.Where((letter, i) => i == 0 || Math.Abs(letter - run[i - 1]) > 1).Count();
        var mixed = run.Skip(1).Any(char.IsUpper) && run.Any(char.IsLower);
        var spelled = (distinct * Math.Log2(mixed ? 52 : 26)) + (run.Length - distinct);
        return mixed ? spelled : Math.Min(spelled, Word + Math.Max(0, distinct - 10) * Math.Log2(26));
    }
}
