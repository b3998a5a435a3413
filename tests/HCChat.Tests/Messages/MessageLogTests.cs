using System.Text.Json.Nodes;
using HCChat.Protocol;
using HCChat.Server.Database;
using HCChat.Server.Messages;
using Microsoft.Extensions.Time.Testing;
using Range = HCChat.Server.Messages.Range;

namespace HCChat.Tests.Messages;

/// <summary>What the message log promises, on either database.</summary>
public abstract partial class MessageLogTests
{
    private protected FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private protected abstract OpenLog Open(HistoryRules? rules = null);

    [Fact]
    public async Task Numbers_count_from_one_without_gaps_whether_kept_or_not()
    {
        await using var open = Open();
        var room = await RoomAsync(open);
        var outcomes = new List<Outcome>();
        for (var i = 1; i <= 6; i++)
        {
            outcomes.Add(await OpenLog.SayAsync(room, Mid(i), i % 2 == 0 ? "E2EE:x" : "clear"));
        }
        Assert.Equal([1, 2, 3, 4, 5, 6], outcomes.Select(o => o.Place!.Seq));
        Assert.Equal([false, true, false, true, false, true], outcomes.Select(o => o.Place!.Durable));
        Assert.Single(outcomes.Select(o => o.Place!.Epoch).Distinct());
    }

    [Fact]
    public async Task A_message_sent_again_has_its_first_place_also_after_a_restart_and_when_the_session_is_lost()
    {
        await using var open = Open();
        var first = await OpenLog.SayAsync(await RoomAsync(open), Mid(1));
        for (var round = 0; round < 2; round++)
        {
            var room = await RoomAsync(open);
            var again = await OpenLog.SayAsync(room, Mid(1));
            Assert.Equal(first.Place, again.Place);
            Assert.Null(again.Event);
            Assert.Equal(first.Place, (await OpenLog.SayAsync(room, Mid(1), sender: "another session")).Place);
            Assert.Equal(Fault.Conflict, (await OpenLog.SayAsync(room, Mid(1), "E2EE:other")).Fault);
            open.Restart();
        }
    }

    [Fact]
    public async Task Text_in_clear_belongs_to_its_sender_and_two_may_use_the_same_id()
    {
        await using var open = Open();
        var room = await RoomAsync(open);
        Assert.Equal(1, (await OpenLog.SayAsync(room, Mid(1), "clear", "a")).Place!.Seq);
        Assert.Equal(2, (await OpenLog.SayAsync(room, Mid(1), "clear", "b")).Place!.Seq);
        Assert.Equal(1, (await OpenLog.SayAsync(room, Mid(1), "clear", "a")).Place!.Seq);
    }

    [Fact]
    public async Task An_epoch_goes_on_after_a_crash_when_everything_in_it_was_kept()
    {
        await using var open = Open();
        var before = await OpenLog.SayAsync(await RoomAsync(open), Mid(1));
        open.Crash();
        var after = await OpenLog.SayAsync(await RoomAsync(open), Mid(2));
        Assert.Equal((before.Place!.Epoch, 2), (after.Place!.Epoch, after.Place.Seq));
    }

    [Fact]
    public async Task After_a_crash_that_may_have_lost_numbers_a_new_epoch_begins_and_the_old_one_stays_readable()
    {
        await using var open = Open();
        var room = await RoomAsync(open);
        var old = await OpenLog.SayAsync(room, Mid(1));
        await OpenLog.SayAsync(room, Mid(2), "clear");
        open.Crash();
        room = await RoomAsync(open);
        Assert.NotEqual(old.Place!.Epoch, room.Epoch);
        Assert.False((await ReadAsync(open, room, since: 0, epoch: "nosuch")).Recovered);
        await OpenLog.SayAsync(room, Mid(3));
        var page = await ReadAsync(open, room);
        Assert.Equal([1], Seqs(page));
        Assert.Equal(old.Place.Epoch, page.Previous);
        var earlier = await ReadAsync(open, room, epoch: page.Previous);
        Assert.Equal((old.Place.Epoch, 1L), (earlier.Epoch, Assert.Single(Seqs(earlier))));
        Assert.Null(earlier.Previous);
    }

