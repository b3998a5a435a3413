using CsCheck;
using HCChat.Protocol;

namespace HCChat.Tests.Protocol;

public sealed class NamesTests
{
    [Theory]
    [InlineData("alice", true)]
    [InlineData("A_1", true)]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaa", true)]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaa", false)]
    [InlineData("", false)]
    [InlineData("a b", false)]
    [InlineData("alice\n", false)]
    [InlineData("爱丽丝", false)]
    [InlineData(null, false)]
    public void hack_chat_takes_ascii_nicks(string? nick, bool ok) => Assert.Equal(ok, Names.IsStockNick(nick));

    [Theory]
    [InlineData("爱丽丝", true)]
    [InlineData("Zoë_2", true)]
    [InlineData("cat😺", true)]
    [InlineData("😺😺😺😺😺😺😺😺😺😺😺😺😺😺😺😺😺😺😺😺😺😺😺😺", true)]
    [InlineData("😺😺😺😺😺😺😺😺😺😺😺😺😺😺😺😺😺😺😺😺😺😺😺😺😺", false)]
    [InlineData("a b", false)]
    [InlineData("a#b", false)]
    [InlineData("a\u200bb", false)]
    [InlineData("alice\u034f", false)]
    [InlineData("alice\ufe0f", false)]
    [InlineData("❤\ufe0f", true)]
    [InlineData("al\u17b4ice", false)]
    [InlineData("\u3164", false)]
    [InlineData("\u2800", false)]
    [InlineData("a\u202eb", false)]
    [InlineData("a\u0007", false)]
    [InlineData("\u0301a", false)]
    [InlineData("a\ufffd", false)]
    [InlineData("", false)]
    public void Ours_are_letters_digits_and_emoji(string nick, bool ok) => Assert.Equal(ok, Names.IsNick(nick));

    [Fact]
    public void A_lone_surrogate_is_no_letter() => Assert.False(Names.IsNick("a\ud83d"));

    [Fact]
    public void There_is_a_near_nick_for_any_string() =>
        Gen.String.Sample(wish => Assert.True(Names.IsNick(Names.NearNick(wish)), wish));

    [Fact]
    public void A_nick_is_its_own_near_nick() => Assert.Equal("爱丽丝😺", Names.NearNick("爱丽丝😺"));

    [Fact]
    public void A_numbered_nick_is_a_nick_however_long_it_was() =>
        Gen.Select(Gen.String, Gen.Int[2, 101])
            .Sample((wish, n) => Assert.True(Names.IsNick(Names.Numbered(Names.NearNick(wish), n))));

    [Theory]
    [InlineData("AAECAwQFBgcICQoLDA0ODw", true)]
    [InlineData("3F2504E0-4F89-11D3-9A0C-0305E82C3301", true)]
    [InlineData("too_short", false)]
    [InlineData("AAAAAAAAAAAAAAA=", false)]
    [InlineData("3F2504E0-4F89-11D3-9A0C-0305E82C33012", false)]
    [InlineData(null, false)]
    public void Message_ids_have_16_to_36_url_safe_characters(string? mid, bool ok) =>
        Assert.Equal(ok, Names.IsMessageId(mid));
}
