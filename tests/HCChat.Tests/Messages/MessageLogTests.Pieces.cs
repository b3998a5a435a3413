using HCChat.Server.Database;
using HCChat.Server.Messages;

namespace HCChat.Tests.Messages;

/// <summary>What is done to more rows than go at a time.</summary>
public abstract partial class MessageLogTests
{
    private const int Many = 2 * (int)Removal.MaxRows + 500;

    [Fact]
    public async Task A_large_room_that_is_closed_is_empty_at_once_and_soon_leaves_no_row()
    {
        await using var open = Open();
        var room = await RoomAsync(open);
        await OpenLog.SayAsync(room, Mid(1));
        room = await FillAsync(open, room, "E2EE:old");
        var erased = new TaskCompletionSource<bool>();
        lock (room.Gate)
        {
            Assert.True(
                room.TryErase(gone =>
                {
                    open.Log.Close(room);
                    erased.SetResult(gone);
                })
            );
        }
        Assert.True(await erased.Task);
        var next = await RoomAsync(open);
        Assert.NotEqual(room.Epoch, next.Epoch);
        Assert.Empty((await ReadAsync(open, next)).Events);
        await OpenLog.SayAsync(next, Mid(1), "E2EE:new");
        await QuietAsync(open, () => Count(open, "frame LIKE '%E2EE:old%'") == 0);
        Assert.Equal((1L, 1L), (Count(open, "1 = 1"), Count(open, table: "rooms")));
        Assert.Equal([1], Seqs(await ReadAsync(open, next)));
    }

    [Fact]
    public async Task Of_a_large_room_nothing_in_clear_can_be_read_once_it_keeps_envelopes_alone_and_its_rows_soon_go()
    {
        await using var open = Open();
        var room = await RoomAsync(open);
        await ChooseAsync(room, HistoryMode.On);
        await OpenLog.SayAsync(room, Mid(1));
        room = await FillAsync(open, room, "clear");
        var last = await OpenLog.SayAsync(room, Mid(2));
        await ChooseAsync(room, HistoryMode.Encrypted);
        Assert.DoesNotContain((await ReadAsync(open, room, before: last.Place!.Seq)).Events, Holds("clear"));
        // What is said from now on is judged by what is set from now on.
        await ChooseAsync(room, HistoryMode.On);
        await OpenLog.SayAsync(room, Mid(3), "clearly new");
        await QuietAsync(open, () => Count(open, "frame LIKE '%clear %'") == 0);
        Assert.Contains((await ReadAsync(open, room)).Events, Holds("clearly new"));
        Assert.False((await ReadAsync(open, room, since: 0)).Recovered);
    }

    [Fact]
    public async Task A_shorter_time_holds_at_once_for_what_there_is_also_when_the_operator_sets_it()
    {
        await using var open = Open();
        var room = await RoomAsync(open);
        await OpenLog.SayAsync(room, Mid(1));
        room = await FillAsync(open, room, "E2EE:old");
        Time.Advance(TimeSpan.FromDays(8));
        var last = (await OpenLog.SayAsync(room, Mid(2))).Place!.Seq;
        open.Operator = OpenLog.Rules with { Default = OpenLog.Rules.Default with { Days = 7 } };
        open.Restart();
        room = await RoomAsync(open);
        Assert.Equal([last], Seqs(await ReadAsync(open, room)));
        await SweepAsync(open);
        await QuietAsync(
            open,
            () =>
            {
                open.Log.Retention.Tick();
                return Count(open) == 1;
            }
        );
        Assert.Equal([last], Seqs(await ReadAsync(open, room)));
        Assert.False((await ReadAsync(open, room, since: 0)).Recovered);
    }

    [Fact]
    public async Task Of_many_more_events_than_a_room_may_keep_the_oldest_go_piece_by_piece()
    {
        await using var open = Open();
        var room = await RoomAsync(open);
        await OpenLog.SayAsync(room, Mid(1));
        room = await FillAsync(open, room, "E2EE:old");
        await ChooseAsync(room, HistoryChoice.None with { Count = 10 });
        await QuietAsync(
            open,
            () =>
            {
                open.Log.Retention.Tick();
                return Count(open) == 10;
            }
        );
    }

    [Fact]
    public async Task The_inbox_of_a_session_goes_with_it()
    {
        await using var open = Open();
        var room = await RoomAsync(open);
        await OpenLog.SayAsync(room, Mid(1));
        foreach (var owner in new[] { "session:gone", "session:there", "trip:abc:ANN" })
        {
            var inbox = (await open.Log.OpenInboxAsync(room, owner))!;
            await OpenLog.SayAsync(inbox, Mid(2), sender: owner);
        }
        using (var connection = open.Database.Connect())
        using (var statements = new Statements(connection))
        {
            var later = Time.GetUtcNow().AddDays(3).ToUnixTimeMilliseconds();
            statements.Execute("INSERT INTO sessions (id, userid, expires) VALUES ('there', 1, @1)", later);
        }
        open.Restart();
        Time.Advance(TimeSpan.FromDays(2));
        await SweepAsync(open);
        await QuietAsync(open, () => Count(open, table: "rooms") == 3);
        Assert.Equal(3, Count(open, "1 = 1"));
        Assert.Equal(0, Count(open, "sender = 'session:gone'"));
    }

    private static Predicate<byte[]> Holds(string text) =>
        frame => System.Text.Encoding.UTF8.GetString(frame).Contains(text, StringComparison.Ordinal);

    // As many rows as that, in no time, as they would be found at a start.
    private static async Task<RoomLog> FillAsync(OpenLog open, RoomLog room, string text)
    {
        open.Log.Dispose();
        using (var connection = open.Database.Connect())
        {
            using var statements = new Statements(connection);
            using var transaction = connection.BeginTransaction();
            statements.Transaction = transaction;
            statements.Execute(
                """
                INSERT INTO messages (room, epoch, seq, kind, time, expires, sender, trip, body, frame)
                WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < @1)
                SELECT @2, @3, @4 + n, @5, @6, @7, 's1', '', '', @8 FROM numbers
                """,
                (long)Many,
                room.Stored.Id,
                room.Stored.EpochNumber,
                room.Head,
                text.StartsWith("E2EE:", StringComparison.Ordinal) ? 0L : 1L,
                open.Log.Now - 1,
                open.Log.Now + (30L * 24 * 60 * 60 * 1000),
                $$"""{"cmd":"chat","text":"{{text}} ","seq":0}"""
            );
            statements.Execute(
                "UPDATE epochs SET head = @1 WHERE room = @2 AND number = @3",
                room.Head + Many,
                room.Stored.Id,
                room.Stored.EpochNumber
            );
            transaction.Commit();
        }
        open.Restart();
        return await RoomAsync(open);
    }

    // Until what goes on by itself has come to where it is expected.
    private static async Task QuietAsync(OpenLog open, Func<bool> isDone)
    {
        var patience = System.Diagnostics.Stopwatch.StartNew();
        while (!isDone())
        {
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(30));
            Assert.True(await StepAsync(open));
        }
    }
}
