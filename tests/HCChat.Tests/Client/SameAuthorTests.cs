using HCChat.Client;
using HCChat.Crypto;

namespace HCChat.Tests.Client;

/// <summary>A run that begins where another ended, with the real server: it is the same author, and nothing is said twice.</summary>
public sealed class SameAuthorTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hcchat-test-").FullName;
    private RunningServer _server = null!;
    private Relay _relay = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await RunningServer.StartAsync("--Limits:RateLimit=false");
        _relay = new Relay(_server.Url);
    }

    public async ValueTask DisposeAsync()
    {
        await _relay.DisposeAsync();
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task What_was_written_and_not_acknowledged_when_the_process_ended_is_said_once_in_a_plain_room()
    {
        await using var bob = await BobAsync();
        await LeaveUnacknowledgedAsync("once", bob);
        await using var again = await AliceAsync();
        await again.SayAsync("after");
        Assert.Equal("after", (await bob.HearAsync()).Text);
    }

    [Fact]
    public async Task Also_when_the_server_restarts_meanwhile()
    {
        var bob = await BobAsync();
        await _server.RestartAsync("--Limits:RateLimit=false", "--History:Mode=on"); // plain events outlive a restart
        await bob.DisposeAsync();
        bob = await BobAsync();
        await LeaveUnacknowledgedAsync("once", bob);
        await bob.DisposeAsync();
        await _server.RestartAsync();
        bob = await BobAsync();
        await using var again = await AliceAsync();
        await again.SayAsync("after");
        Assert.Equal("after", (await bob.HearAsync()).Text);
        var told = (await bob.Room.RecentAsync(10, Stop)).OfType<MessageReceived>();
        Assert.Equal(["once"], told.Select(e => e.Message.Text));
        await bob.DisposeAsync();
    }

    [Fact]
    public async Task Also_when_the_next_run_has_another_name()
    {
        await using var bob = await BobAsync();
        await LeaveUnacknowledgedAsync("once", bob);
        await using var carol = await JoinAsync("carol", RoomAccess.Plain("lobby"));
        await carol.SayAsync("after");
        var after = await bob.HearAsync();
        Assert.Equal(("after", "carol"), (after.Text, after.Nick));
        Assert.Equal(["bob", "carol"], bob.Room.Members.Select(member => member.Nick).Order());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_of_an_earlier_run_can_be_edited_and_removed_without_a_trip(bool encrypted)
    {
        using var link = InviteLink.NewRoom(_relay.Url);
        var access = encrypted ? RoomAccess.ByLink(link) : RoomAccess.Plain("lobby");
        await using var bob = await Guest.JoinAsync(_server, "bob", access);
        string id;
        await using (var alice = await JoinAsync("alice", access))
        {
            id = await alice.SayAsync("helo");
        }
        await bob.NextAsync<MemberLeft>();
        await using (var again = await JoinAsync("alice", access))
        {
            await again.Room.EditAsync(id, "hello", Stop);
        }
        var edited = await bob.NextAsync<MessageEdited>();
        Assert.Equal((id, "alice", "hello"), (edited.Target, edited.Nick, edited.Text));
        await using var third = await JoinAsync("alice", access);
        await third.Room.DeleteAsync(id, Stop);
        var deleted = await bob.NextAsync<MessageDeleted>();
        Assert.Equal((id, encrypted, false), (deleted.Target, deleted.Proven, deleted.ByModerator));
    }

    [Fact]
    public async Task With_several_rooms_over_one_connection_it_is_the_same_session_in_all()
    {
        string[] ids;
        await using (var alice = await AliceAsync())
        {
            var other = await alice.Client.JoinAsync(RoomAccess.Plain("other"), Stop);
            ids = [await alice.SayAsync("helo"), await other.SendAsync("helo", stop: Stop)];
            await alice.Client.JoinAsync(RoomAccess.Plain("third"), Stop);
        }
        await using var again = await JoinAsync("alice", RoomAccess.Plain("other")); // another one first
        await again.Room.EditAsync(ids[1], "hello", Stop);
        var lobby = await again.Client.JoinAsync(RoomAccess.Plain("lobby"), Stop);
        await lobby.EditAsync(ids[0], "hello", Stop);
        await using var bob = await Guest.JoinAsync(_server, "bob", RoomAccess.Plain("third"));
        Assert.Equal(["bob"], bob.Room.Members.Select(member => member.Nick)); // nobody asked for that room this time
    }

    [Fact]
    public async Task A_token_that_is_refused_costs_only_the_old_authorship()
    {
        await using var bob = await BobAsync();
        await LeaveUnacknowledgedAsync("first", bob);
        var log = Assert.Single(Directory.GetFiles(_folder, "*.log", SearchOption.AllDirectories));
        OutboxLog left;
        using (var file = File.OpenRead(log))
        {
            left = OutboxLog.Read(file);
        }
        var unknown = left.Session! with { Token = new string('A', 43) };
        byte[] lines = [.. OutboxLog.Line(unknown), .. left.Messages.SelectMany(OutboxLog.Line)];
        await File.WriteAllBytesAsync(log, lines, Stop);
        await using var again = await AliceAsync();
        Assert.Equal("first", (await bob.HearAsync()).Text);
        await again.SayAsync("after");
        Assert.Equal("after", (await bob.HearAsync()).Text);
    }

    [Fact]
    public async Task Another_name_comes_without_the_session_when_nothing_is_left_to_send()
    {
        long userId;
        await using (var alice = await AliceAsync())
        {
            await alice.SayAsync("hello");
            userId = alice.Room.Members.Single(member => member.IsMe).UserId;
        }
        await using (var carol = await JoinAsync("carol", RoomAccess.Plain("lobby")))
        {
            Assert.NotEqual(userId, carol.Room.Members.Single(member => member.IsMe).UserId);
        }
        await using var again = await AliceAsync();
        Assert.Equal(userId, again.Room.Members.Single(member => member.IsMe).UserId);
    }

    private Task<Guest> BobAsync() => Guest.JoinAsync(_server, "bob", RoomAccess.Plain("lobby"));

    private Task<Guest> AliceAsync() => JoinAsync("alice", RoomAccess.Plain("lobby"));

    private Task<Guest> JoinAsync(string nick, RoomAccess access) =>
        Guest.JoinAsync(_relay.Url, nick, access, TimeProvider.System, options => options.KeptIn(_folder));

    /// <summary>Alice's process ends between the write and the acknowledgement, which the server has sent.</summary>
    private async Task LeaveUnacknowledgedAsync(string text, Guest bob)
    {
        var alice = await AliceAsync();
        _relay.SwallowAnswers();
        var said = alice.SayAsync(text);
        Assert.Equal(text, (await bob.HearAsync()).Text);
        await alice.DisposeAsync();
        await Assert.ThrowsAsync<ConnectionEndedException>(() => said);
        _relay.CutAndHeal();
    }
}