    [Fact]
    public async Task After_a_backup_was_put_back_every_list_begins_anew_and_what_is_there_stays_readable()
    {
        await using var open = Open();
        var old = await OpenLog.SayAsync(await RoomAsync(open), Mid(1));
        open.Restart();
        Assert.Equal(1, Pages.BeginAnew(open.Database));
        open.Restart();
        var room = await RoomAsync(open);
        Assert.NotEqual(old.Place!.Epoch, room.Epoch);
        var page = await ReadAsync(open, room);
        Assert.Equal(old.Place.Epoch, page.Previous);
        Assert.Equal(old.Place, (await OpenLog.SayAsync(room, Mid(1))).Place);
    }

    [Fact]
    public async Task A_restart_keeps_the_epoch_and_says_that_what_was_not_kept_is_lost()
    {
        await using var open = Open();
        var room = await RoomAsync(open);
        var first = await OpenLog.SayAsync(room, Mid(1));
        await OpenLog.SayAsync(room, Mid(2), "clear");
        open.Restart();
        room = await RoomAsync(open);
        Assert.Equal(first.Place!.Epoch, room.Epoch);
        Assert.Equal(2, room.Head);
        Assert.False((await ReadAsync(open, room, since: 1)).Recovered);
        Assert.True((await ReadAsync(open, room, since: 2)).Recovered);
        Assert.Equal([1], Seqs(await ReadAsync(open, room)));
    }

    [Theory]
    [InlineData(450)] // more than memory holds
    [InlineData(250)] // all in memory
    public async Task Pages_cover_everything_in_both_directions_with_nothing_twice(int count)
    {
        await using var open = Open();
        var room = await RoomAsync(open);
        await Task.WhenAll(Enumerable.Range(1, count).Select(i => OpenLog.SayAsync(room, Mid(i))));
        var forward = new List<long>();
        for (var since = 0L; ; )
        {
            var page = await ReadAsync(open, room, since: since, limit: 200);
            Assert.Equal(since + 1, page.From);
            forward.AddRange(Seqs(page));
            since = page.To;
            if (!page.More)
            {
                break;
            }
        }
        Assert.Equal(Enumerable.Range(1, count).Select(i => (long)i), forward);
        var backward = new List<long>();
        for (long? before = null; ; )
        {
            var page = await ReadAsync(open, room, before: before, limit: 120);
            Assert.Equal(before - 1 ?? count, page.To);
            backward.InsertRange(0, Seqs(page));
            before = page.From;
            if (!page.More)
            {
                Assert.Equal(1, page.From);
                break;
            }
        }
        Assert.Equal(forward, backward);
        Assert.False((await ReadAsync(open, room, since: count + 1)).Recovered);
    }

    [Fact]
    public async Task A_page_ends_at_256_KiB()
    {
        await using var open = Open();
        var room = await RoomAsync(open);
        var large = "E2EE:" + new string('x', 60_000);
        for (var i = 1; i <= 6; i++)
        {
            await OpenLog.SayAsync(room, Mid(i), large);
        }
        open.Restart();
        room = await RoomAsync(open);
        var page = await ReadAsync(open, room, since: 0);
        Assert.Equal((4, true, 4L), (page.Events.Count, page.More, page.To));
        page = await ReadAsync(open, room);
        Assert.Equal((4, true, 3L), (page.Events.Count, page.More, page.From));
    }

    [Fact]
    public async Task What_only_memory_has_is_a_loss_after_five_minutes_and_kept_events_around_it_stay()
    {
        await using var open = Open();
        var room = await RoomAsync(open);
        await OpenLog.SayAsync(room, Mid(1));
        await OpenLog.SayAsync(room, Mid(2), "clear");
        await OpenLog.SayAsync(room, Mid(3));
        Assert.Equal([1, 2, 3], Seqs(await ReadAsync(open, room, since: 0)));
        Time.Advance(TimeSpan.FromMinutes(6));
        open.Log.Tick();
        var page = await ReadAsync(open, room, since: 0);
        Assert.Equal((false, 3L, 3L), (page.Recovered, page.Oldest, page.Head));
        Assert.Equal([3], Seqs(await ReadAsync(open, room, since: 2)));
        Assert.Equal([1, 3], Seqs(await ReadAsync(open, room)));
    }

