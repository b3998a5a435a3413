using HCChat.Client;
using HCChat.Crypto;
using HCChat.Server.Identities;
using HCChat.Tests.Client;

namespace HCChat.Tests.Cli;

/// <summary><c>hcchat login</c> and what follows it, where only accounts come in.</summary>
public sealed class AccountCommandTests : IAsyncLifetime
{
    private const string Password = "correct horse";
    private readonly Shell _shell = new();
    private RunningServer _server = null!;
    private InviteLink _link = null!;

    private string Room => _link.FormatWithSecret();

    public async ValueTask InitializeAsync()
    {
        _server = await RunningServer.StartAsync("--Limits:RateLimit=false", "--Auth:Mode=accounts");
        _link = InviteLink.NewRoom(new Uri(_server.Url));
        await _server.Service<Accounts>().CreateAsync("ann", Password, isOperator: false);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _link.Dispose();
        _shell.Dispose();
    }

    [Fact]
    public async Task After_a_login_the_other_commands_come_in_and_after_a_logout_they_do_not()
    {
        var (exit, _, error) = await _shell.RunAsync(["send", "-m", "hi"], Room);
        Assert.Equal(3, exit);
        Assert.Contains("hcchat login", error, StringComparison.Ordinal);
        (exit, var output, error) = await LogInAsync("--password-file", "-");
        Assert.Equal((0, ""), (exit, error));
        Assert.Matches("^ann\taccount:[A-Za-z0-9_-]{16}\n$", output);
        Assert.Equal((0, "", ""), await _shell.RunAsync(["room", "claim"], Room));
        Assert.Equal(0, (await _shell.RunAsync(["send", "-m", "hi", "-n", "ann"], Room)).Exit);
        var said = await _shell.RunAsync(["history"], Room);
        Assert.Contains("hi", said.Output, StringComparison.Ordinal);
        await using (var ann = await JoinAsync())
        {
            var listening = _shell.RunAsync(["listen", "--count", "1", "-n", "ear"], Room);
            await ann.NextAsync<MemberJoined>();
            await ann.SayAsync("are you there?");
            Assert.Contains("are you there?", (await listening).Output, StringComparison.Ordinal);
        }
        Assert.Equal(3, (await _shell.RunAsync(["send", "-m", "hi", "--guest"], Room)).Exit);
        Assert.Equal((0, "", ""), await _shell.RunAsync(["logout", "--server", _server.Url]));
        Assert.Equal(3, (await _shell.RunAsync(["send", "-m", "hi"], Room)).Exit);
        Assert.Equal((0, "", ""), await _shell.RunAsync(["logout", "--server", _server.Url]));
    }

    [Fact]
    public async Task The_password_comes_from_a_file_or_the_environment_and_what_is_wrong_is_said()
    {
        var wrong = await LogInAsync("--password-file", "-", "--name", "nobody");
        Assert.Equal(3, wrong.Exit);
        var without = await LogInAsync();
        Assert.Equal(2, without.Exit);
        var variables = new Dictionary<string, string>
        {
            ["HCCHAT_ACCOUNT"] = "ann",
            ["HCCHAT_ACCOUNT_PASSWORD"] = Password,
            ["HCCHAT_SERVER"] = _server.Url,
        };
        Assert.Equal(0, (await _shell.RunAsync(["login"], variables: variables)).Exit);
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, Password + "\n", TestContext.Current.CancellationToken);
        Assert.Equal(0, (await LogInAsync("--password-file", file)).Exit);
        File.Delete(file);
        await _server.StopAsync();
        Assert.Equal(1, (await LogInAsync("--password-file", "-")).Exit);
    }

    [Fact]
    public async Task A_login_that_is_over_or_damaged_is_said()
    {
        await LogInAsync("--password-file", "-");
        await _server.Service<Accounts>().DisableAsync("ann", disabled: true);
        var (exit, _, error) = await _shell.RunAsync(["send", "-m", "hi"], Room);
        Assert.Equal(3, exit);
        Assert.Contains("hcchat login", error, StringComparison.Ordinal);
        var kept = Assert.Single(
            Directory.EnumerateFiles(Path.Combine(_shell.State, "hcchat", "accounts")),
            f => !f.EndsWith(".lock", StringComparison.Ordinal)
        );
        await File.WriteAllTextAsync(kept, "{", TestContext.Current.CancellationToken);
        (exit, _, error) = await _shell.RunAsync(["send", "-m", "hi"], Room);
        Assert.Equal(1, exit);
        Assert.Contains("damaged", error, StringComparison.Ordinal);
        Assert.Equal(0, (await _shell.RunAsync(["logout", "--server", _server.Url])).Exit);
    }

    private async Task<Guest> JoinAsync()
    {
        var stop = TestContext.Current.CancellationToken;
        var login = await AccountLogin.LogInAsync(
            new Uri(_server.Url),
            "ann",
            Password,
            Path.Combine(_shell.State, "ann"),
            stop: stop
        );
        return await Guest.JoinAsync(
            new Uri(_server.Url),
            "ann",
            RoomAccess.ByLink(_link),
            TimeProvider.System,
            options => options with { Account = login }
        );
    }

    private Task<(int Exit, string Output, string Error)> LogInAsync(params string[] more) =>
        _shell.RunAsync(
            ["login", "--server", _server.Url, .. more.Contains("--name") ? more : ["--name", "ann", .. more]],
            input: Password + "\n"
        );
}
