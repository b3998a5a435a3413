using HCChat.Client;
using HCChat.Crypto;
using HCChat.Server.Identities;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Client;

/// <summary>Accounts, by the SDK with the real server.</summary>
public sealed class AccountLoginTests : IAsyncLifetime
{
    private const string Password = "correct horse";
    private readonly string _folder = Directory.CreateTempSubdirectory("hcchat-test-").FullName;
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private RunningServer _server = null!;
    private Relay _relay = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string FileName => Path.Combine(_folder, "account");

    public async ValueTask InitializeAsync()
    {
        _server = await RunningServer.StartAsync("--Limits:RateLimit=false", "--Auth:Mode=accounts");
        _relay = new Relay(_server.Url);
        await _server.Service<Accounts>().CreateAsync("ann", Password, isOperator: false);
    }

    public async ValueTask DisposeAsync()
    {
        await _relay.DisposeAsync();
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Where_only_accounts_come_in_a_login_opens_rooms_also_after_the_connection_was_lost()
    {
        var refused = await Assert.ThrowsAsync<JoinRefusedException>(() => JoinAsync("eve", login: null));
        Assert.Equal("login_required", refused.Code);
        await using var ann = await JoinAsync("ann", await LogInAsync());
        await ann.NextAsync<RoomEntered>();
        _relay.CutAndHeal();
        Assert.True((await ann.NextAsync<RoomEntered>()).Again);
        await ann.Room.ClaimAsync(Stop);
        Assert.StartsWith(
            "account:",
            Assert.Single(await ann.Room.RolesAsync(Stop)).Identity,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task The_account_comes_first_and_the_key_is_proven_as_well()
    {
        using var key = SigningIdentity.Generate();
        await using var ann = await JoinAsync(
            "ann",
            await LogInAsync(),
            options => options with { Identity = key, ProveIdentity = true }
        );
        await ann.Room.ClaimAsync(Stop);
        Assert.Single(await ann.Room.RolesAsync(Stop));
    }

    [Fact]
    public async Task What_is_kept_is_for_its_user_alone_and_has_no_password()
    {
        await LogInAsync();
        var kept = AccountLogin.Open(FileName)!;
        Assert.Equal(("ann", _relay.Url), (kept.Name, kept.Server));
        Assert.Matches("^account:[A-Za-z0-9_-]{16}$", kept.Identity);
        Assert.DoesNotContain(Password, await File.ReadAllTextAsync(FileName, Stop), StringComparison.Ordinal);
        Assert.False(OperatingSystem.IsLinux() && (File.GetUnixFileMode(FileName) & ~(UnixFileMode)0b110_000_000) != 0);
        Assert.DoesNotContain("refresh", kept.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Many_that_share_a_login_take_turns_and_none_shows_what_another_has_used()
    {
        await LogInAsync();
        for (var round = 0; round < 5; round++)
        {
            _time.Advance(TimeSpan.FromMinutes(10));
            var tokens = await Task.WhenAll(
                Enumerable.Range(0, 8).Select(_ => Task.Run(() => Open().AccessTokenAsync(Stop), Stop))
            );
            Assert.Single(tokens.Distinct());
        }
        Assert.Equal(6, _server.CountRows("refreshes"));
    }

    [Fact]
    public async Task An_access_token_that_the_server_does_not_know_any_more_is_replaced_once()
    {
        var login = await LogInAsync();
        _server.Service<TokenKeys>().Rotate();
        _server.Service<TokenKeys>().Rotate(); // the key that signed it is gone
        await using var ann = await JoinAsync("ann", login);
        await ann.NextAsync<RoomEntered>();
    }

    [Fact]
    public async Task A_login_that_is_over_is_said_and_nobody_becomes_a_guest_unasked()
    {
        var login = await LogInAsync();
        await using (var ann = await JoinAsync("ann", login))
        {
            await _server.Service<Accounts>().DisableAsync("ann", disabled: true);
            await ann.NextAsync<RoomClosed>();
        }
        var refused = await Assert.ThrowsAsync<LoginRefusedException>(() => JoinAsync("ann", Open()));
        Assert.Equal("bad_token", refused.Code);
        refused = await Assert.ThrowsAsync<LoginRefusedException>(LogInAsync);
        Assert.Equal("bad_login", refused.Code);
    }

    [Fact]
    public async Task Logging_out_ends_the_login_here_and_there()
    {
        var login = await LogInAsync();
        await login.LogOutAsync(Stop);
        Assert.Null(AccountLogin.Open(FileName));
        Assert.Equal(0, _server.CountRows("refreshes"));
        _time.Advance(TimeSpan.FromMinutes(10));
        await Assert.ThrowsAsync<LoginRefusedException>(() => login.AccessTokenAsync(Stop));
    }

    [Fact]
    public async Task An_invitation_makes_an_account_and_a_login_is_shown_to_its_own_server_alone()
    {
        var invitation = await _server.Service<Accounts>().InviteAsync(TimeSpan.FromDays(1));
        var bob = await AccountLogin.RegisterAsync(_relay.Url, invitation, "bob", Password, FileName, stop: Stop);
        Assert.Equal("bob", bob.Name);
        await using var other = await RunningServer.StartAsync("--Limits:RateLimit=false");
        await Assert.ThrowsAsync<ArgumentException>(() =>
            ChatClient.ConnectAsync(
                new ChatOptions
                {
                    Server = new Uri(other.Url),
                    Nick = "bob",
                    Account = bob,
                },
                Stop
            )
        );
    }

    private Task<AccountLogin> LogInAsync() =>
        AccountLogin.LogInAsync(_relay.Url, "ann", Password, FileName, _time, Stop);

    private AccountLogin Open() => AccountLogin.Open(FileName, _time)!;

    private Task<Guest> JoinAsync(string nick, AccountLogin? login, Func<ChatOptions, ChatOptions>? with = null) =>
        Guest.JoinAsync(
            _relay.Url,
            nick,
            RoomAccess.ByPassphrase("room", "open sesame"),
            TimeProvider.System,
            options =>
            {
                options = options with { Account = login };
                return with?.Invoke(options) ?? options;
            }
        );
}
