using System.Text.RegularExpressions;
using HCChat.Server.Messages;

namespace HCChat.Server.Chat;

/// <summary>hack.chat's clean-up of plain text, to the letter but in linear time. Encrypted text never passes here.</summary>
internal static partial class Text
{
    private const string EncryptedPrefix = "E2EE:";

    /// <summary>Whether the text is an envelope, which goes through untouched.</summary>
    public static bool IsEncrypted(string text) => text.StartsWith(EncryptedPrefix, StringComparison.Ordinal);

    /// <summary>Whether an event with that text may be kept where only ciphertext is.</summary>
    public static EventKind KindOf(string text) => IsEncrypted(text) ? EventKind.Envelope : EventKind.Clear;

    /// <summary>Without blank lines at either end, and with at most one blank line in a row inside.</summary>
    public static string Clean(string text)
    {
        if (IsEncrypted(text))
        {
            return text;
        }
        var first = 0;
        while (first < text.Length && IsBlank(text[first]))
        {
            first++;
        }
        var newline = first == 0 ? -1 : text.LastIndexOf('\n', first - 1);
        if (newline < 0 && first == text.Length)
        {
            return "";
        }
        var start = newline + 1;
        var last = text.Length;
        while (last > start && IsBlank(text[last - 1]))
        {
            last--;
        }
        var trailing = text.IndexOf('\n', last);
        return NewlineRuns().Replace(text[start..(trailing < 0 ? text.Length : trailing)], "\n\n");
    }

    /// <summary>What hack.chat's limiter charges for a text; an envelope is padded, so its length is not its sender's doing.</summary>
    public static double Cost(string text) => text.Length / (IsEncrypted(text) ? 4096.0 : 332.0);

    /// <summary>Whether the string is 3 or 6 hex digits.</summary>
    public static bool IsColor(string text) => text.Length is 3 or 6 && text.All(char.IsAsciiHexDigit);

    /// <summary>The Levenshtein distance, for "did you mean".</summary>
    public static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.Length];
    }

    // JavaScript's \s: Unicode's spaces, with the byte order mark and without U+0085.
    private static bool IsBlank(char c) => c is '\uFEFF' || (char.IsWhiteSpace(c) && c is not '\u0085');

    [GeneratedRegex("\n{3,}")]
    private static partial Regex NewlineRuns();
}
