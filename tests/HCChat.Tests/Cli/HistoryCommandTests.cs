using System.Text.Json;
using HCChat.Client;
using HCChat.Crypto;
using HCChat.Tests.Client;

namespace HCChat.Tests.Cli;

/// <summary>History, replies and changes from the command line, with the real server.</summary>
public sealed class HistoryCommandTests : IAsyncLifetime
{
    private readonly Shell _shell = new();
    private RunningServer _server = null!;
    private InviteLink _link = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await RunningServer.StartAsync("--Limits:RateLimit=false");
        _link = InviteLink.NewRoom(new Uri(_server.Url));
    }

    public async ValueTask DisposeAsync()
    {
        _link.Dispose();
        _shell.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task What_was_sent_is_in_the_history_with_its_place_and_answers_name_what_they_answer()
    {
        var first = await SendAsync("one");
        var second = await SendAsync("two", "--reply-to", first, "--ttl", "600");
        var lines = await HistoryAsync();
        Assert.Equal(["end", "message", "message"], lines.Select(Event));
        Assert.Equal([first, second], lines[1..].Select(line => Text(line, "id")));
        Assert.Equal(["one", "two"], lines[1..].Select(line => Text(line, "text")));
        Assert.Equal([1, 2], lines[1..].Select(line => line.GetProperty("seq").GetInt64()));
        Assert.Equal(Text(lines[1], "epoch"), Text(lines[2], "epoch"));
        Assert.Equal(first, Text(lines[2], "replyTo"));
        Assert.Equal(600_000, Number(lines[2], "expiresAt") - Number(lines[2], "time"));
        Assert.Equal([second], (await HistoryAsync("--limit", "1")).Select(line => Text(line, "id")));
    }

    [Fact]
    public async Task A_message_is_edited_reacted_to_and_deleted_by_its_id()
    {
        var id = await SendAsync("helo");
        Assert.Equal(0, (await RunAsync("edit", id, "-m", "hello")).Exit);
        Assert.Equal(0, (await RunAsync("react", id, "👍")).Exit);
        Assert.Equal(0, (await RunAsync("react", id, "👍", "--off")).Exit);
        var lines = await HistoryAsync();
        Assert.Equal(["end", "message", "edited", "reaction", "reaction"], lines.Select(Event));
        Assert.Equal((id, "hello"), (Text(lines[2], "target"), Text(lines[2], "text")));
        Assert.Equal(
            (id, "👍", true),
            (Text(lines[4], "target"), Text(lines[4], "key"), lines[4].GetProperty("off").GetBoolean())
        );
        Assert.Equal(0, (await RunAsync("delete", id)).Exit);
        Assert.DoesNotContain("message", (await HistoryAsync()).Select(Event));
        var (exit, _, error) = await RunAsync("delete", ContentJson.NewId());
        Assert.Equal(3, exit);
        Assert.StartsWith("hcchat: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_trip_the_next_command_under_the_same_name_is_still_the_author()
    {
        string[] room = ["--plain", "-r", "lobby", "--server", _server.Url, "--nick", "author"];
        await using var watcher = await Guest.JoinAsync(_server, "watcher", RoomAccess.Plain("lobby"));
        var sent = await _shell.RunAsync(["send", "-m", "helo", "--print-id", .. room]);
        Assert.Equal(0, (await _shell.RunAsync(["edit", sent.Output.Trim(), "-m", "hello", .. room])).Exit);
        Assert.Equal("hello", (await watcher.NextAsync<MessageEdited>()).Text);
        using var elsewhere = new Shell();
        Assert.Equal(3, (await elsewhere.RunAsync(["delete", sent.Output.Trim(), .. room])).Exit);
    }

    [Fact]
    public async Task A_random_name_leaves_nothing_on_the_disk()
    {
        string[] room = ["--plain", "-r", "lobby", "--server", _server.Url];
        Assert.Equal(0, (await _shell.RunAsync(["send", "-m", "hello", .. room])).Exit);
        Assert.Empty(_shell.Outboxes);
    }

    [Fact]
    public async Task Somebody_else_may_not_edit_it()
    {
        var id = await SendAsync("mine");
        var edited = await _shell.RunAsync(
            ["edit", id, "-m", "forged", "--nick", "author"],
            _link.FormatWithSecret(),
            trip: "another password"
        );
        Assert.Equal(3, edited.Exit);
    }

    [Theory]
    [InlineData("edit", "-m", "new")]
    [InlineData("delete")]
    public async Task A_change_that_the_others_would_ignore_for_its_name_is_refused_before_it_is_made(
        string verb,
        params string[] more
    )
    {
        var id = await SendAsync("mine");
        var (exit, _, error) = await _shell.RunAsync(
            [verb, id, "--nick", "other", .. more],
            _link.FormatWithSecret(),
            trip: "password of the author"
        );
        Assert.Equal(2, exit);
        Assert.Contains("author said that", error, StringComparison.Ordinal);
        Assert.Equal(["end", "message"], (await HistoryAsync()).Select(Event));
    }

    [Fact]
    public async Task In_words_the_history_says_which_message_a_change_is_about()
    {
        var id = await SendAsync("What I said at first is a long story\nof two lines");
        Assert.Equal(0, (await RunAsync("react", id, "👍")).Exit);
        Assert.Equal(0, (await RunAsync("edit", id, "-m", "short")).Exit);
        Assert.Equal(0, (await RunAsync("react", id, "👍", "--off")).Exit);
        var lines = (await RunAsync("history")).Output.Split('\n')[2..^1].Select(line => line["HH:mm:ss ".Length..]);
        Assert.Equal(
            [
                "* author reacted to \"What I said at first is …\": 👍",
                "* author changed \"What I said at first is …\": short",
                "* author took 👍 back from \"short\"",
            ],
            lines
        );
    }

    [Fact]
    public async Task Listen_begins_with_history_and_goes_on_with_what_happens()
    {
        await SendAsync("one");
        await SendAsync("two");
        await using var watcher = await Guest.JoinAsync(_server, "watcher", RoomAccess.ByLink(_link));
        var listening = _shell.RunAsync(
            ["listen", "--json", "--history", "all", "--count", "1", "--nick", "ear"],
            _link.FormatWithSecret()
        );
        await watcher.NextAsync<MemberJoined>();
        await watcher.SayAsync("three");
        var lines = Lines((await listening).Output);
        Assert.Equal("end", Event(lines[0]));
        Assert.Equal(
            ["one", "two", "three"],
            lines.Where(line => Event(line) == "message").Select(line => Text(line, "text"))
        );
    }

    [Fact]
    public async Task With_the_wrong_key_history_ends_with_its_own_exit_code()
    {
        await SendAsync("secret");
        using var other = new InviteLink(_link.Server, _link.Channel, new Secret(new byte[32]));
        var (exit, output, _) = await _shell.RunAsync(["history"], other.FormatWithSecret());
        Assert.Equal(4, exit);
        Assert.DoesNotContain("secret", output, StringComparison.Ordinal);
    }

    private static string Event(JsonElement line) => Text(line, "event");

    private static string Text(JsonElement line, string name) => line.GetProperty(name).GetString()!;

    private static long Number(JsonElement line, string name) => line.GetProperty(name).GetInt64();

    private static JsonElement[] Lines(string output) =>
        [
            .. output
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonDocument.Parse(line).RootElement),
        ];

    private Task<(int Exit, string Output, string Error)> RunAsync(params string[] args) =>
        _shell.RunAsync([.. args, "--nick", "author"], _link.FormatWithSecret(), trip: "password of the author");

    private async Task<string> SendAsync(string text, params string[] more)
    {
        var (exit, output, _) = await RunAsync(["send", "-m", text, "--print-id", .. more]);
        Assert.Equal(0, exit);
        return output.Trim();
    }

    private async Task<JsonElement[]> HistoryAsync(params string[] more)
    {
        var (exit, output, _) = await RunAsync(["history", "--json", .. more]);
        Assert.Equal(0, exit);
        return Lines(output);
    }
}
