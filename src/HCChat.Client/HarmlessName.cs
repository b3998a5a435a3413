using System.Globalization;
using System.Text;
using HCChat.Crypto;

namespace HCChat.Client;

/// <summary>Names from others, fit to save a file under on any system.</summary>
internal static class HarmlessName
{
    private const int MaxBytes = 200; // of UTF-8: file systems take 255, and something is put behind while it loads

    private static readonly string[] s_devices = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];

    /// <summary>The name without folders, without what no file system takes, not hidden, not that of a device, and not too long.</summary>
    public static string Of(string name)
    {
        var kept = string.Concat(FileNames.Clean(name).EnumerateRunes().Select(Fit))
            .Trim()
            .TrimStart('.')
            .TrimEnd('.', ' ')
            .TrimStart();
        kept = kept.Length == 0 ? FileNames.Nameless : kept;
        return Shortened(IsDevice(kept) ? "_" + kept : kept);
    }

    private static string Fit(Rune c) =>
        c.Value is '<' or '>' or ':' or '"' or '|' or '?' or '*' || IsInvisible(c) ? "_" : c.ToString();

    // But for the two that join letters and emoji, without which some scripts cannot be written.
    private static bool IsInvisible(Rune c) =>
        Rune.GetUnicodeCategory(c) is UnicodeCategory.Format && c.Value is not (0x200C or 0x200D);

    private static bool IsDevice(string name)
    {
        var stem = name.Split('.')[0].TrimEnd();
        return s_devices.Contains(stem, StringComparer.OrdinalIgnoreCase)
            || (
                stem.Length == 4
                && (
                    stem.StartsWith("COM", StringComparison.OrdinalIgnoreCase)
                    || stem.StartsWith("LPT", StringComparison.OrdinalIgnoreCase)
                )
                && stem[3] is (>= '0' and <= '9') or '¹' or '²' or '³'
            );
    }

    // The ending stays: it says what opens the file.
    private static string Shortened(string name)
    {
        var ending = Path.GetExtension(name);
        ending = Encoding.UTF8.GetByteCount(ending) > MaxBytes / 4 ? "" : ending;
        var stem = name[..^ending.Length];
        var room = MaxBytes - Encoding.UTF8.GetByteCount(ending);
        var kept = new StringBuilder();
        foreach (var c in stem.EnumerateRunes())
        {
            room -= c.Utf8SequenceLength;
            if (room < 0)
            {
                break;
            }
            kept.Append(c.ToString());
        }
        return kept.Append(ending).ToString();
    }
}
