using System.Globalization;
using HCChat.Protocol;

namespace HCChat.Tests.Spec;

/// <summary><c>spec/codes.md</c> is what other languages implement: it must say exactly what the program does.</summary>
public sealed class CodeTableTests
{
    private static readonly string[] s_lines = File.ReadAllLines(
        Path.Combine(AppContext.BaseDirectory, "spec", "codes.md")
    );

    [Fact]
    public void Every_refusal_stands_in_the_table_with_its_word_id_and_permanence()
    {
        var expected = Fault.All.Select(f => (f.Code, f.Id, f.Temporary ? "yes" : "no"));
        var listed = Rows("code | id | later")
            .Select(r => (r[0].Trim('`'), int.Parse(r[1], CultureInfo.InvariantCulture), r[2]));
        Assert.Equal(expected, listed);
    }

    [Fact]
    public void Every_word_names_one_refusal_only() =>
        Assert.Equal(Fault.All.Count, Fault.All.Select(f => f.Code).Distinct().Count());

    [Fact]
    public void Every_refusal_is_listed()
    {
        var declared = typeof(Fault).GetProperties().Where(p => p.PropertyType == typeof(Fault));
        Assert.Equal(declared.Select(p => (Fault)p.GetValue(null)!).Order(ByCode()), Fault.All.Order(ByCode()));
    }

    [Fact]
    public void Every_close_code_stands_in_the_table()
    {
        var expected = Enum.GetValues<CloseCode>().Where(c => c != CloseCode.None).Select(c => (int)c);
        var listed = Rows("code | back").Select(r => int.Parse(r[0], CultureInfo.InvariantCulture));
        Assert.Equal(expected, listed);
    }

    private static Comparer<Fault> ByCode() => Comparer<Fault>.Create((a, b) => string.CompareOrdinal(a.Code, b.Code));

    private static IEnumerable<string[]> Rows(string heading) =>
        s_lines
            .SkipWhile(l => !l.StartsWith("| " + heading, StringComparison.Ordinal))
            .Skip(2)
            .TakeWhile(l => l.StartsWith('|'))
            .Select(l => l.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries));
}
