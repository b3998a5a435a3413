using HCChat.Protocol;
using HCChat.Server.Attachments;
using HCChat.Server.Database;
using HCChat.Server.Messages;
using HCChat.Tests.Messages;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Attachments;

/// <summary>Whose objects are, and when they go, on either database.</summary>
public abstract class AttachmentLogTests : IAsyncLifetime
{
    private const string Owner = "session:s1";
    private static readonly Quota s_quota = new(100, 1_000, 500, 10, 30, 48);
    private OpenLog _open = null!;
    private AttachmentLog _log = null!;

    private protected FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private protected abstract OpenLog Open(HistoryRules? rules = null);

    public ValueTask InitializeAsync()
    {
        _open = Open(OpenLog.Rules with { MaxDays = 3_650 });
        Reopen();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _open.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task An_object_lives_as_long_as_the_first_message_that_names_it()
    {
        await AddAsync("a");
        await SayAsync(Mid(1), ["a"]);
        await SayAsync(Mid(1), ["a"]);
        await SayAsync(Mid(2), ["a"]);
        Time.Advance(TimeSpan.FromDays(29));
        _open.Log.Tick();
        await FollowAsync();
        Assert.Equal(AttachmentState.Complete, State("a"));

        await DeleteAsync(Mid(2));
        await FollowAsync();
        Assert.Equal(AttachmentState.Complete, State("a"));
        var told = new TaskCompletionSource();
        _open.Log.ObjectsDoomed += told.SetResult;
        await DeleteAsync(Mid(1));
        Assert.Equal(AttachmentState.Doomed, State("a"));
        await told.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Theory]
    [InlineData("another key", "den", Owner, true)]
    [InlineData("a", "another room", Owner, true)]
    [InlineData("a", "room", "session:s2", true)]
    [InlineData("a", "room", Owner, false)]
    public async Task Nobody_makes_an_object_theirs_that_is_another_s_or_is_not_whole(
        string key,
        string channel,
        string owner,
        bool whole
    )
    {
        await AddAsync("a", channel, owner, whole);
        await SayAsync(Mid(1), [key]);
        Assert.Equal(1, Count("room IS NULL AND expires IS NULL"));
    }

    [Fact]
    public async Task What_the_app_announced_without_a_size_is_the_message_s_before_it_is_measured()
    {
        await AddAsync("a", whole: false, bytes: 0);
        await SayAsync(Mid(1), ["a"]);
        await RetryAsync(() => _log.CompleteAsync(_log.Find("a")!, 3));
        Assert.Equal(1, Count("room IS NOT NULL AND state = 1"));
        await DeleteAsync(Mid(1));
        Assert.Equal(AttachmentState.Doomed, State("a"));
    }

    [Fact]
    public async Task One_message_takes_up_to_twenty_along()
    {
        foreach (var n in Enumerable.Range(1, 3))
        {
            await AddAsync($"a{n}");
        }
        await SayAsync(Mid(1), ["a1", "a2", "a3"]);
        Assert.Equal(3, Count("room IS NOT NULL"));
        await DeleteAsync(Mid(1));
        Assert.Equal(3, Count("state = 2"));
    }

    [Theory]
    [InlineData("ttl")]
    [InlineData("age")]
    [InlineData("number")]
    [InlineData("off")]
    [InlineData("encrypted only")]
    [InlineData("closed")]
    public async Task It_goes_with_its_message_for_whatever_reason_that_goes(string reason)
    {
        var room = await RoomAsync();
        await ChooseAsync(HistoryChoice.None with { Mode = HistoryMode.On, Days = 40 });
        await AddAsync("a");
        await AddAsync("stays");
        await SayAsync(Mid(1), ["a"], reason == "encrypted only" ? "clear" : "E2EE:x", reason == "ttl" ? 60 : 0);
        await FollowAsync();
        Assert.Equal(AttachmentState.Complete, State("a"));
        switch (reason)
        {
            case "ttl":
                Time.Advance(TimeSpan.FromSeconds(60));
                break;
            case "age":
                Time.Advance(TimeSpan.FromDays(39.5));
                await SayAsync(Mid(2), ["stays"]);
                Time.Advance(TimeSpan.FromDays(1));
                break;
            case "number":
                await ChooseAsync(HistoryChoice.None with { Count = 1 });
                break;
            case "off":
                await ChooseAsync(HistoryChoice.None with { Mode = HistoryMode.Off });
                break;
            case "encrypted only":
                await ChooseAsync(HistoryChoice.None with { Mode = HistoryMode.Encrypted });
                break;
            default:
                var erased = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
                lock (room.Gate)
                {
                    Assert.True(room.TryErase(erased.SetResult));
                }
                Assert.True(await erased.Task);
                Assert.Equal(AttachmentState.Doomed, State("a"));
                return;
        }
        if (reason != "age")
        {
            await SayAsync(Mid(2), ["stays"]);
        }
        await UntilAsync(async () =>
        {
            _open.Log.Retention.Tick();
            await FollowAsync();
            return State("a") == AttachmentState.Doomed;
        });
        Assert.Equal(AttachmentState.Complete, State("stays"));
    }

    [Theory]
    [InlineData(0, 24 * 60)]
    [InlineData(600, 10)]
    [InlineData(600_000, 24 * 60)]
    public async Task Of_a_message_that_is_not_kept_it_stays_for_a_day_or_its_time_to_live(long ttl, int minutes)
    {
        await AddAsync("a");
        await SayAsync(Mid(1), ["a"], "clear", ttl);
        Time.Advance(TimeSpan.FromMinutes(minutes - 1));
        await RetryAsync(_log.ExpireAsync);
        await FollowAsync();
        Assert.Equal(AttachmentState.Complete, State("a"));
        Time.Advance(TimeSpan.FromMinutes(1));
        await RetryAsync(_log.ExpireAsync);
        Assert.Equal(AttachmentState.Doomed, State("a"));
    }

    [Fact]
    public async Task Of_a_message_that_is_not_kept_it_goes_at_once_when_that_is_deleted()
    {
        await AddAsync("a");
        await AddAsync("another's", owner: "session:s2");
        await SayAsync(Mid(1), ["a"], "clear");
        await SayAsync(Mid(1), ["another's"], "clear", sender: "s2");
        await DeleteAsync(Mid(1));
        Assert.Equal(AttachmentState.Doomed, State("a"));
        Assert.Equal(AttachmentState.Complete, State("another's"));
    }

    [Fact]
    public async Task What_comes_to_an_inbox_is_that_message_s()
    {
        await AddAsync("a");
        var inbox = (await _open.Log.OpenInboxAsync(await RoomAsync(), "trip:abcdef:BOB"))!;
        await SayAsync(Mid(1), ["a"], list: inbox);
        Assert.Equal(1, Count("room IS NOT NULL"));
        await FollowAsync();
        Assert.Equal(AttachmentState.Complete, State("a"));
    }

    [Fact]
    public async Task What_is_kept_keeps_its_objects_over_crashes_new_epochs_and_backups_that_are_put_back()
    {
        await AddAsync("a");
        await SayAsync(Mid(1), ["a"]);
        await SayAsync(Mid(2), [], "clear");
        _open.Crash();
        Reopen();
        await AddAsync("b");
        await SayAsync(Mid(3), ["b"]);
        Assert.Equal(2, Count("room IS NOT NULL", "DISTINCT epoch"));
        _open.Restart();
        Pages.BeginAnew(_open.Database);
        _open.Restart();
        Reopen();
        await AddAsync("c");
        await SayAsync(Mid(4), ["c"]);
        await ChooseAsync(HistoryChoice.None with { Days = 20 });
        _open.Log.Tick();
        await FollowAsync();
        Assert.Equal(3, Count("state = 1"));
    }

    [Fact]
    public async Task What_no_message_names_goes_after_some_days_and_what_nobody_goes_on_with_after_two()
    {
        await ChooseAsync(HistoryChoice.None with { Days = 100 });
        await AddAsync("named");
        await SayAsync(Mid(1), ["named"]);
        await AddAsync("unnamed");
        await AddAsync("begun", whole: false);
        await AddAsync("gone on with", whole: false);
        Time.Advance(TimeSpan.FromHours(47));
        await RetryAsync(_log.ExpireAsync);
        Assert.Equal(AttachmentState.Pending, State("begun"));
        await RetryAsync(() => _log.AskedAsync(_log.Find("gone on with")!));
        Time.Advance(TimeSpan.FromHours(2));
        await RetryAsync(_log.ExpireAsync);
        Assert.Equal(AttachmentState.Doomed, State("begun"));
        Assert.Equal(AttachmentState.Pending, State("gone on with"));
        Assert.Equal(AttachmentState.Complete, State("unnamed"));
        Time.Advance(TimeSpan.FromDays(30));
        await RetryAsync(_log.ExpireAsync);
        await FollowAsync();
        Assert.Equal(AttachmentState.Doomed, State("unnamed"));
        Assert.Equal(AttachmentState.Complete, State("named"));
    }

    [Fact]
    public async Task An_upload_is_kept_no_longer_than_an_object_that_nobody_names()
    {
        await AddAsync("begun", whole: false);
        for (var day = 0; day < 31; day++)
        {
            await RetryAsync(() => _log.AskedAsync(_log.Find("begun")!));
            await RetryAsync(_log.ExpireAsync);
            Time.Advance(TimeSpan.FromDays(1));
        }
        await RetryAsync(_log.ExpireAsync);
        Assert.Equal(AttachmentState.Doomed, State("begun"));
    }

    [Fact]
    public async Task Whoever_takes_it_over_has_it_and_counts_for_it_until_a_message_has_named_it()
    {
        async Task<bool> AdoptAsync(string id, string owner)
        {
            var isTheirs = false;
            await RetryAsync(async () => isTheirs = await _log.AdoptAsync(id, owner));
            return isTheirs;
        }
        await AddAsync("a");
        await AddAsync("b");
        Assert.True(await AdoptAsync("a", "session:s2"));
        Assert.True(await AdoptAsync("a", "session:s2"));
        Assert.Equal(2, _log.Totals().Count);
        Assert.Equal(1, Count("owner = 'session:s2'"));
        await SayAsync(Mid(1), ["a"]);
        Assert.Equal(0, Count("room IS NOT NULL"));
        await SayAsync(Mid(2), ["a"], sender: "s2");
        Assert.Equal(1, Count("room IS NOT NULL"));
        Assert.False(await AdoptAsync("a", Owner));
        await SayAsync(Mid(3), ["b"], "clear");
        Assert.False(await AdoptAsync("b", "session:s2"));
        await AddAsync("c");
        await RetryAsync(() => _log.DoomAsync("c"));
        Assert.False(await AdoptAsync("c", "session:s2"));
    }

    [Fact]
    public async Task Thousands_whose_messages_went_are_found_in_one_round()
    {
        await AddAsync("a");
        await RetryAsync(() =>
            _open.Log.Writer.RunAsync(batch =>
                batch.Patiently(changing =>
                    changing.Execute(
                        """
                        WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 2550)
                        INSERT INTO attachments (id, channel, object, bytes, part, owner, address, state, created, room, epoch, seq)
                        SELECT 'many-' || n, 'room', 'many-' || n, 1, 0, 'o', 'a', 1, 0, 1, 1, n FROM many
                        """
                    )
                )
            )
        );
        await FollowAsync();
        Assert.Equal(2_550, Count("state = 2"));
        Assert.Equal(AttachmentState.Complete, State("a"));
    }

    [Fact]
    public async Task An_object_is_removed_at_once_and_once_more_when_nobody_can_put_it_any_more()
    {
        await AddAsync("a");
        await RetryAsync(() => _log.DoomAsync("a"));
        Assert.Single(_log.Doomed(10));
        await RetryAsync(() => _log.SetRemovedAsync(_log.Doomed(10), _log.Settled));
        Assert.Empty(_log.Doomed(10));
        Assert.False(_log.Find("a")!.IsThere);
        Time.Advance(TimeSpan.FromMinutes(31));
        Assert.Single(_log.Doomed(10));
        await RetryAsync(() => _log.SetRemovedAsync(_log.Doomed(10), _log.Settled));
        Assert.Null(_log.Find("a"));
    }

    [Fact]
    public async Task Quotas_hold_for_room_identity_and_address()
    {
        async Task<bool> FitsAsync(string id, string channel, string owner, string address, long bytes)
        {
            var fits = false;
            await RetryAsync(async () => fits = await _log.AddAsync(New(id, channel, owner, false, bytes, address)));
            return fits;
        }
        Assert.True(await FitsAsync("1", "room", "o1", "a1", 500));
        Assert.False(await FitsAsync("2", "room", "o1", "a2", 1)); // the identity's day
        Assert.False(await FitsAsync("3", "room", "o2", "a1", 1)); // the address's day
        Assert.True(await FitsAsync("4", "room", "o2", "a2", 500));
        Assert.False(await FitsAsync("5", "room", "o3", "a3", 1)); // the room
        for (var i = 0; i < 10; i++)
        {
            Assert.True(await FitsAsync($"6{i}", "other", "o3", "a3", 1));
        }
        Assert.False(await FitsAsync("7", "other", "o3", "a3", 1)); // their number
        Assert.Equal((12, 1_010), _log.Totals());
        Time.Advance(TimeSpan.FromDays(1.1));
        Assert.True(await FitsAsync("8", "other", "o1", "a1", 500));
    }

    private static string Mid(int number) => $"mid-{number:D13}";

    private void Reopen() => _log = new AttachmentLog(_open.Database, _open.Log.Writer, s_quota, Time);

    private async Task<RoomLog> RoomAsync() => (await _open.Log.OpenAsync("room"))!;

    private Attachment New(
        string id,
        string channel,
        string owner,
        bool whole,
        long bytes,
        string address = "address"
    ) =>
        new(
            id,
            channel,
            id,
            bytes,
            null,
            null,
            0,
            owner,
            address,
            whole ? AttachmentState.Complete : AttachmentState.Pending,
            Time.GetUtcNow().ToUnixTimeMilliseconds()
        );

    private Task AddAsync(
        string key,
        string channel = "room",
        string owner = Owner,
        bool whole = true,
        long bytes = 10
    ) => RetryAsync(async () => Assert.True(await _log.AddAsync(New(key, channel, owner, whole, bytes))));

    private async Task SayAsync(
        string mid,
        string[] keys,
        string text = "E2EE:x",
        long ttl = 0,
        string sender = "s1",
        RoomLog? list = null
    ) =>
        await PlaceAsync(
            list ?? await RoomAsync(),
            done => new Draft
            {
                Frame = new Notice("chat").String("text", text),
                Kind = text.StartsWith("E2EE:", StringComparison.Ordinal) ? EventKind.Envelope : EventKind.Clear,
                Of = new Identity(sender, "", mid, text),
                Objects = new NamedObjects(keys, ["session:" + sender]),
                Ttl = ttl,
                Done = done,
            }
        );

    private async Task DeleteAsync(string mid) =>
        await PlaceAsync(
            await RoomAsync(),
            done => new Draft
            {
                Frame = new Notice("delete").String("target", mid),
                Kind = EventKind.Bare,
                Of = new Identity("s1", "", null, "", mid),
                Erases = new Identity("s1", "", mid, ""),
                Done = done,
            }
        );

    private async Task ChooseAsync(HistoryChoice choice) =>
        await PlaceAsync(
            await RoomAsync(),
            done => new Draft
            {
                Frame = new Notice("roomState"),
                Kind = EventKind.Bare,
                Of = Identity.Server,
                Choice = choice,
                Done = done,
            }
        );

    // A busy machine may let the database be late.
    private static Task PlaceAsync(RoomLog list, Func<Action<Outcome>, Draft> draft) =>
        UntilAsync(async () =>
        {
            var outcome = await OpenLog.AppendAsync(list, draft);
            Assert.True(outcome.Fault is null || outcome.Fault == Fault.Unavailable);
            return outcome.Fault is null;
        });

    private static Task RetryAsync(Func<Task> act) =>
        UntilAsync(async () =>
        {
            try
            {
                await act();
                return true;
            }
            catch (TimeoutException)
            {
                return false;
            }
        });

    private static async Task UntilAsync(Func<Task<bool>> isDone)
    {
        var patience = System.Diagnostics.Stopwatch.StartNew();
        while (!await isDone())
        {
            Assert.True(patience.Elapsed < TimeSpan.FromMinutes(2), "it did not come to that");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System); // the writer looks twice a second
        }
    }

    private Task FollowAsync() => RetryAsync(_log.FollowMessagesAsync);

    private AttachmentState State(string id) => _log.Find(id)!.State;

    private long Count(string where, string what = "*")
    {
        using var connection = _open.Database.Connect();
        using var statements = new Statements(connection);
        return statements.Query($"SELECT count({what}) FROM attachments WHERE {where}", row => row.GetInt64(0))[0];
    }
}

/// <summary>On SQLite.</summary>
public sealed class SqliteAttachmentLogTests : AttachmentLogTests
{
    private protected override OpenLog Open(HistoryRules? rules = null) => OpenLog.OnSqlite(Time, rules);
}

/// <summary>On PostgreSQL.</summary>
public sealed class PostgresAttachmentLogTests(PostgresServer server) : AttachmentLogTests
{
    private protected override OpenLog Open(HistoryRules? rules = null) => server.OpenLog(Time, rules);
}
