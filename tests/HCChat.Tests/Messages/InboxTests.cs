using HCChat.Protocol;
using HCChat.Server.Database;
using HCChat.Server.Messages;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Messages;

/// <summary>What holds for a room holds for the inboxes in it; what is about a message goes with it.</summary>
public sealed class InboxTests
{
    private const string Owner = "trip:Pz6LSM:BOB";
    private const string Mid1 = "mid-000000000001";
    private const string Mid2 = "mid-000000000002";
    private const string Mid3 = "mid-000000000003";

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task Where_a_room_keeps_nothing_its_inboxes_keep_nothing()
    {
        await using var open = OpenLog.OnSqlite(_time);
        var room = (await open.Log.OpenAsync("room"))!;
        var inbox = (await open.Log.OpenInboxAsync(room, Owner))!;
        Assert.True((await OpenLog.SayAsync(inbox, Mid1)).Place!.Durable);
        await ChooseAsync(room, HistoryMode.Off);
        Assert.Equal(0, CountRows(open));
        Assert.False((await OpenLog.SayAsync(inbox, Mid2)).Place!.Durable);
        Assert.Equal(0, CountRows(open));
        open.Restart();
        room = (await open.Log.OpenAsync("room"))!;
        inbox = (await open.Log.OpenInboxAsync(room, Owner))!;
        Assert.False((await OpenLog.SayAsync(inbox, Mid3)).Place!.Durable);
    }

    [Fact]
    public async Task Where_a_room_keeps_envelopes_alone_its_inboxes_do_too_whatever_the_operators_default()
    {
        var rules = OpenLog.Rules with { Default = OpenLog.Rules.Default with { Mode = HistoryMode.On } };
        await using var open = OpenLog.OnSqlite(_time, rules);
        var room = (await open.Log.OpenAsync("room"))!;
        var inbox = (await open.Log.OpenInboxAsync(room, Owner))!;
        Assert.True((await OpenLog.SayAsync(inbox, Mid1, "clear")).Place!.Durable);
        await ChooseAsync(room, HistoryMode.Encrypted);
        Assert.False((await OpenLog.SayAsync(inbox, Mid2, "clear")).Place!.Durable);
        for (var round = 0; CountRows(open, "AND kind = 1") > 0; round++)
        {
            Assert.True(round < 1_000);
            await OpenLog.SayAsync(inbox, Mid2, "clear");
        }
    }

    [Fact]
    public async Task An_inbox_that_is_opened_while_its_room_is_being_erased_takes_nothing()
    {
        await using var open = OpenLog.OnSqlite(_time);
        var room = (await open.Log.OpenAsync("room"))!;
        await OpenLog.SayAsync(room, Mid1);
        var erased = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        Outcome? outcome = null;
        lock (room.Gate)
        {
            Assert.True(room.TryErase(erased.SetResult));
            room.Inbox(Owner, StoredRoom.None()).Append(OpenLog.Chat(Mid2, "E2EE:x")(o => outcome = o));
        }
        Assert.True(await erased.Task);
        Assert.Equal(Fault.Unavailable, outcome?.Fault);
    }

    [Fact]
    public async Task An_inbox_that_was_let_go_before_it_was_used_is_the_same_list_still()
    {
        await using var open = OpenLog.OnSqlite(_time);
        var room = (await open.Log.OpenAsync("room"))!;
        var first = (await open.Log.OpenInboxAsync(room, Owner))!;
        open.Log.Tick();
        var second = (await open.Log.OpenInboxAsync(room, Owner))!;
        var places = new[]
        {
            (await OpenLog.SayAsync(first, Mid1, "clear")).Place!,
            (await OpenLog.SayAsync(second, Mid2, "clear")).Place!,
            (await OpenLog.SayAsync(first, Mid3)).Place!,
        };
        Assert.Equal([1, 2, 3], places.Select(p => p.Seq));
        Assert.Single(places.Select(p => p.Epoch).Distinct());
    }