    [Fact]
    public async Task A_message_with_a_time_to_live_disappears_without_being_a_loss_and_its_id_is_remembered_for_a_day()
    {
        await using var open = Open();
        var room = await RoomAsync(open);
        await OpenLog.SayAsync(room, Mid(1));
        var short1 = await OpenLog.SayAsync(room, Mid(2), ttl: 10);
        Assert.Equal([1, 2], Seqs(await ReadAsync(open, room, since: 0)));
        Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal([1], Seqs(await ReadAsync(open, room, since: 0)));
        await SweepAsync(open);
        open.Restart();
        room = await RoomAsync(open);
        Assert.True((await ReadAsync(open, room, since: 0)).Recovered);
        Assert.Equal([1], Seqs(await ReadAsync(open, room, since: 0)));
        Assert.Equal(0, Count(open, "frame LIKE '%E2EE:x%' AND seq = 2"));
        Assert.Equal(short1.Place, (await OpenLog.SayAsync(room, Mid(2), ttl: 10)).Place);
        Time.Advance(TimeSpan.FromHours(25));
        await SweepAsync(open);
        Assert.Equal(1, Count(open));
    }

    [Fact]
    public async Task What_is_too_old_goes_is_a_loss_and_leaves_no_row()
    {
        await using var open = Open();
        var room = await RoomAsync(open);
        await OpenLog.SayAsync(room, Mid(1));
        Time.Advance(TimeSpan.FromDays(29));
        await OpenLog.SayAsync(room, Mid(2));
        Time.Advance(TimeSpan.FromDays(1.5));
        await SweepAsync(open);
        Assert.False((await ReadAsync(open, room, since: 0)).Recovered);
        Assert.Equal([2], Seqs(await ReadAsync(open, room, since: 1)));
        Assert.Equal(1, Count(open));
        Time.Advance(TimeSpan.FromDays(31));
        await SweepAsync(open);
        open.Restart();
        await SweepAsync(open);
        Assert.Equal(0, Count(open) + Count(open, table: "rooms") + Count(open, table: "epochs"));
    }

    [Fact]
    public async Task Of_more_events_than_a_room_may_keep_the_oldest_go()
    {
        await using var open = Open(
            OpenLog.Rules with
            {
                Default = new HistoryPolicy(HistoryMode.Encrypted, 30, 5, 0),
            }
        );
        var room = await RoomAsync(open);
        for (var i = 1; i <= 12; i++)
        {
            await OpenLog.SayAsync(room, Mid(i));
        }
        await SweepAsync(open);
        open.Restart();
        room = await RoomAsync(open);
        Assert.Equal([8, 9, 10, 11, 12], Seqs(await ReadAsync(open, room)));
        Assert.False((await ReadAsync(open, room, since: 3)).Recovered);
    }

    [Fact]
    public async Task A_room_may_keep_nothing_or_everything_and_what_it_no_longer_keeps_goes_at_once()
    {
        await using var open = Open();
        var room = await RoomAsync(open);
        await ChooseAsync(room, HistoryMode.On);
        await OpenLog.SayAsync(room, Mid(1), "clear");
        await OpenLog.SayAsync(room, Mid(2));
        Assert.Equal(1, Count(open, "frame LIKE '%clear%'"));
        await ChooseAsync(room, HistoryMode.Encrypted);
        Assert.Equal(0, Count(open, "frame LIKE '%clear%'"));
        Assert.Equal(1, Count(open, "frame LIKE '%E2EE:x%'"));
        Assert.False((await OpenLog.SayAsync(room, Mid(3), "clear")).Place!.Durable);
        await ChooseAsync(room, HistoryMode.Off);
        Assert.Equal(0, Count(open) + Count(open, table: "epochs"));
        Assert.False((await OpenLog.SayAsync(room, Mid(4))).Place!.Durable);
        open.Restart();
        room = await RoomAsync(open);
        Assert.Equal(HistoryMode.Off, room.Policy.Mode);
        Assert.Equal(0, room.Head);
        await ChooseAsync(room, HistoryMode.Encrypted);
        Assert.True((await OpenLog.SayAsync(room, Mid(5))).Place!.Durable);
    }

