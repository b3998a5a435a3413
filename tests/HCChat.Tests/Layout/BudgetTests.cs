using System.Text.RegularExpressions;

namespace HCChat.Tests.Layout;

/// <summary>What keeps the house livable, held by a test rather than by good will.</summary>
public sealed partial class BudgetTests
{
    private const int MaxLines = 400;
    private const int MaxRootEntries = 25;

    [Fact]
    public void No_source_file_is_longer_than_four_hundred_lines()
    {
        var sources = Repository
            .Files("src", "*.cs")
            .Concat(Repository.Files("web/client/src", "*.ts"))
            .Concat(Repository.Files("web/app/src", "*.ts*"));
        Assert.Empty(sources.Where(f => File.ReadLines(f).Count() > MaxLines).Select(Short));
    }

    [Fact]
    public void No_type_is_called_by_a_word_that_says_nothing()
    {
        var named = Repository
            .Files("src", "*.cs")
            .SelectMany(f => Empty().Matches(File.ReadAllText(f)).Select(m => m.Value));
        Assert.Empty(named);
    }

    [Fact]
    public void Nothing_is_left_to_do_in_a_comment()
    {
        var sources = Repository.Files("src", "*.cs").Concat(Repository.Files("web", "*.ts*"));
        Assert.Empty(sources.Where(f => ToDo().IsMatch(File.ReadAllText(f))).Select(Short));
    }

    [Fact]
    public void Whoever_lists_the_root_sees_the_architecture_at_once()
    {
        string[] built = [".git", "artifacts", "TestResults"];
        var entries = Directory.EnumerateFileSystemEntries(Repository.Root).Select(Path.GetFileName).Except(built);
        Assert.InRange(entries.Count(), 1, MaxRootEntries);
    }

    private static string Short(string file) => Path.GetRelativePath(Repository.Root, file);

    [GeneratedRegex(@"\b(class|interface|record|struct)\s+\w+(Manager|Helper|Helpers|Util|Utils)\b")]
    private static partial Regex Empty();

    [GeneratedRegex(@"//.*\b(TODO|FIXME|XXX|HACK)\b")]
    private static partial Regex ToDo();
}
