namespace HCChat.Crypto;

/// <summary>The room's name for people. It comes from others: from a link or in content (spec/crypto.md §2, §4).</summary>
internal static class RoomTitle
{
    /// <summary>The longest title in UTF-16 units.</summary>
    public const int MaxLength = 120;

    /// <summary>
    /// The title without what would let it reorder or overwrite the text around it: control characters (Unicode category Cc) and the marks,
    /// embeddings, overrides and isolates of writing direction (UAX #9). Null when nothing is left.
    /// </summary>
    public static string? Clean(string? title)
    {
        var kept = title is null ? "" : string.Concat(title.Where(c => !char.IsControl(c) && !IsBidiControl(c)));
        return kept.Length == 0 ? null : kept;
    }

    private static bool IsBidiControl(char c) =>
        c is '\u061C' or '\u200E' or '\u200F' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
