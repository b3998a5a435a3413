using HCChat.Cli;
using HCChat.Client;

namespace HCChat.Tests.Cli;

public sealed class EventTextTests
{
    private static readonly DateTimeOffset s_at = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly EventText _text = new();

    [Fact]
    public void A_message_that_is_not_known_is_named_by_the_beginning_of_its_id()
    {
        Assert.Equal(
            "* bob reacted to message AAECAwQF…: 👍",
            _text.Sentence(new ReactionReceived(s_at, "AAECAwQFBgcICQoLDA0ODw", "bob", "👍", false))
        );
        Assert.Equal(
            "* message AAECAwQF… was removed by a moderator, says the server",
            _text.Sentence(new MessageDeleted(s_at, "AAECAwQFBgcICQoLDA0ODw", "mod", true, false))
        );
    }

    [Fact]
    public void What_is_removed_is_not_told_again()
    {
        Write("m1", "canary");
        var deleted = _text.Write(new MessageDeleted(s_at, "m1", "alice", false, true));
        Assert.EndsWith(
            $"* alice removed the message of alice at {Mentions.Clock(s_at)}",
            deleted,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("canary", deleted, StringComparison.Ordinal);
        var receipt = _text.Write(new ReceiptReceived(s_at, "bob", "m1", null));
        Assert.EndsWith("* bob has read up to message m1", receipt, StringComparison.Ordinal);
    }

    [Fact]
    public void A_quotation_is_cut_between_characters_as_people_count_them_and_shows_no_control_characters()
    {
        Write("m1", string.Concat(Enumerable.Repeat("👨‍👩‍👧", 30)));
        Write("m2", "a\u001b[31mb");
        Assert.Equal(
            $"* bob reacted to \"{string.Concat(Enumerable.Repeat("👨‍👩‍👧", 24))}…\": 👍",
            _text.Sentence(new ReactionReceived(s_at, "m1", "bob", "👍", false))
        );
        Assert.Equal(
            "* bob has received up to \"a\uFFFD[31mb\"",
            _text.Sentence(new ReceiptReceived(s_at, "bob", null, "m2"))
        );
    }

    private void Write(string id, string text) =>
        _text.Write(
            new MessageReceived(
                new Message
                {
                    Id = id,
                    Nick = "alice",
                    ServerNick = "alice",
                    Text = text,
                    Time = s_at,
                }
            )
        );
}
