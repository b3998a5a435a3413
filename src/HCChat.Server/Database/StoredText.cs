using System.Globalization;
using System.Text;

namespace HCChat.Server.Database;

/// <summary>
/// Text that peers chose, as the database has it: like a JSON string without its quotes. NUL and lone surrogates, which JavaScript's strings may hold and PostgreSQL's
/// may not, are escaped, and so is the backslash, so that different texts stay different.
/// </summary>
internal static class StoredText
{
    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(text))]
    public static string? Of(string? text)
    {
        if (
            text is null
            || !text.AsSpan().ContainsAnyExceptInRange('\u0001', '\uD7FF')
                && !text.Contains('\\', StringComparison.Ordinal)
        )
        {
            return text;
        }
        var escaped = new StringBuilder(text.Length + 8);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                escaped.Append(c).Append(text[++i]);
            }
            else if (c is '\0' or '\\' || char.IsSurrogate(c))
            {
                escaped.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            }
            else
            {
                escaped.Append(c);
            }
        }
        return escaped.ToString();
    }

    /// <summary>The text again.</summary>
    public static string Read(string stored)
    {
        if (!stored.Contains('\\', StringComparison.Ordinal))
        {
            return stored;
        }
        var text = new StringBuilder(stored.Length);
        for (var i = 0; i < stored.Length; i++)
        {
            if (stored[i] == '\\')
            {
                text.Append(
                    (char)ushort.Parse(stored.AsSpan(i + 2, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
                );
                i += 5;
            }
            else
            {
                text.Append(stored[i]);
            }
        }
        return text.ToString();
    }
}