    [Fact]
    public async Task A_deletion_takes_the_message_and_what_is_about_it_from_memory_and_disk()
    {
        await using var open = Open();
        var room = await RoomAsync(open);
        await OpenLog.SayAsync(room, Mid(1), "E2EE:secret");
        await OpenLog.SayAsync(room, Mid(2), "E2EE:other");
        await OpenLog.AppendAsync(room, done => About(done, Mid(1), "E2EE:edit", EventKind.Envelope));
        var mine = Assert.Single((await open.Log.AuthorsAsync(room, Mid(1)))!);
        await OpenLog.AppendAsync(room, done => About(done, Mid(1), "", EventKind.Bare, erases: mine));
        Assert.Equal([2, 4], Seqs(await ReadAsync(open, room, since: 0)));
        open.Restart();
        room = await RoomAsync(open);
        Assert.Equal([2, 4], Seqs(await ReadAsync(open, room, since: 0)));
        Assert.Equal(0, Count(open, "frame LIKE '%secret%' OR frame LIKE '%edit%'"));
        Assert.Empty((await open.Log.AuthorsAsync(room, Mid(1)))!);
        Assert.Equal(1, (await OpenLog.SayAsync(room, Mid(1), "E2EE:secret")).Place!.Seq);
    }

    [Fact]
    public async Task A_deletion_takes_what_only_memory_has_too()
    {
        await using var open = Open();
        var room = await RoomAsync(open);
        await OpenLog.SayAsync(room, Mid(1), "secret in clear");
        await OpenLog.SayAsync(room, Mid(2), "other");
        var mine = Assert.Single((await open.Log.AuthorsAsync(room, Mid(1)))!);
        await OpenLog.AppendAsync(room, done => About(done, Mid(1), "", EventKind.Bare, erases: mine));
        Assert.Equal([2, 3], Seqs(await ReadAsync(open, room, since: 0)));
    }

    [Fact]
    public async Task A_small_number_of_events_is_kept_to_within_a_second()
    {
        await using var open = Open();
        var room = await RoomAsync(open);
        await ChooseAsync(room, HistoryChoice.None with { Mode = HistoryMode.On, Count = 5 });
        open.Log.Retention.Tick();
        for (var i = 1; i <= 12; i++)
        {
            await OpenLog.SayAsync(room, Mid(i));
        }
        open.Log.Retention.Tick();
        Assert.True(await StepAsync(open));
        Assert.Equal(5, Count(open));
    }

    [Fact]
    public async Task Names_that_no_database_likes_stay_different()
    {
        await using var open = Open();
        string[] names = ["a", "a\0", "a\ud800", "a\udfff", "a\\ud800", "A", "ａ", "a ", "\"';--"];
        foreach (var name in names)
        {
            var room = (await open.Log.OpenAsync(name))!;
            Assert.Equal(1, (await OpenLog.SayAsync(room, name.PadRight(17, '\0'), sender: name)).Place!.Seq);
        }
        open.Restart();
        foreach (var name in names)
        {
            var room = (await open.Log.OpenAsync(name))!;
            Assert.Equal(1, (await OpenLog.SayAsync(room, name.PadRight(17, '\0'), sender: name)).Place!.Seq);
            var author = Assert.Single((await open.Log.AuthorsAsync(room, name.PadRight(17, '\0')))!);
            Assert.Equal(name, author.Sender);
        }
    }

    [Fact]
    public async Task Outcomes_come_in_the_order_of_numbers()
    {
        await using var open = Open();
        var room = await RoomAsync(open);
        var seen = new List<long>();
        var all = Enumerable
            .Range(1, 400)
            .Select(i =>
                OpenLog.AppendAsync(
                    room,
                    done =>
                        OpenLog.Chat(Mid(i), i % 3 == 0 ? "clear" : "E2EE:x")(outcome =>
                        {
                            seen.Add(outcome.Place!.Seq);
                            done(outcome);
                        })
                )
            );
        await Task.WhenAll(all);
        Assert.Equal(Enumerable.Range(1, 400).Select(i => (long)i), seen);
        Assert.Equal(400, (await ReadAsync(open, room, since: 300)).To);
    }

    [Fact]
    public async Task Of_a_commit_that_fails_nothing_is_acknowledged_and_no_number_is_lost()
    {
        await using var open = Open();
        var room = await RoomAsync(open);
        await OpenLog.SayAsync(room, Mid(1));
        var (first, second) = await TogetherAsync(open, room, _ => throw new TimeoutException());
        Assert.Equal((Fault.Unavailable, Fault.Unavailable), (first.Fault, second.Fault));
        await RecoveredAsync(open);
        Assert.Equal(2, (await OpenLog.SayAsync(room, Mid(2))).Place!.Seq);
        Assert.Equal([1, 2], Seqs(await ReadAsync(open, room, since: 0)));
    }

