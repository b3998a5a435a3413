using System.Text;
using CsCheck;
using HCChat.Crypto;

namespace HCChat.Tests.Crypto;

public sealed class ContentTests
{
    private const string Id = "AAECAwQFBgcICQoLDA0ODw";
    private const string Other = "EBESExQVFhcYGRobHB0eHw";

    public static TheoryData<ContentBody> Bodies =>
        [
            new TextBody("你好 👋 <b> \"q\" \\ \r\n\t\u0001\u007f\u2028"),
            new TextBody("waves", Emote: true, Title: "厨房", To: "bob"),
            new EditBody(Other, "better"),
            new DeleteBody(Other),
            new ReactBody(Other, "👍"),
            new ReactBody(Other, "👍", Off: true),
            new ReceiptBody(Other),
            new ReceiptBody(null, Other),
            new ReceiptBody(Other, Id),
            new TimerBody(0),
            new TimerBody(31_536_000),
            new CallStartBody(Other),
            new CallStartBody(Other, Video: true),
            new CallRekeyBody(Other, uint.MaxValue),
            new TextBody("soon gone") { Ttl = 5 },
        ];

    [Theory]
    [MemberData(nameof(Bodies))]
    public void Content_reads_back_as_it_was_written(ContentBody body)
    {
        var content = new Content(
            Id,
            DateTimeOffset.FromUnixTimeMilliseconds(1_760_000_000_000),
            "alice",
            "EBESExQVFhc",
            7,
            body
        )
        {
            Room = "lobby",
            ReplyTo = Other,
        };
        Assert.Equal(content, ContentJson.Parse(ContentJson.Write(content)));
    }

    [Fact]
    public void The_content_of_the_vectors_is_understood_and_written_the_same()
    {
        var expected = Vectors.Each("envelopes").First().Str("content");
        var content = ContentJson.Parse(Encoding.UTF8.GetBytes(expected));
        Assert.Equal(expected, Vectors.Utf8(ContentJson.Write(content)));
        Assert.Equal(new TextBody("你好, hack.chat 👋"), content.Body);
        Assert.Equal((Id, "alice", "EBESExQVFhc", 0L), (content.Id, content.Nick, content.Sid, content.Number));
        Assert.Equal(1_760_000_000_000, content.SentAt.ToUnixTimeMilliseconds());
    }

    [Fact]
    public void Text_that_is_not_Unicode_is_refused_rather_than_changed()
    {
        var content = new Content(Id, default, "alice", "EBESExQVFhc", 0, new TextBody("\ud800"));
        Assert.Equal("E_FORMAT", Assert.Throws<E2eeException>(() => ContentJson.Write(content)).Code);
    }

    [Fact]
    public void What_is_named_as_a_message_and_is_none_is_refused_before_it_is_sealed()
    {
        ContentBody[] bodies =
        [
            new EditBody("x", "y"),
            new DeleteBody("x"),
            new ReactBody("x", "y"),
            new ReceiptBody("x"),
            new CallStartBody("x"),
            new CallRekeyBody("x", 1),
        ];
        foreach (var body in bodies)
        {
            var content = new Content(Id, default, "alice", "EBESExQVFhc", 0, body);
            Assert.Equal("E_FORMAT", Assert.Throws<E2eeException>(() => ContentJson.Write(content)).Code);
        }
        Assert.True(ContentJson.IsId(ContentJson.NewId()));
        Assert.False(ContentJson.IsId("AAECAwQFBgcICQoLDA0ODx")); // bits that mean nothing
    }

    [Theory]
    [InlineData("safe\\u202Eexe\\u0007\\u2069", "safeexe")]
    [InlineData("\\u202E", null)]
    public void A_title_that_is_received_loses_control_characters_and_marks_of_direction(string title, string? expected)
    {
        var content = ContentJson.Parse(Json($"\"t\":\"text\",\"body\":\"x\",\"title\":\"{title}\""));
        Assert.Equal(new TextBody("x", Title: expected), content.Body);
    }

