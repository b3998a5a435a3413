using System.Text.Json;
using HCChat.Client;
using HCChat.Crypto;
using HCChat.Tests.Client;

namespace HCChat.Tests.Cli;

/// <summary><c>hcchat identity</c> and <c>trust</c>, and what <c>listen</c> and <c>history</c> tell of who signed.</summary>
public sealed class KeyCommandTests : IAsyncLifetime
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
        await _server.DisposeAsync();
        _link.Dispose();
        _shell.Dispose();
    }

    [Fact]
    public async Task A_key_is_made_once_shown_by_its_fingerprint_and_carried_by_standard_input_alone()
    {
        var shown = await RunAsync(["identity", "show"]);
        Assert.Matches("^[A-Za-z0-9_-]{5}( [A-Za-z0-9_-]{5}){3}\n[A-Za-z0-9_-]{43}\n$", shown.Output);
        Assert.Equal(shown, await RunAsync(["identity", "show"]));
        var refused = await RunAsync(["identity", "export"]);
        Assert.Equal((2, ""), (refused.Exit, refused.Output));
        var exported = (await RunAsync(["identity", "export", "--show-secret"])).Output;
        Assert.Matches("^hcid1-[A-Za-z0-9_-]{48}\n$", exported);
        using var other = new Shell();
        var inArguments = await other.RunAsync(["identity", "import", exported.Trim()]);
        Assert.Equal(2, inArguments.Exit);
        Assert.DoesNotContain("hcid1-A", inArguments.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await other.RunAsync(["identity", "import"], input: exported[..^5])).Exit);
        Assert.Equal(0, (await other.RunAsync(["identity", "import"], input: exported)).Exit);
        Assert.Equal(shown, await other.RunAsync(["identity", "show"]));
        using var stranger = SigningIdentity.Generate();
        Assert.Equal(2, (await other.RunAsync(["identity", "import"], input: stranger.ExportWithSecret())).Exit);
        Assert.Equal(shown, await other.RunAsync(["identity", "show"]));
        var replaced = await other.RunAsync(["identity", "import", "--replace"], input: stranger.ExportWithSecret());
        Assert.Equal(stranger.Key + "\n", replaced.Output);
    }

    [Fact]
    public async Task A_damaged_key_is_said_and_nothing_is_sent_under_another()
    {
        await RunAsync(["identity", "show"]);
        var file = Path.Combine(_shell.Data, "hcchat", "identity");
        await File.WriteAllTextAsync(file, "hcid1-", TestContext.Current.CancellationToken);
        var (exit, _, error) = await RunAsync(["send", "-m", "x"]);
        Assert.Equal(1, exit);
        Assert.Contains(file, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_send_says_is_signed_with_the_same_key_every_time()
    {
        await using var watcher = await Guest.JoinAsync(_server, "watcher", RoomAccess.ByLink(_link));
        await RunAsync(["send", "-n", "ann", "-m", "one"]);
        await RunAsync(["send", "-n", "ann", "-m", "two"]);
        Assert.Equal(Standing.First, (await watcher.HearAsync()).Authorship!.Standing);
        Assert.Equal(Standing.Pinned, (await watcher.HearAsync()).Authorship!.Standing);
    }

    [Fact]
    public async Task Another_key_is_warned_of_until_it_is_accepted_and_a_compared_one_is_marked()
    {
        using var second = SigningIdentity.Generate();
        await using (var bob = await Guest.JoinAsync(_server, "bob", RoomAccess.ByLink(_link)))
        {
            await bob.SayAsync("one");
            Assert.EndsWith(" <bob> one\n", (await RunAsync(["history"])).Output, StringComparison.Ordinal);
            var wrong = await RunAsync(["trust", "verify", "bob", second.Key.Fingerprint]);
            Assert.Equal(2, wrong.Exit);
            var spoken = bob.Client.Identity.ToString().Split(' ');
            Assert.Equal(0, (await RunAsync(["trust", "verify", "bob", .. spoken])).Exit);
        }
        Assert.Contains(" ✓ <bob> one\n", (await RunAsync(["history"])).Output, StringComparison.Ordinal);
        await using (var forger = await JoinAsync("bob", second))
        {
            await forger.SayAsync("two");
        }
        await SayUnsignedAsync("three");
        var seen = (await RunAsync(["history"])).Output;
        Assert.Contains(
            $"! NOT THE KEY that this name had (this one: {second.Key.Text}): <bob> two\n",
            seen,
            StringComparison.Ordinal
        );
        Assert.Contains("! NOT SIGNED, although this name signs: <bob> three\n", seen, StringComparison.Ordinal);
        var json = (await RunAsync(["history", "--json"]))
            .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.GetProperty("event").GetString() == "message")
            .ToList();
        Assert.Equal(["verified", "changed", "missing"], json.Select(m => m.GetProperty("standing").GetString()));
        Assert.Equal(second.Key.Fingerprint, json[1].GetProperty("fingerprint").GetString());
        Assert.Equal(json[0].GetProperty("fingerprint").GetString(), json[1].GetProperty("known").GetString());
        Assert.False(json[2].TryGetProperty("signer", out _));
        var accepted = await RunAsync(["trust", "accept", "bob", json[1].GetProperty("signer").GetString()!]);
        Assert.Equal((0, second.Key + "\n"), (accepted.Exit, accepted.Output));
        Assert.Contains(" <bob> two\n", (await RunAsync(["history"])).Output, StringComparison.Ordinal);
        var list = (await RunAsync(["trust", "list"])).Output;
        Assert.Contains($"bob\t{second.Key.Fingerprint}\t{second.Key.Text}\t-\t\n", list, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_begins_like_an_option_is_a_key()
    {
        var key = SigningIdentity.Generate();
        while (!key.Key.Text.StartsWith("-h", StringComparison.Ordinal))
        {
            key.Dispose();
            key = SigningIdentity.Generate();
        }
        var accepted = await RunAsync(["trust", "accept", "bob", key.Key.Text]);
        Assert.Equal((0, key.Key + "\n"), (accepted.Exit, accepted.Output));
        Assert.Equal(0, (await RunAsync(["trust", "verify", "bob", key.Key.Fingerprint])).Exit);
        key.Dispose();
    }

    [Fact]
    public async Task Damaged_pins_are_said_with_their_place_and_the_room_is_not_entered()
    {
        await using var bob = await Guest.JoinAsync(_server, "bob", RoomAccess.ByLink(_link));
        await bob.SayAsync("one");
        await RunAsync(["history"]);
        var file = Assert.Single(Directory.GetFiles(_shell.Data, "*.json", SearchOption.AllDirectories));
        await File.WriteAllTextAsync(file, "{", TestContext.Current.CancellationToken);
        var sent = await RunAsync(["send", "-m", "x"]);
        Assert.Equal(1, sent.Exit);
        Assert.Contains("trust list", sent.Error, StringComparison.Ordinal);
        var list = await RunAsync(["trust", "list"]);
        Assert.Equal(1, list.Exit);
        Assert.Contains(file, list.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_is_kept_for_later_is_signed_already()
    {
        await using var watcher = await Guest.JoinAsync(_server, "watcher", RoomAccess.ByLink(_link));
        var key = (await RunAsync(["identity", "show"])).Output.Split('\n')[1];
        await _server.StopAsync();
        Assert.Equal(5, (await RunAsync(["send", "-n", "ann", "-m", "later"])).Exit);
        await _server.RestartAsync();
        Assert.Equal(0, (await RunAsync(["send", "-n", "ann", "-m", "now"])).Exit);
        var later = await watcher.HearAsync();
        Assert.Equal(("later", key), (later.Text, later.Authorship!.Signer!.Text));
    }

    private Task<Guest> JoinAsync(string nick, SigningIdentity key) =>
        Guest.JoinAsync(
            new Uri(_server.Url),
            nick,
            RoomAccess.ByLink(_link),
            TimeProvider.System,
            options => options with { Identity = key }
        );

    /// <summary>Says something as bob whom the room's key is known to, and nothing else.</summary>
    private async Task SayUnsignedAsync(string text)
    {
        using var cipher = new RoomCipher(
            new KeyRing(new RoomKeys(new Secret(_link.RoomKey!.Reveal()), _link.Channel)),
            _link.Channel,
            TimeProvider.System
        );
        var said = cipher.Seal("bob", new TextBody(text));
        await using var wire = await WireClient.ConnectAsync(_server);
        await wire.SendAsync("""{"cmd":"session","proto":3}""");
        await wire.SendAsync($$"""{"cmd":"join","channel":"{{_link.Channel}}","nick":"bob"}""");
        await wire.SendAsync(
            $$"""{"cmd":"chat","channel":"{{_link.Channel}}","text":"{{said.Text}}","mid":"{{said.Content.Id}}"}"""
        );
        await wire.ReadUntilAsync("ack");
    }

    private Task<(int Exit, string Output, string Error)> RunAsync(string[] args) =>
        _shell.RunAsync(args, room: _link.FormatWithSecret());
}
