using System.Text.RegularExpressions;

namespace HCChat.Tests.Layout;

/// <summary>The arrows between the server's folders, read from ARCHITECTURE.md: the page cannot lie, and a new arrow is a decision.</summary>
public sealed partial class ArrowTests
{
    private static readonly Dictionary<string, HashSet<string>> s_drawn = Arrows();

    public static TheoryData<string> Folders =>
        [
            .. Directory
                .EnumerateDirectories(Path.Combine(Repository.Root, "src/HCChat.Server"))
                .Select(d => Path.GetFileName(d)!)
                .Where(d => d is not ("bin" or "obj")),
        ];

    [Theory, MemberData(nameof(Folders))]
    public void A_folder_uses_only_the_folders_that_the_map_says(string folder)
    {
        Assert.True(s_drawn.ContainsKey(folder), $"ARCHITECTURE.md does not draw {folder}.");
        var used = Repository
            .Files($"src/HCChat.Server/{folder}", "*.cs")
            .SelectMany(f => Using().Matches(File.ReadAllText(f)).Select(m => m.Groups[1].Value))
            .Where(u => u != folder)
            .ToHashSet();
        Assert.Subset(s_drawn[folder], used);
    }

    [Fact]
    public void The_map_draws_no_folder_that_is_not_there() =>
        Assert.Subset(Folders.Select(f => f.Data).ToHashSet(), s_drawn.Keys.ToHashSet());

    private static Dictionary<string, HashSet<string>> Arrows() =>
        File.ReadLines(Path.Combine(Repository.Root, "ARCHITECTURE.md"))
            .Select(line => Arrow().Match(line))
            .Where(m => m.Success)
            .ToDictionary(
                m => m.Groups[1].Value,
                m => m.Groups[2].Value.Split(", ").Where(to => to != "nothing").ToHashSet()
            );

    [GeneratedRegex(@"^- `(\w+) → ([\w, ]+)`")]
    private static partial Regex Arrow();

    [GeneratedRegex(@"using HCChat\.Server\.(\w+);")]
    private static partial Regex Using();
}