    [Fact]
    public async Task What_the_database_refuses_is_refused_alone()
    {
        await using var open = Open();
        var room = await RoomAsync(open);
        await OpenLog.SayAsync(room, Mid(1));
        var (first, second) = await TogetherAsync(
            open,
            room,
            batch => batch.Changing.Execute("INSERT INTO epochs (room) VALUES (1)")
        );
        Assert.Equal((null, null), (first.Fault, second.Fault));
        Assert.Equal((2, 3), (first.Place!.Seq, second.Place!.Seq));
        Assert.False(open.Log.Writer.IsDown);
        Assert.Equal([1, 2, 3], Seqs(await ReadAsync(open, room, since: 0)));
        open.Restart();
        room = await RoomAsync(open);
        Assert.Equal([1, 2, 3], Seqs(await ReadAsync(open, room, since: 0)));
    }

    [Fact]
    public async Task A_commit_that_happened_although_it_failed_is_found_and_everybody_gets_it()
    {
        await using var open = Open();
        var room = await RoomAsync(open);
        var found = new List<long>();
        room.Found = e => found.Add(e.Seq);
        await OpenLog.SayAsync(room, Mid(1));
        var (first, second) = await TogetherAsync(
            open,
            room,
            batch =>
            {
                batch.Changing.Execute("COMMIT");
                throw new TimeoutException();
            }
        );
        Assert.Equal((Fault.Unavailable, Fault.Unavailable), (first.Fault, second.Fault));
        await RecoveredAsync(open);
        Assert.Equal(2, (await OpenLog.SayAsync(room, Mid(2))).Place!.Seq);
        Assert.Equal([2, 3], found);
        Assert.Equal(4, (await OpenLog.SayAsync(room, Mid(4))).Place!.Seq);
        Assert.Equal([1, 2, 3, 4], Seqs(await ReadAsync(open, room, since: 0)));
    }

    [Fact]
    public void A_database_of_a_newer_program_is_refused()
    {
        var open = Open();
        using (var connection = open.Database.Connect())
        using (var command = connection.CreateCommand())
        {
            command.CommandText = "UPDATE schema_version SET version = 9999";
            command.ExecuteNonQuery();
        }
        var refused = Assert.Throws<HCChat.Server.Hosting.StartException>(() => Schema.Ensure(open.Database));
        Assert.Contains("9999", refused.Message, StringComparison.Ordinal);
        open.Log.Dispose();
        open.Database.Dispose();
    }

    private protected static string Mid(int number) => $"mid-{number:D13}";

    private protected static async Task<RoomLog> RoomAsync(OpenLog open) => (await open.Log.OpenAsync("room"))!;

    private protected static async Task<Page> ReadAsync(
        OpenLog open,
        RoomLog room,
        long? since = null,
        long? before = null,
        int limit = Range.MaxLimit,
        string? epoch = null
    ) => (await open.Log.ReadAsync(room, new Range(epoch, since, before, limit)))!;

    private protected static IEnumerable<long> Seqs(Page page) =>
        page.Events.Select(e => JsonNode.Parse(e)!["seq"]!.GetValue<long>());

    private static Task<Outcome> ChooseAsync(RoomLog room, HistoryMode mode) =>
        ChooseAsync(room, HistoryChoice.None with { Mode = mode });

    private static Task<Outcome> ChooseAsync(RoomLog room, HistoryChoice choice) =>
        OpenLog.AppendAsync(
            room,
            done => new Draft
            {
                Frame = new Notice("roomState"),
                Kind = EventKind.Bare,
                Of = Identity.Server,
                Choice = choice,
                Done = done,
            }
        );

    private protected static Draft About(
        Action<Outcome> done,
        string target,
        string text,
        EventKind kind,
        Identity? erases = null
    ) =>
        new()
        {
            Frame = new Notice("about").String("target", target).String("text", text),
            Kind = kind,
            Of = new Identity("s1", "", null, "", target),
            Erases = erases,
            Done = done,
        };

