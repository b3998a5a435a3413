using HCChat.Client;
using HCChat.Crypto;
using HCChat.Tests.Client;

namespace HCChat.Tests.Cli;

/// <summary><c>hcchat room</c> for rooms that belong to somebody.</summary>
public sealed class RoomVerbTests : IAsyncLifetime
{
    private readonly Shell _ann = new();
    private readonly Shell _bob = new();
    private RunningServer _server = null!;
    private InviteLink _link = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await RunningServer.StartAsync("--Limits:RateLimit=false");
        _link = InviteLink.NewRoom(new Uri(_server.Url));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _link.Dispose();
        _ann.Dispose();
        _bob.Dispose();
    }

    [Fact]
    public async Task A_room_is_claimed_shut_and_opened_by_an_invitation_in_a_link()
    {
        Assert.Equal((0, "", ""), await DoAsync("claim"));
        Assert.Equal(3, (await _bob.RunAsync(["room", "claim"], Room)).Exit);
        Assert.Equal((0, "", ""), await DoAsync("set", "--access", "invite", "--slow", "0"));
        Assert.Equal(3, (await _bob.RunAsync(["send", "-m", "x"], Room)).Exit);
        var (exit, invited, told) = await DoAsync("invite", "--uses", "2");
        Assert.Equal(0, exit);
        using var link = InviteLink.Parse(invited.Trim());
        Assert.NotNull(link.Invitation);
        Assert.DoesNotContain(link.Invitation, told, StringComparison.Ordinal);
        var shown = await _bob.RunAsync(["send", "-m", "x", "-r", invited.Trim()]);
        Assert.Equal(2, shown.Exit); // not on the command line
        Assert.Equal(0, (await _bob.RunAsync(["send", "-m", "x", "--prove", "-n", "bob"], invited.Trim())).Exit);
        Assert.Equal(0, (await _bob.RunAsync(["send", "-m", "x", "--prove", "-n", "rob"], Room)).Exit); // a member now
        var id = (await DoAsync("invites")).Output.Split('\t')[0];
        Assert.Equal(0, (await DoAsync("revoke", id)).Exit);
        Assert.Equal("", (await DoAsync("invites")).Output);
        var roles = (await DoAsync("roles", "-n", "ann")).Output.Split('\n');
        Assert.Matches("^owner\tkey:[A-Za-z0-9_-]{20}\tann$", roles[0]);
        Assert.Matches("^member\tkey:[A-Za-z0-9_-]{20}\t-$", roles[1]);
        Assert.Equal(0, (await DoAsync("role", roles[1].Split('\t')[1], "none")).Exit);
        Assert.Equal(3, (await DoAsync("role", roles[0].Split('\t')[1], "none")).Exit);
        Assert.Equal(3, (await _bob.RunAsync(["send", "-m", "x", "--prove", "-n", "bo"], Room)).Exit);
        Assert.Equal((0, "", ""), await DoAsync("unclaim"));
        Assert.Equal(0, (await _bob.RunAsync(["send", "-m", "x"], Room)).Exit);
    }

    [Fact]
    public async Task A_password_goes_by_file_or_standard_input_and_opens_the_room()
    {
        await DoAsync("claim");
        var set = await _ann.RunAsync(["room", "set", "--new-password-file", "-"], Room, input: "open sesame\n");
        Assert.Equal(0, set.Exit);
        Assert.Equal(3, (await _bob.RunAsync(["send", "-m", "x"], Room)).Exit);
        var sent = await _bob.RunAsync(["send", "-m", "x", "--password-file", "-"], Room, input: "open sesame\n");
        Assert.Equal((0, "", ""), sent);
    }

    [Fact]
    public async Task Whoever_disturbs_is_kicked_banned_and_pardoned()
    {
        await DoAsync("claim");
        await using var bob = await Guest.JoinAsync(_server, "bob", RoomAccess.ByLink(_link));
        Assert.Equal((0, "", ""), await DoAsync("kick", "bob"));
        await bob.NextAsync<RoomClosed>();
        await using var again = await Guest.JoinAsync(_server, "bob", RoomAccess.ByLink(_link));
        var muted = (await DoAsync("mute", "bob", "--seconds", "60")).Output.Trim();
        Assert.Matches($"^{muted}\tmute\tbob\t[-0-9T:]{{19}}Z\t\n$", (await DoAsync("bans")).Output);
        Assert.Equal(0, (await DoAsync("pardon", muted)).Exit);
        Assert.Equal("", (await DoAsync("bans")).Output);
        var listening = _bob.RunAsync(["listen", "-n", "eve"], Room);
        await again.NextAsync<MemberJoined>();
        Assert.Equal(0, (await DoAsync("ban", "eve")).Exit);
        var (exit, output, _) = await listening;
        Assert.Equal(3, exit);
        Assert.Contains("banned", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_knocks_waits_and_is_let_in()
    {
        await DoAsync("claim");
        await DoAsync("set", "--access", "invite", "--knock", "true");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await using var ann = await Guest.JoinAsync(
            new Uri(_server.Url),
            "ann",
            RoomAccess.ByLink(_link),
            TimeProvider.System,
            options =>
                options with
                {
                    Identity = IdentityFile.Read(Path.Combine(_ann.Data, "hcchat", "identity")),
                    ProveIdentity = true,
                }
        );
        var knocking = _bob.RunAsync(["room", "knock", "-n", "bob", "-m", "hello"], Room);
        var knock = await ann.NextAsync<KnockReceived>();
        Assert.Equal("hello", knock.Text);
        Assert.Equal((0, "", ""), await DoAsync("admit", $"{knock.UserId}"));
        Assert.Equal((0, "", ""), await knocking);
        Assert.Equal(0, (await _bob.RunAsync(["send", "-m", "x", "--prove"], Room)).Exit);
        Assert.Equal(3, (await DoAsync("admit", $"{knock.UserId}")).Exit);
    }

    [Theory]
    [InlineData("set")]
    [InlineData("set", "--access", "ajar")]
    [InlineData("role", "bob", "king")]
    [InlineData("kick")]
    public async Task What_cannot_work_is_said_before_anything_is_done(params string[] verb)
    {
        Assert.Equal(2, (await DoAsync(verb)).Exit);
        Assert.Equal(0, (await DoAsync("claim")).Exit); // nobody was in the room
    }

    private string Room => _link.FormatWithSecret();

    private Task<(int Exit, string Output, string Error)> DoAsync(params string[] verb) =>
        _ann.RunAsync(["room", .. verb], Room);
}
