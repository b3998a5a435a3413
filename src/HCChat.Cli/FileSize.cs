using System.Globalization;

namespace HCChat.Cli;

/// <summary>Sizes for people's eyes, in powers of a thousand.</summary>
internal static class FileSize
{
    private static readonly string[] s_units = ["B", "kB", "MB", "GB", "TB"];

    /// <summary>Such as <c>1.2 MB</c>.</summary>
    public static string Of(double bytes)
    {
        var unit = 0;
        for (; bytes >= 999.95 && unit < s_units.Length - 1; unit++)
        {
            bytes /= 1_000;
        }
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{bytes.ToString(unit == 0 ? "0" : "0.0", CultureInfo.InvariantCulture)} {s_units[unit]}"
        );
    }
}