    // Two messages in one batch with a third write that spoils it.
    private static async Task<(Outcome, Outcome)> TogetherAsync(OpenLog open, RoomLog room, Action<Batch> spoil)
    {
        using var gate = new ManualResetEventSlim();
        using var entered = new ManualResetEventSlim();
        var hold = new Step(_ =>
        {
            entered.Set();
            gate.Wait();
        });
        Assert.True(open.Log.Writer.TryEnqueue(hold));
        await Task.Run(entered.Wait);
        var first = OpenLog.SayAsync(room, Mid(2));
        var second = OpenLog.SayAsync(room, Mid(3));
        Assert.True(open.Log.Writer.TryEnqueue(new Step(spoil)));
        gate.Set();
        return (await first, await second);
    }

    private protected static async Task RecoveredAsync(OpenLog open)
    {
        while (!await StepAsync(open)) { }
    }

    private protected static async Task SweepAsync(OpenLog open)
    {
        // A busy machine may let the database be late once.
        for (var (done, tries) = (0, 0); done < 2; tries++)
        {
            Assert.InRange(tries, 0, 100);
            open.Log.Retention.Tick();
            done += await StepAsync(open) ? 1 : 0;
        }
    }

    private static Task<bool> StepAsync(OpenLog open)
    {
        var step = new Step(_ => { });
        return open.Log.Writer.TryEnqueue(step) ? step.Done : Task.FromResult(false);
    }

    private protected static long Count(OpenLog open, string where = "frame IS NOT NULL", string table = "messages")
    {
        using var connection = open.Database.Connect();
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT count(*) FROM {table}" + (table == "messages" ? $" WHERE {where}" : "");
        return (long)command.ExecuteScalar()!;
    }

    private sealed class Step(Action<Batch> apply) : Write
    {
        private readonly TaskCompletionSource<bool> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<bool> Done => _done.Task;

        public override void Apply(Batch batch) => apply(batch);

        public override void Finish(Failure? failure) => _done.SetResult(failure is null);
    }
}

/// <summary>On SQLite.</summary>
public sealed class SqliteMessageLogTests : MessageLogTests
{
    [Fact]
    public async Task What_was_deleted_is_soon_nowhere_in_the_files()
    {
        await using var open = Open();
        var room = await RoomAsync(open);
        await OpenLog.SayAsync(room, Mid(1), "E2EE:canary");
        var mine = Assert.Single((await open.Log.AuthorsAsync(room, Mid(1)))!);
        Assert.Contains(open.Files(), f => f.Contains("canary", StringComparison.Ordinal));
        await OpenLog.AppendAsync(room, done => About(done, Mid(1), "", EventKind.Bare, erases: mine));
        // The writer looks after it by itself.
        var patience = System.Diagnostics.Stopwatch.StartNew();
        while (open.Files().Any(f => f.Contains("canary", StringComparison.Ordinal)))
        {
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(30));
            await Task.Yield();
        }
    }

    private protected override OpenLog Open(HistoryRules? rules = null) => OpenLog.OnSqlite(Time, rules);
}

/// <summary>On PostgreSQL.</summary>
public sealed class PostgresMessageLogTests(PostgresServer server) : MessageLogTests
{
    [Fact]
    public void A_database_that_was_not_migrated_is_refused()
    {
        using var database = SqlDatabase.Postgres(server.NewDatabase());
        var refused = Assert.Throws<HCChat.Server.Hosting.StartException>(() => Schema.Ensure(database));
        Assert.Contains("hcchat migrate", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_two_servers_on_one_database_one_writes()
    {
        var connection = server.NewDatabase();
        await using var first = OpenLog.On(() => SqlDatabase.Postgres(connection), Time);
        Assert.Null((await OpenLog.SayAsync(await RoomAsync(first), Mid(1))).Fault);
        await using var second = OpenLog.On(() => SqlDatabase.Postgres(connection), Time);
        Assert.Equal(Fault.Unavailable, (await OpenLog.SayAsync(await RoomAsync(second), Mid(2))).Fault);
        first.Log.Dispose();
        await RecoveredAsync(second);
        Assert.Equal(2, (await OpenLog.SayAsync(await RoomAsync(second), Mid(3))).Place!.Seq);
    }

    private protected override OpenLog Open(HistoryRules? rules = null) => server.OpenLog(Time, rules);
}
