using HCChat.Client;
using HCChat.Crypto;
using HCChat.Tests.Client;

namespace HCChat.Tests.Cli;

/// <summary>What <c>hcchat send</c> does with a message when it cannot get into the room.</summary>
public sealed class OfflineCommandTests : IAsyncLifetime
{
    private readonly Shell _shell = new();
    private RunningServer _server = null!;
    private InviteLink _link = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await RunningServer.StartAsync("--Limits:RateLimit=false");
        _link = InviteLink.NewRoom(new Uri(_server.Url), "厨房");
    }

    public async ValueTask DisposeAsync()
    {
        _link.Dispose();
        _shell.Dispose();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_said_while_the_server_is_away_is_kept_and_the_next_send_delivers_it_first(bool encrypted)
    {
        string[] room = encrypted ? [] : ["--plain", "-r", "lobby", "--server", _server.Url];
        await _server.StopAsync();
        var (exit, output, error) = await SendAsync("canary one", room);
        Assert.Equal((5, ""), (exit, output));
        Assert.Contains("kept", error, StringComparison.Ordinal);
        Assert.Equal(5, (await SendAsync("canary two", room)).Exit);
        Assert.Equal(2, _shell.Outboxes.Length);
        Assert.All(
            _shell.Outboxes,
            file => Assert.Equal(!encrypted, File.ReadAllText(file).Contains("canary", StringComparison.Ordinal))
        );
        await _server.RestartAsync();
        await using var watcher = await Guest.JoinAsync(
            _server,
            "watcher",
            encrypted ? RoomAccess.ByLink(_link) : RoomAccess.Plain("lobby")
        );
        Assert.Equal((0, "", ""), await SendAsync("three", room));
        foreach (var text in new[] { "canary one", "canary two", "three" })
        {
            var heard = await watcher.HearAsync();
            Assert.Equal(
                (text, "mouth", false, encrypted),
                (heard.Text, heard.Nick, heard.NickMismatch, heard.Encrypted)
            );
        }
        Assert.Equal((0, "", ""), await SendAsync("four", room));
        Assert.Equal("four", (await watcher.HearAsync()).Text);
    }

    [Fact]
    public async Task Listen_delivers_it_too()
    {
        await _server.StopAsync();
        Assert.Equal(5, (await SendAsync("one")).Exit);
        await _server.RestartAsync();
        await using var watcher = await Guest.JoinAsync(_server, "watcher", RoomAccess.ByLink(_link));
        using var stop = new CancellationTokenSource();
        var listening = _shell.RunAsync(["listen", "-n", "mouth"], _link.FormatWithSecret(), stop: stop.Token);
        Assert.Equal("one", (await watcher.HearAsync()).Text);
        await stop.CancelAsync();
        await listening;
    }

    [Fact]
    public async Task Whoever_stops_it_before_it_is_in_the_room_keeps_the_message_too()
    {
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        using var stop = new CancellationTokenSource();
        var sending = _shell.RunAsync(
            ["send", "-m", "one", "--plain", "-r", "lobby", "--server", $"http://{silent.LocalEndpoint}"],
            stop: stop.Token
        );
        using var taken = await silent.AcceptTcpClientAsync(Stop);
        await stop.CancelAsync();
        Assert.Equal(5, (await sending).Exit);
        Assert.Single(_shell.Outboxes);
    }

    [Fact]
    public async Task Under_a_passphrase_whose_salt_only_the_server_knows_nothing_is_kept_and_that_is_said()
    {
        await _server.StopAsync();
        var (exit, _, error) = await _shell.RunAsync(
            ["send", "-m", "one", "-r", "lobby", "--server", _server.Url],
            passphrase: "correct horse battery staple"
        );
        Assert.Equal(1, exit);
        Assert.Contains("NOT kept", error, StringComparison.Ordinal);
        Assert.Empty(_shell.Outboxes);
    }

    [Fact]
    public async Task Under_a_passphrase_and_a_link_with_the_salt_it_is_sealed()
    {
        using var link = new InviteLink(new Uri(_server.Url), "lobby", null, roomSalt: []);
        await _server.StopAsync();
        var sent = await _shell.RunAsync(
            ["send", "-m", "one"],
            link.FormatWithSecret(),
            "correct horse battery staple"
        );
        Assert.Equal(5, sent.Exit);
        Assert.DoesNotContain("one", File.ReadAllText(Assert.Single(_shell.Outboxes)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_outbox_it_fails_and_nothing_is_kept()
    {
        await _server.StopAsync();
        var (exit, _, error) = await SendAsync("one", "--no-outbox");
        Assert.Equal(1, exit);
        Assert.Contains("no server is listening there", error, StringComparison.Ordinal);
        Assert.Empty(_shell.Outboxes);
    }

    [Fact]
    public async Task What_time_does_not_cure_is_refused_and_not_kept()
    {
        await using var mouth = await Guest.JoinAsync(_server, "mouth", RoomAccess.ByLink(_link));
        Assert.Equal(3, (await SendAsync("one")).Exit);
        Assert.Empty(_shell.Outboxes);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(230)] // the timer itself is farther back than anybody looks
    public async Task Send_takes_the_rooms_timer_whenever_it_was_set(int messages)
    {
        await using (var ann = await Guest.JoinAsync(_server, "ann", RoomAccess.ByLink(_link)))
        {
            await ann.Room.SetTimerAsync(TimeSpan.FromMinutes(5), Stop);
            for (var i = 0; i < messages; i++)
            {
                await ann.Room.SendAsync($"{i}", stop: Stop);
            }
        }
        await using var watcher = await Guest.JoinAsync(_server, "watcher", RoomAccess.ByLink(_link));
        Assert.Equal(TimeSpan.FromMinutes(5), await watcher.Room.TimerAsync(Stop));
        Assert.Equal((0, "", ""), await SendAsync("timed", []));
        var heard = await watcher.HearAsync();
        Assert.Equal("timed", heard.Text);
        Assert.NotNull(heard.ExpiresAt);
    }

    private Task<(int Exit, string Output, string Error)> SendAsync(string text, params string[] more) =>
        _shell.RunAsync(
            ["send", "-m", text, "-n", "mouth", .. more],
            more.Contains("-r") ? null : _link.FormatWithSecret()
        );
}