    [Fact]
    public void Unknown_members_are_ignored_and_an_unknown_kind_is_said_to_be_unknown()
    {
        var content = ContentJson.Parse(Json("\"t\":\"hologram\",\"body\":\"x\",\"new\":[{}]"));
        Assert.Equal(new UnknownBody("hologram"), content.Body);
    }

    [Theory]
    [InlineData("\"t\":\"text\"")]
    [InlineData("\"t\":\"text\",\"body\":1")]
    [InlineData("\"t\":\"text\",\"body\":\"x\",\"emote\":\"yes\"")]
    [InlineData("\"t\":\"text\",\"body\":\"x\",\"title\":\"\"")]
    [InlineData("\"t\":\"text\",\"body\":\"x\",\"body\":\"y\"")]
    [InlineData("\"t\":\"text\",\"body\":\"x\",\"re\":\"short\"")]
    [InlineData("\"t\":\"edit\",\"body\":\"x\"")]
    [InlineData("\"t\":\"text\",\"body\":\"x\",\"ttl\":\"5\"")]
    [InlineData("\"t\":\"text\",\"body\":\"x\",\"ttl\":-1")]
    [InlineData("\"t\":\"react\",\"target\":\"EBESExQVFhcYGRobHB0eHw\",\"key\":\"x\",\"off\":1")]
    [InlineData("\"t\":\"react\",\"target\":\"EBESExQVFhcYGRobHB0eHw\",\"key\":\"\"")]
    [InlineData("\"t\":\"receipt\"")]
    [InlineData("\"t\":\"receipt\",\"upto\":\"short\"")]
    [InlineData("\"t\":\"receipt\",\"upto\":\"EBESExQVFhcYGRobHB0eHw\",\"got\":null")]
    [InlineData("\"t\":\"timer\"")]
    [InlineData("\"t\":\"timer\",\"ttl\":1.5")]
    [InlineData("\"t\":7")]
    [InlineData("\"body\":\"x\"")]
    public void A_known_member_of_the_wrong_kind_is_refused(string members) =>
        Assert.Equal("E_FORMAT", Assert.Throws<E2eeException>(() => ContentJson.Parse(Json(members))).Code);

    [Theory]
    [InlineData("\"ts\":1760000000000", "\"ts\":-1")]
    [InlineData("\"ts\":1760000000000", "\"ts\":9007199254740993")]
    [InlineData("\"ts\":1760000000000", "\"ts\":1.5")]
    [InlineData("\"n\":0", "\"n\":\"0\"")]
    [InlineData("\"n\":0", "\"n\":9007199254740992")]
    [InlineData("\"sid\":\"EBESExQVFhc\"", "\"sid\":\"EBES\"")]
    [InlineData("\"nick\":\"alice\"", "\"nick\":\"\"")]
    [InlineData(Id, "AAECAwQFBgcICQoLDA0ODx")]
    public void A_header_that_cannot_be_is_refused(string good, string bad)
    {
        var json = Encoding.UTF8.GetString(Json("\"t\":\"text\",\"body\":\"x\""));
        Assert.IsType<TextBody>(ContentJson.Parse(Encoding.UTF8.GetBytes(json)).Body);
        var broken = json.Replace(good, bad, StringComparison.Ordinal);
        Assert.Equal(
            "E_FORMAT",
            Assert.Throws<E2eeException>(() => ContentJson.Parse(Encoding.UTF8.GetBytes(broken))).Code
        );
    }

    [Fact]
    public void Garbage_gives_a_code_and_nothing_else() =>
        Gen.OneOf(Gen.Byte.Array[0, 100], Gen.String.Select(text => Json($"\"t\":\"text\",\"body\":\"{text}\"")))
            .Sample(
                bytes =>
                {
                    try
                    {
                        ContentJson.Parse(bytes);
                    }
                    catch (E2eeException e)
                    {
                        Assert.Equal(E2eeError.Format, e.Error);
                    }
                },
                iter: 20_000
            );

    private static byte[] Json(string members) =>
        Encoding.UTF8.GetBytes(
            $$"""{"id":"{{Id}}","ts":1760000000000,"nick":"alice","sid":"EBESExQVFhc","n":0,{{members}}}"""
        );
}
