using System.Text.RegularExpressions;
using CsCheck;
using HCChat.Server.Chat;

namespace HCChat.Tests.Chat;

public sealed partial class TextTests
{
    // JavaScript's \s.
    private const string Blank = @"[\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]";

    [Fact]
    public void Clean_up_is_what_hack_chats_expressions_do() =>
        Gen.Char["ab \n\t\r\u3000\ufeff\u0085"]
            .Array[0, 14]
            .Select(c => new string(c))
            .Sample(text => Assert.Equal(Model(text), Text.Clean(text)), iter: 20_000);

    [Fact]
    public void An_envelope_passes_untouched()
    {
        const string envelope = "E2EE: \n\n\n\n x \n ";
        Assert.Equal(envelope, Text.Clean(envelope));
    }

    [Fact]
    public void A_wall_of_newlines_takes_no_time_that_grows_with_its_square()
    {
        // hack.chat's own expressions would need minutes for this one.
        var wall = new string('\n', 60_000) + "x" + new string('\n', 60_000) + "y";
        Assert.Equal("x\n\ny", Text.Clean(wall));
    }

    [Theory]
    [InlineData("chatt", "chat", 1)]
    [InlineData("move", "emote", 2)]
    [InlineData("", "abc", 3)]
    [InlineData("same", "same", 0)]
    public void Distance_counts_edits(string a, string b, int edits) => Assert.Equal(edits, Text.Distance(a, b));

    private static string Model(string text) => Runs().Replace(Ends().Replace(text, ""), "\n\n");

    [GeneratedRegex($@"\A{Blank}*\n|\A{Blank}+\z|\n{Blank}*\z")]
    private static partial Regex Ends();

    [GeneratedRegex("\n{3,}")]
    private static partial Regex Runs();
}
