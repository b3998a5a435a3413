using CsCheck;
using HCChat.Crypto;

namespace HCChat.Tests.Crypto;

public sealed class InviteLinkTests
{
    private static readonly Uri Server = new("https://chat.example/");

    [Fact]
    public void A_link_reads_back_as_it_was_written()
    {
        using var link = new InviteLink(Server, "你的 频道/?&#", Secret.Random(32), [1, 2, 3], "厨房 & more = fun");
        using var read = InviteLink.Parse(link.FormatWithSecret());
        Assert.Equal(link.Server, read.Server);
        Assert.Equal(link.Channel, read.Channel);
        Assert.Equal(link.RoomKey!.Reveal(), read.RoomKey!.Reveal());
        Assert.Equal(link.RoomSalt, read.RoomSalt);
        Assert.Equal(link.Title, read.Title);
        Assert.True(read.Encrypted);
    }

    [Fact]
    public void The_link_without_the_secret_has_neither_key_nor_title_and_still_says_encrypted()
    {
        using var link = InviteLink.NewRoom(Server, "Kitchen");
        Assert.True(InviteLink.CarriesSecret(link.FormatWithSecret()));
        foreach (var text in new[] { link.FormatWithoutSecret(), link.ToString() })
        {
            Assert.False(InviteLink.CarriesSecret(text));
            using var read = InviteLink.Parse(text);
            Assert.Null(read.RoomKey);
            Assert.True(read.Encrypted);
            Assert.Null(read.Title);
            Assert.DoesNotContain("Kitchen", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_invitation_travels_with_the_secret_alone_and_is_one_itself()
    {
        using var link = InviteLink.NewRoom(Server, "Kitchen");
        using var invited = link.With("abc-DEF_123");
        using var read = InviteLink.Parse(invited.FormatWithSecret());
        Assert.Equal("abc-DEF_123", read.Invitation);
        Assert.Equal(link.RoomKey!.Reveal(), read.RoomKey!.Reveal());
        Assert.Equal(link.Title, read.Title);
        Assert.DoesNotContain("abc", invited.FormatWithoutSecret(), StringComparison.Ordinal);
        Assert.DoesNotContain("abc", invited.ToString(), StringComparison.Ordinal);
        using var keyless = new InviteLink(Server, "lobby").With("abc");
        Assert.Equal("https://chat.example/#/r/lobby?i=abc&e=1", keyless.FormatWithSecret());
        Assert.True(InviteLink.CarriesSecret(keyless.FormatWithSecret()));
        foreach (var wrong in new[] { "", "a b", "a%2Fb", "ä", new string('x', 201) })
        {
            Assert.Throws<FormatException>(() => InviteLink.Parse("https://h/#/r/lobby?i=" + wrong));
        }
    }

    [Fact]
    public void Everything_but_the_address_stands_in_the_fragment()
    {
        using var link = InviteLink.NewRoom(new Uri("https://chat.example/app/?x=1#y"), "Kitchen");
        var beforeFragment = link.FormatWithSecret().Split('#')[0];
        Assert.Equal("https://chat.example/app/", beforeFragment);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("short", "short")]
    public void A_title_is_taken_as_it_is_or_not_at_all(string title, string? expected) =>
        Assert.Equal(expected, InviteLink.Parse("https://h/#/r/lobby?t=" + title).Title);

    [Theory]
    [InlineData("safe\u202Eexe.txt", "safeexe.txt")]
    [InlineData("\u200Ea\u200Fb\u2066c\u2069d\u202Ae\u061C", "abcde")]
    [InlineData("one\r\ntwo\u001B[2J\u0085", "onetwo[2J")]
    [InlineData("\u202E\u0007", null)]
    [InlineData("家 👩\u200D🍳 مطبخ", "家 👩\u200D🍳 مطبخ")]
    public void A_title_loses_what_would_reorder_or_overwrite_the_text_around_it(string title, string? expected)
    {
        using var read = InviteLink.Parse("https://h/#/r/lobby?t=" + Uri.EscapeDataString(title));
        Assert.Equal(expected, read.Title);
        if (expected is null)
        {
            Assert.Throws<FormatException>(() => new InviteLink(Server, "lobby", title: title));
            return;
        }
        using var made = new InviteLink(Server, "lobby", title: title);
        Assert.EndsWith(
            "?t=" + Uri.EscapeDataString(expected) + "&e=1",
            made.FormatWithSecret(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Too_long_a_title_is_cut_between_characters()
    {
        var title = new string('x', 119) + "👋👋";
        Assert.Equal(
            new string('x', 119),
            InviteLink.Parse("https://h/#/r/lobby?t=" + Uri.EscapeDataString(title)).Title
        );
    }

    [Fact]
    public void New_rooms_have_names_and_keys_of_their_own()
    {
        using var one = InviteLink.NewRoom(Server);
        using var other = InviteLink.NewRoom(Server);
        Assert.NotEqual(one.Channel, other.Channel);
        Assert.Equal(16, one.Channel.Length);
        Assert.False(one.RoomKey!.Reveal().SequenceEqual(other.RoomKey!.Reveal()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("lobby")]
    [InlineData("https://chat.example/")]
    [InlineData("ftp://chat.example/#/r/lobby")]
    [InlineData("https://chat.example/#/r/")]
    [InlineData("https://chat.example/#/r/%FF")]
    [InlineData("https://chat.example/#/r/%4")]
    [InlineData("https://chat.example/#/r/lobby?k=AAAA")]
    [InlineData("https://chat.example/#/r/lobby?k=!!!")]
    [InlineData("https://chat.example/#/r/lobby?e=1&e=1")]
    [InlineData("https://chat.example/#/r/lobby?s=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void A_broken_link_is_refused_by_a_sentence_that_does_not_quote_it(string link)
    {
        var refused = Assert.Throws<FormatException>(() => InviteLink.Parse(link));
        Assert.Contains("link", refused.Message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("chat.example", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_text_gives_a_link_or_a_format_error() =>
        Gen.String.Sample(
            text =>
            {
                try
                {
                    InviteLink.Parse("https://h/#/r/" + text).Dispose();
                }
                catch (FormatException) { }
            },
            iter: 20_000
        );

    [Theory]
    [InlineData("password", true)]
    [InlineData("12345678901234567890", true)]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaa", true)]
    [InlineData("correct horse", true)]
    [InlineData("密码密码", true)]
    [InlineData("correct horse battery staple orange", false)]
    [InlineData("k7Gq9xZ2mP4wQ8rT", false)]
    [InlineData("春眠不觉晓处处闻啼鸟", false)]
    public void A_weak_passphrase_is_told_from_a_strong_one(string passphrase, bool weak) =>
        Assert.Equal(weak, PassphraseStrength.EstimateBits(passphrase) < PassphraseStrength.WarnBelowBits);
}