    [Theory]
    [InlineData("DELETE FROM messages", "DELETE FROM epochs", "DELETE FROM rooms")]
    [InlineData("DELETE FROM epochs", "UPDATE rooms SET channel = '', owner = CAST(id AS TEXT)")] // the rest goes later
    public async Task A_list_that_was_put_away_as_unused_while_somebody_opened_it_is_found_again(params string[] away)
    {
        await using var open = OpenLog.OnSqlite(_time);
        var room = (await open.Log.OpenAsync("room"))!;
        await ChooseAsync(room, HistoryMode.On);
        var first = await OpenLog.SayAsync(room, Mid1);
        using (var connection = open.Database.Connect())
        using (var statements = new Statements(connection))
        {
            foreach (var step in away)
            {
                statements.Execute(step);
            }
        }
        var second = await OpenLog.SayAsync(room, Mid2);
        Assert.True(second.Place!.Durable);
        open.Log.Writer.TryEnqueue(new Removal(open.Log.Writer));
        open.Restart();
        room = (await open.Log.OpenAsync("room"))!;
        Assert.Equal((first.Place!.Epoch, second.Place.Seq), (room.Epoch, room.Head));
        Assert.Equal(HistoryMode.On, room.Policy.Mode);
        Assert.Equal(1, CountRows(open, $"AND mid = '{Mid2}'"));
    }

    [Fact]
    public async Task What_changed_a_message_that_disappears_goes_with_it()
    {
        await using var open = OpenLog.OnSqlite(_time);
        var room = (await open.Log.OpenAsync("room"))!;
        await OpenLog.SayAsync(room, Mid1, ttl: 5);
        await OpenLog.AppendAsync(
            room,
            done =>
            {
                var edit = OpenLog.Chat(Mid2, "E2EE:edit")(done);
                return new Draft
                {
                    Frame = edit.Frame,
                    Kind = edit.Kind,
                    Of = edit.Of with { Target = Mid1 },
                    Done = done,
                };
            }
        );
        _time.Advance(TimeSpan.FromSeconds(6));
        open.Log.Tick();
        await OpenLog.SayAsync(room, Mid3);
        var page = await open.Log.ReadAsync(room, new HCChat.Server.Messages.Range(null, 0, null, 100));
        Assert.Single(page!.Events);
        Assert.Equal(1, CountRows(open, "AND frame IS NOT NULL"));
    }

    [Fact]
    public async Task A_page_of_large_messages_is_not_read_further_than_it_goes()
    {
        await using var open = OpenLog.OnSqlite(_time);
        var room = (await open.Log.OpenAsync("room"))!;
        var text = "E2EE:" + new string('x', 100_000);
        for (var i = 10; i < 30; i++)
        {
            await OpenLog.SayAsync(room, $"mid-0000000000{i}", text);
        }
        await using var connection = await open.Database.ConnectAsync();
        foreach (var backwards in new[] { false, true })
        {
            var read = await Pages.ReadAsync(connection, room.Stored, room.Policy, 1, 20, 201, backwards, open.Log.Now);
            Assert.Equal(backwards ? [18, 19, 20] : [1L, 2, 3], read.Select(e => e.Seq));
        }
    }

    private static Task<Outcome> ChooseAsync(RoomLog room, HistoryMode mode) =>
        OpenLog.AppendAsync(
            room,
            done => new Draft
            {
                Frame = new Notice("roomState"),
                Kind = EventKind.Bare,
                Of = Identity.Server,
                Choice = new HistoryChoice(mode, null, null, null),
                Done = done,
            }
        );

    private static long CountRows(OpenLog open, string where = "")
    {
        using var connection = open.Database.Connect();
        using var statements = new Statements(connection);
        return statements.Query($"SELECT count(*) FROM messages WHERE 1 = 1 {where}", row => row.GetInt64(0)).Single();
    }
}
