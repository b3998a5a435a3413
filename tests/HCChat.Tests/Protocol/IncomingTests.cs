using System.Text;
using System.Text.Json;
using CsCheck;
using HCChat.Protocol;

namespace HCChat.Tests.Protocol;

public sealed class IncomingTests
{
    [Theory]
    [InlineData("", Incoming.Shape.Malformed)]
    [InlineData("not json", Incoming.Shape.Malformed)]
    [InlineData("{", Incoming.Shape.Malformed)]
    [InlineData("{} x", Incoming.Shape.Malformed)]
    [InlineData("{}{}", Incoming.Shape.Malformed)]
    [InlineData("\uFEFF{}", Incoming.Shape.Malformed)]
    [InlineData("""{"a":"\ud8"}""", Incoming.Shape.Malformed)]
    [InlineData("null", Incoming.Shape.NotAnObject)]
    [InlineData("[]", Incoming.Shape.NotAnObject)]
    [InlineData("[{}]", Incoming.Shape.NotAnObject)]
    [InlineData("5", Incoming.Shape.NotAnObject)]
    [InlineData(" { } ", Incoming.Shape.Object)]
    public void Tells_objects_from_other_json_and_from_what_is_none(string text, Incoming.Shape shape) =>
        Assert.Equal(shape, new Incoming().Parse(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Bytes_that_are_no_utf8_are_malformed() =>
        Assert.Equal(Incoming.Shape.Malformed, new Incoming().Parse(new byte[] { (byte)'"', 0xC3, 0x28, (byte)'"' }));

    [Fact]
    public void Of_two_equal_names_the_last_wins() =>
        Assert.Equal("second", Parse("""{"text":"first","text":"second"}""").String("text"));

    [Fact]
    public void A_lone_surrogate_is_accepted_and_goes_out_as_it_came_in()
    {
        var text = Parse("""{"text":"a\ud83d"}""").String("text");
        Assert.Equal("a\ud83d", text);
        Assert.Contains(
            """
            "text":"a\ud83d"
            """.Trim(),
            Encoding.UTF8.GetString(new Notice("chat").String("text", text).Encode(default)),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("12345", "12345")]
    [InlineData("1.50", "1.5")]
    [InlineData("1e3", "1000")]
    [InlineData("true", "true")]
    [InlineData("{}", "[object Object]")]
    [InlineData("0", null)]
    [InlineData("false", null)]
    [InlineData("null", null)]
    [InlineData("\"\"", null)]
    public void A_pass_code_is_made_a_string_as_javascript_does(string json, string? expected) =>
        Assert.Equal(
            expected,
            Parse($$"""{"pass":{{json}}}""").Characters("pass") is { } pass ? new string(pass) : null
        );

    [Theory]
    [InlineData("5", 5L)]
    [InlineData("5.0", 5L)]
    [InlineData("5.5", null)]
    [InlineData("1e400", null)]
    [InlineData("\"5\"", null)]
    public void Whole_numbers_are_read_in_any_spelling(string json, long? expected) =>
        Assert.Equal(expected, Parse($$"""{"n":{{json}}}""").Integer("n"));

    [Fact]
    public void A_member_of_the_wrong_kind_is_not_there_for_that_kind()
    {
        var message = Parse("""{"text":["a"],"nicks":["a",{"x":["y"]},"b"],"ids":[1,"2",3]}""");
        Assert.Null(message.String("text"));
        Assert.True(message.Has("text"));
        Assert.Equal(["a", "b"], message.Strings("nicks"));
        Assert.Equal([1, 3], message.Integers("ids"));
        Assert.Empty(message.Strings("missing"));
    }

    [Fact]
    public void Any_text_comes_through_reading_and_writing_unchanged() =>
        Gen.String.Sample(text =>
        {
            var frame = new Notice("chat").String("text", text).Encode(default);
            var message = new Incoming();
            Assert.Equal(Incoming.Shape.Object, message.Parse(frame));
            Assert.Equal(text, message.String("text"));
        });

    [Fact]
    public void Reads_strings_as_the_framework_does() =>
        Gen
            .String.Where(s => !s.Any(char.IsSurrogate))
            .Sample(text => Assert.Equal(text, Parse(JsonSerializer.Serialize(new { text })).String("text")));

    [Fact]
    public void Any_bytes_are_read_without_an_exception() =>
        Gen.Byte.Array[0, 200].Sample(bytes => new Incoming().Parse(bytes));

    private static Incoming Parse(string json)
    {
        var message = new Incoming();
        Assert.Equal(Incoming.Shape.Object, message.Parse(Encoding.UTF8.GetBytes(json)));
        return message;
    }
}
