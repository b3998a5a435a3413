using System.Text.Json;
using HCChat.Client;
using HCChat.Crypto;
using HCChat.Tests.Client;

namespace HCChat.Tests.Cli;

public sealed class CommandTests : IAsyncLifetime
{
    private readonly Shell _shell = new();
    private RunningServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartAsync("--Limits:RateLimit=false");

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _shell.Dispose();
    }

    [Fact]
    public async Task What_send_sends_listen_writes_as_one_JSON_object_per_line()
    {
        using var link = InviteLink.NewRoom(new Uri(_server.Url), "厨房");
        await using var watcher = await Guest.JoinAsync(_server, "watcher", RoomAccess.ByLink(link));
        var listening = RunAsync(["listen", "--json", "--count", "1", "--nick", "ear"], link.FormatWithSecret());
        await watcher.NextAsync<MemberJoined>();
        var sent = await RunAsync(
            ["send", "-m", "-", "--nick", "mouth"],
            link.FormatWithSecret(),
            input: "你好\nline two\n"
        );
        Assert.Equal((0, "", ""), sent);
        var (exit, output, error) = await listening;
        Assert.Equal((0, ""), (exit, error));
        var lines = output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .ToList();
        Assert.Equal("entered", lines[0].GetProperty("event").GetString());
        var message = Assert.Single(lines, line => line.GetProperty("event").GetString() == "message");
        Assert.Equal("你好\nline two", message.GetProperty("text").GetString());
        Assert.Equal("mouth", message.GetProperty("nick").GetString());
        Assert.True(message.GetProperty("encrypted").GetBoolean());
        Assert.Equal(link.Channel, message.GetProperty("room").GetString());
    }

    [Fact]
    public async Task A_passphrase_comes_from_a_file_or_the_environment()
    {
        await using var watcher = await Guest.JoinAsync(
            _server,
            "watcher",
            RoomAccess.ByPassphrase("lobby", "correct horse")
        );
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "correct horse\n", TestContext.Current.CancellationToken);
        try
        {
            var fromFile = await RunAsync([
                "send",
                "-r",
                "lobby",
                "-m",
                "one",
                "--server",
                _server.Url,
                "--passphrase-file",
                file,
            ]);
            Assert.Equal(0, fromFile.Exit);
            Assert.StartsWith("hcchat", fromFile.Error, StringComparison.Ordinal); // it is a weak one
        }
        finally
        {
            File.Delete(file);
        }
        Assert.Equal(
            0,
            (
                await RunAsync(
                    ["send", "-r", "lobby", "-m", "two", "--server", _server.Url],
                    passphrase: "correct horse"
                )
            ).Exit
        );
        Assert.Equal("one", (await watcher.HearAsync()).Text);
        Assert.Equal("two", (await watcher.HearAsync()).Text);
    }

    [Fact]
    public async Task Listening_with_the_wrong_passphrase_ends_with_its_own_exit_code()
    {
        await using var alice = await Guest.JoinAsync(_server, "alice", RoomAccess.ByPassphrase("lobby", "right"));
        var listening = RunAsync(
            ["listen", "--json", "--count", "1", "-r", "lobby", "--server", _server.Url],
            passphrase: "wrong"
        );
        await alice.NextAsync<MemberJoined>();
        await alice.SayAsync("secret");
        var (exit, output, _) = await listening;
        Assert.Equal(4, exit);
        Assert.Contains("E_KEY_UNKNOWN", output, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_of_the_server_has_its_own_exit_code_and_is_told_in_JSON_too()
    {
        await using var alice = await Guest.JoinAsync(_server, "alice", RoomAccess.Plain("lobby"));
        var (exit, output, error) = await RunAsync([
            "listen",
            "--json",
            "--plain",
            "-r",
            "lobby",
            "-n",
            "alice",
            "--server",
            _server.Url,
        ]);
        Assert.Equal(3, exit);
        Assert.Equal("nick_taken", JsonDocument.Parse(output).RootElement.GetProperty("code").GetString());
        Assert.StartsWith("hcchat: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plain_room_has_to_be_asked_for()
    {
        var (exit, _, error) = await RunAsync(["send", "-r", "lobby", "-m", "x", "--server", _server.Url]);
        Assert.Equal(2, exit);
        Assert.Contains("--plain", error, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync(["send", "-r", "lobby", "-m", "x", "--server", _server.Url, "--plain"])).Exit);
    }

    [Theory]
    [InlineData("-r", "https://chat.example/#/r/lobby?k=AAAA")]
    [InlineData("--room=https://chat.example/#/r/lobby?e=1&k=AAAA")]
    [InlineData("-r", "k=AAAA")]
    [InlineData("-m", "join https://chat.example/#/r/lobby?k=AAAA")]
    public async Task A_secret_on_the_command_line_is_refused_and_the_right_way_is_named(params string[] shown)
    {
        var (exit, output, error) = await RunAsync(["send", "-m", "x", .. shown]);
        Assert.Equal((2, ""), (exit, output));
        Assert.Contains("HCCHAT_ROOM", error, StringComparison.Ordinal);
        Assert.DoesNotContain("AAAA", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("send", "-m", "x")]
    [InlineData("send", "-m", "", "-r", "lobby", "--plain")]
    [InlineData("send", "-m", "x", "-r", "lobby", "--plain")]
    [InlineData("send", "-m", "x", "-r", "https://chat.example/")]
    [InlineData("send", "-m", "x", "-r", "https://chat.example/#/r/lobby?e=1", "--plain")]
    [InlineData("send", "-m", "x", "-r", "lobby", "--plain", "--server", "gopher://x")]
    [InlineData("send", "-m", "x", "-r", "lobby", "--plain", "--server", "http://x", "--ttl", "4")]
    [InlineData(
        "send",
        "-m",
        "x",
        "-r",
        "lobby",
        "--plain",
        "--server",
        "http://x",
        "--reply-to",
        "AAECAwQFBgcICQoLDA0ODw"
    )]
    [InlineData("listen", "-r", "lobby", "--plain", "--server", "http://x", "--history", "some")]
    [InlineData("history", "-r", "lobby", "--plain", "--server", "http://x", "--limit", "-1")]
    [InlineData("edit", "AAECAwQFBgcICQoLDA0ODw", "-r", "lobby", "--plain", "--server", "http://x", "-m", "")]
    [InlineData("delete")]
    [InlineData("react", "AAECAwQFBgcICQoLDA0ODw")]
    [InlineData("listen", "--nonsense")]
    [InlineData("dance")]
    public async Task What_cannot_work_is_said_with_exit_code_2(params string[] args)
    {
        var (exit, output, error) = await RunAsync(args);
        Assert.Equal((2, ""), (exit, output));
        Assert.StartsWith("hcchat: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Room_new_prints_the_link_with_the_secret_and_the_one_without()
    {
        var (exit, output, _) = await RunAsync(["room", "new", "--title", "厨房", "--server", "https://chat.example"]);
        Assert.Equal(0, exit);
        var links = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, links.Length);
        using var with = InviteLink.Parse(links[0]);
        using var without = InviteLink.Parse(links[1]);
        Assert.NotNull(with.RoomKey);
        Assert.Null(without.RoomKey);
        Assert.Equal((with.Channel, "厨房", null), (without.Channel, with.Title, without.Title));
    }

    [Theory]
    [InlineData("--help", "send")]
    [InlineData("--version", "0.1.0")]
    public async Task Help_and_version_are_there(string option, string expected)
    {
        var (exit, output, _) = await RunAsync([option]);
        Assert.Equal(0, exit);
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }

    private Task<(int Exit, string Output, string Error)> RunAsync(
        string[] args,
        string? room = null,
        string? passphrase = null,
        string input = ""
    ) => _shell.RunAsync(args, room, passphrase, input: input);
}
