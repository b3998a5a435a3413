using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace HCChat.Protocol;

/// <summary>What a nick looks like: two that look alike have the same (UTS #39 §4, with case folded before or after, for letters look like others in one case only).</summary>
/// <param name="Before">Case folded, then reduced to prototypes.</param>
/// <param name="After">Reduced to prototypes, then case folded.</param>
public sealed record Skeleton(string Before, string After)
{
    /// <summary>Of no nick.</summary>
    public static Skeleton Empty { get; } = new("", "");

    private static readonly FrozenDictionary<int, string> s_prototypes = Read();

    /// <summary>The skeleton of a nick.</summary>
    public static Skeleton Of(string nick)
    {
        ArgumentNullException.ThrowIfNull(nick);
        return new Skeleton(Reduce(Fold(nick)), Fold(Reduce(nick)));
    }

    /// <summary>Whether somebody could take the one for the other.</summary>
    public bool LooksLike(Skeleton other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Before == other.Before || After == other.After;
    }

    private static string Fold(string text) =>
        text.Normalize(NormalizationForm.FormKC).ToUpperInvariant().ToLowerInvariant();

    private static string Reduce(string text)
    {
        var reduced = new StringBuilder(text.Length + 8);
        foreach (var rune in text.Normalize(NormalizationForm.FormD).EnumerateRunes())
        {
            reduced.Append(s_prototypes.TryGetValue(rune.Value, out var prototype) ? prototype : rune.ToString());
        }
        return reduced.ToString().Normalize(NormalizationForm.FormD);
    }

    private static FrozenDictionary<int, string> Read()
    {
        using var stream = typeof(Skeleton).Assembly.GetManifestResourceStream("confusables.txt")!;
        using var reader = new StreamReader(stream);
        var prototypes = new Dictionary<int, string>();
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
            {
                continue;
            }
            var points = line.Split(' ')
                .Select(p => int.Parse(p, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            prototypes[points.First()] = string.Concat(points.Skip(1).Select(char.ConvertFromUtf32));
        }
        return prototypes.ToFrozenDictionary();
    }
}
