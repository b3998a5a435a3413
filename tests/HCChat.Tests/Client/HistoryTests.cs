using System.Globalization;
using HCChat.Client;
using HCChat.Crypto;

namespace HCChat.Tests.Client;

/// <summary>History, return and changes with the real server.</summary>
public sealed class HistoryTests : IAsyncLifetime
{
    private RunningServer _server = null!;
    private InviteLink _link = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await RunningServer.StartAsync("--Limits:RateLimit=false");
        _link = InviteLink.NewRoom(new Uri(_server.Url));
    }

    public async ValueTask DisposeAsync()
    {
        _link.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Whoever_comes_later_reads_what_was_said_in_an_encrypted_room_also_after_a_restart()
    {
        await SayAndLeaveAsync("alice", 0, 250);
        await _server.RestartAsync();
        await SayAndLeaveAsync("carol", 250, 20);
        await using var bob = await JoinAsync("bob");
        var history = await ReadAllAsync(bob.Room);
        Assert.Equal(
            Enumerable.Range(0, 270).Reverse().Select(Text),
            history.OfType<MessageReceived>().Select(e => e.Message.Text)
        );
        Assert.IsType<HistoryEnded>(history[^1]);
        Assert.All(history.OfType<MessageReceived>(), e => Assert.True(e.Message.Encrypted));
        Assert.DoesNotContain(history, e => e is MessagesMissing or UnreadableReceived);
        var recent = await bob.Room.RecentAsync(3, Stop);
        Assert.Equal([Text(267), Text(268), Text(269)], recent.OfType<MessageReceived>().Select(e => e.Message.Text));
    }

    [Fact]
    public async Task A_reader_who_wants_history_gets_it_before_what_happens_now()
    {
        await SayAndLeaveAsync("alice", 0, 5);
        await using var bob = await JoinAsync("bob", options => options with { History = 3 });
        await using var carol = await JoinAsync("carol");
        await carol.SayAsync("now");
        var seen = (await bob.UntilAsync("now")).OfType<MessageReceived>().ToList();
        Assert.Equal([Text(2), Text(3), Text(4), "now"], seen.Select(e => e.Message.Text));
        Assert.True(seen[^1].Position!.Value.Seq > seen[^2].Position!.Value.Seq);
    }

    [Fact]
    public async Task What_is_missed_while_the_connection_is_cut_comes_once_and_in_order_however_often_it_is_cut()
    {
        await using var network = new Relay(_server.Url);
        await using var bob = await JoinAsync("bob", options => options with { Server = network.Url });
        await using var alice = await JoinAsync("alice");
        var saying = SayAsync(alice, 0, 200);
        for (var i = 0; i < 200; i += 10)
        {
            await HearUntilAsync(bob, i); // cut at twenty places of the conversation
            network.Cut();
        }
        await saying;
        await alice.SayAsync("end");
        var rest = await bob.UntilAsync("end");
        Assert.DoesNotContain(rest, e => e is HistoryGap or MessagesMissing);
        _heard.AddRange(rest.OfType<MessageReceived>().Select(e => e.Message.Text));
        Assert.Equal(Enumerable.Range(0, 200).Select(Text).Append("end"), _heard);
    }

    [Fact]
    public async Task What_is_said_over_a_bad_network_is_in_the_room_once_and_in_order()
    {
        await using var network = new Relay(_server.Url);
        await using var bob = await JoinAsync("bob");
        await using var alice = await JoinAsync("alice", options => options with { Server = network.Url });
        var saying = Task.WhenAll(Enumerable.Range(0, 100).Select(i => alice.SayAsync(Text(i))));
        for (var i = 0; i < 100; i += 10)
        {
            await HearUntilAsync(bob, i);
            network.Cut();
        }
        await saying;
        await alice.SayAsync("end");
        var rest = await bob.UntilAsync("end");
        Assert.DoesNotContain(rest, e => e is HistoryGap or MessagesMissing);
        _heard.AddRange(rest.OfType<MessageReceived>().Select(e => e.Message.Text));
        Assert.Equal(Enumerable.Range(0, 100).Select(Text).Append("end"), _heard);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Two_people_edit_react_and_delete(bool encrypted)
    {
        await using var alice = await JoinAsync("alice", encrypted: encrypted);
        await using var bob = await JoinAsync("bob", encrypted: encrypted);
        var id = await alice.SayAsync("helo");
        Assert.Equal(id, (await bob.HearAsync()).Id);
        await alice.Room.EditAsync(id, "hello", Stop);
        await bob.Room.ReactAsync(id, "👍", stop: Stop);
        await bob.Room.ReactAsync(id, "👍", off: true, Stop);
        var edited = await bob.NextAsync<MessageEdited>();
        Assert.Equal((id, "alice", "hello"), (edited.Target, edited.Nick, edited.Text));
        var (on, off) = (await alice.NextAsync<ReactionReceived>(), await alice.NextAsync<ReactionReceived>());
        Assert.Equal((id, "bob", "👍", false, true), (on.Target, on.Nick, on.Key, on.Off, off.Off));
        bob.Room.MarkRead(id);
        var receipt = await alice.NextAsync<ReceiptReceived>();
        Assert.Equal((id, "bob"), (receipt.Read, receipt.Nick));
        var refused = await Assert.ThrowsAsync<MessageRefusedException>(() => bob.Room.EditAsync(id, "mine now", Stop));
        Assert.Equal("forbidden", refused.Code);
        await alice.Room.DeleteAsync(id, Stop);
        var deleted = await bob.NextAsync<MessageDeleted>();
        Assert.Equal(
            (id, "alice", false, encrypted),
            (deleted.Target, deleted.Nick, deleted.ByModerator, deleted.Proven)
        );
    }

    [Fact]
    public async Task A_deleted_message_is_not_in_the_history_and_an_edited_one_is_followed_by_its_edit()
    {
        string kept;
        await using (var alice = await JoinAsync("alice"))
        {
            var gone = await alice.SayAsync("gone");
            kept = await alice.SayAsync("helo");
            await alice.Room.EditAsync(kept, "hello", Stop);
            await alice.Room.DeleteAsync(gone, Stop);
        }
        await using var bob = await JoinAsync("bob");
        var history = await ReadAllAsync(bob.Room);
        Assert.Equal(kept, Assert.Single(history.OfType<MessageReceived>()).Message.Id);
        Assert.Equal("hello", Assert.Single(history.OfType<MessageEdited>()).Text);
    }

    [Fact]
    public async Task A_timer_lets_messages_disappear_for_everybody()
    {
        await using var alice = await JoinAsync("alice");
        await using var bob = await JoinAsync("bob");
        await alice.Room.SetTimerAsync(TimeSpan.FromMinutes(1), Stop);
        Assert.Equal(TimeSpan.FromMinutes(1), (await bob.NextAsync<TimerChanged>()).After);
        await alice.NextAsync<TimerChanged>();
        await alice.SayAsync("soon gone");
        var message = await bob.HearAsync();
        Assert.Equal(TimeSpan.FromMinutes(1), message.ExpiresAt - message.Time);
    }

    [Fact]
    public async Task A_sealed_whisper_waits_for_somebody_with_a_trip_and_is_shown_once()
    {
        ChatOptions Known(ChatOptions options) => options with { TripPassword = "bob's own" };
        await using var alice = await JoinAsync("alice");
        Member him;
        await using (await JoinAsync("bob", Known))
        {
            him = (await alice.NextAsync<MemberJoined>()).Member;
        }
        await alice.NextAsync<MemberLeft>();
        await alice.Room.WhisperAsync(him, "for you", Stop);
        await using var network = new Relay(_server.Url);
        await using var bob = await JoinAsync("bob", options => Known(options) with { Server = network.Url });
        var whisper = await bob.HearAsync();
        Assert.Equal(("for you", true, true), (whisper.Text, whisper.Whisper, whisper.Encrypted));
        network.Cut();
        await bob.NextAsync<Disconnected>();
        await alice.SayAsync("end");
        Assert.Equal("end", (await bob.HearAsync()).Text);
    }

    private readonly List<string> _heard = [];

    private static string Text(int i) => i.ToString("D4", CultureInfo.InvariantCulture);

    private static async Task<List<ChatEvent>> ReadAllAsync(ChatRoom room)
    {
        var seen = new List<ChatEvent>();
        await foreach (var happened in room.HistoryAsync(stop: Stop))
        {
            seen.Add(happened);
        }
        return seen;
    }

    private static async Task SayAsync(Guest guest, int first, int count)
    {
        foreach (var i in Enumerable.Range(first, count))
        {
            await guest.SayAsync(Text(i));
        }
    }

    private async Task HearUntilAsync(Guest guest, int last)
    {
        while (_heard.Count <= last)
        {
            _heard.Add((await guest.HearAsync()).Text);
        }
    }

    private async Task SayAndLeaveAsync(string nick, int first, int count)
    {
        await using var guest = await JoinAsync(nick);
        await SayAsync(guest, first, count);
    }

    private Task<Guest> JoinAsync(string nick, Func<ChatOptions, ChatOptions>? with = null, bool encrypted = true) =>
        Guest.JoinAsync(
            new Uri(_server.Url),
            nick,
            encrypted ? RoomAccess.ByLink(_link) : RoomAccess.Plain(_link.Channel),
            TimeProvider.System,
            with
        );
}
