using System.Collections.Concurrent;
using System.Data.Common;
using HCChat.Server.Database;

namespace HCChat.Server.Messages;

/// <summary>All lists of this server, and what is kept of them.</summary>
internal sealed class MessageLog : IDisposable
{
    private readonly SqlDatabase _database;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, RoomLog> _open = new(StringComparer.Ordinal);
    private long _closed;

    public MessageLog(SqlDatabase database, Writer writer, HistoryRules rules, TimeProvider time)
    {
        _database = database;
        _time = time;
        Writer = writer;
        Rules = rules;
        Retention = new Retention(this, database.IsPostgres);
        writer.Recovered += Recheck;
    }

    public Writer Writer { get; }

    public HistoryRules Rules { get; }

    public Retention Retention { get; }

    public RingBudget Budget { get; } = new();

    /// <summary>Server clock, ms since 1970.</summary>
    public long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>A moment's view of the rooms' lists in memory.</summary>
    public ICollection<RoomLog> Open => _open.Values;

    /// <summary>The same with their inboxes.</summary>
    public IEnumerable<RoomLog> Lists => Open.SelectMany(ListsOf);

    /// <summary>There are objects that nobody may have any more. Raised on the writer's thread.</summary>
    public event Action? ObjectsDoomed;

    /// <summary>Raises <see cref="ObjectsDoomed"/>.</summary>
    public void TellDoomed() => ObjectsDoomed?.Invoke();

    /// <summary>What the database keeps, in numbers.</summary>
    public Stored Measure() => Stored.Of(_database);

    /// <summary>The list of a room; null when the database, which may know of it, does not answer.</summary>
    public async ValueTask<RoomLog?> OpenAsync(string channel)
    {
        while (true)
        {
            if (_open.TryGetValue(channel, out var open))
            {
                return open;
            }
            var closed = Volatile.Read(ref _closed);
            if (await LoadAsync(channel, "") is not { } stored)
            {
                return null;
            }
            // What was read may be older than a list that has been opened and closed meanwhile.
            if (closed == Volatile.Read(ref _closed))
            {
                return _open.GetOrAdd(
                    channel,
                    static (key, a) => new RoomLog(a.log, key, a.stored),
                    (log: this, stored)
                );
            }
        }
    }

    /// <summary>The inbox of somebody in a room; null when the database does not answer.</summary>
    /// <param name="room">The room's list.</param>
    /// <param name="owner">Who.</param>
    public async ValueTask<RoomLog?> OpenInboxAsync(RoomLog room, string owner)
    {
        lock (room.Gate)
        {
            if (room.Inbox(owner) is { } open)
            {
                return open;
            }
        }
        if (await LoadAsync(room.Channel, owner) is not { } stored)
        {
            return null;
        }
        lock (room.Gate)
        {
            return room.Inbox(owner, stored);
        }
    }

    /// <summary>Lets go of a list that can be forgotten. Under its gate, and nobody may use it afterwards.</summary>
    public void Close(RoomLog log)
    {
        Interlocked.Increment(ref _closed);
        _open.TryRemove(KeyValuePair.Create(log.Channel, log));
    }

    /// <summary>A part of a list; null when it cannot be read now.</summary>
    /// <param name="log">The list.</param>
    /// <param name="range">The part.</param>
    /// <param name="to">Not above this number, when the asker gets what is above in another way.</param>
    public async Task<Page?> ReadAsync(RoomLog log, Range range, long? to = null, bool keptOnly = false)
    {
        StoredRoom stored;
        long head;
        long oldest;
        HistoryPolicy policy;
        List<LogEvent>? memory = null;
        List<LogEvent> unkept;
        lock (log.Gate)
        {
            (stored, policy) = (log.Stored, log.Policy);
            (head, oldest) = (Math.Min(log.Head, to ?? long.MaxValue), log.Floor + 1);
            unkept = keptOnly ? [] : log.Unkept(range.Since + 1 ?? 1, head);
            if (range.Epoch is null || range.Epoch == stored.Epoch)
            {
                if (range.Since is { } since && (since < oldest - 1 || since > head))
                {
                    return Lost(stored.Epoch, oldest, head);
                }
                memory = keptOnly ? null : log.InMemory(range.Since + 1 ?? 1, Last(range, head));
            }
        }
        try
        {
            if (memory is not null)
            {
                return await CutAsync(null, stored, range, memory, oldest, head);
            }
            await using var connection = await ConnectAsync();
            if (range.Epoch is not null && range.Epoch != stored.Epoch)
            {
                var earlier = stored.Id == 0 ? null : await Pages.EpochAsync(connection, stored, range.Epoch);
                if (earlier is null || range.Since > earlier.Head)
                {
                    return Lost(stored.Epoch, oldest, head);
                }
                (stored, head, oldest, unkept) = (earlier, earlier.Head, earlier.Floor + 1, []);
            }
            var backwards = range.Since is null;
            var last = Last(range, head);
            var kept =
                stored.Id == 0
                    ? []
                    : await Pages.ReadAsync(
                        connection,
                        stored,
                        policy,
                        range.Since + 1 ?? 1,
                        last,
                        range.Limit + 1,
                        backwards,
                        Now
                    );
            List<LogEvent> all = [.. kept.Concat(unkept.Where(e => e.Seq <= last)).OrderBy(e => e.Seq)];
            return await CutAsync(connection, stored, range, all, oldest, head);
        }
        catch (Exception e) when (_database.Classify(e) is not null)
        {
            return null;
        }
    }

    /// <summary>Whose messages of that id are, the oldest first; null when it cannot be said now.</summary>
    public async Task<IReadOnlyList<Identity>?> AuthorsAsync(RoomLog log, string mid)
    {
        StoredRoom stored;
        List<Identity> known;
        lock (log.Gate)
        {
            stored = log.Stored;
            known = [.. log.Known(mid)];
        }
        if (!stored.Exists)
        {
            return known;
        }
        try
        {
            await using var connection = await ConnectAsync();
            var kept = await Pages.AuthorsAsync(connection, stored, mid, Now);
            // What memory does not know any more is older than what it knows.
            return [.. kept.Where(k => !known.Exists(n => n.Sender == k.Sender)), .. known];
        }
        catch (Exception e) when (_database.Classify(e) is not null)
        {
            return null;
        }
    }

    /// <summary>What a second brings: memory is trimmed, kept events that are over go.</summary>
    public void Tick()
    {
        foreach (var log in Open)
        {
            lock (log.Gate)
            {
                log.Trim(everything: Budget.IsExceeded);
            }
        }
        Retention.Tick();
    }

    /// <summary>Writes down where everything stands. What is queued has gone before.</summary>
    public void Dispose()
    {
        foreach (var log in Open)
        {
            lock (log.Gate)
            {
                log.Seal();
            }
        }
        Writer.Dispose();
    }

    private static long Last(Range range, long head) => Math.Min(head, range.Before - 1 ?? long.MaxValue);

    private static Page Lost(string epoch, long oldest, long head) =>
        new(epoch, false, 0, 0, [], false, null, oldest, head);

    // As many of the events as a page may have, and what the page then covers.
    private async Task<Page> CutAsync(
        DbConnection? connection,
        StoredRoom stored,
        Range range,
        List<LogEvent> events,
        long oldest,
        long head
    )
    {
        var backwards = range.Since is null;
        var last = Last(range, head);
        var (taken, bytes) = (0, 0);
        for (; taken < events.Count && taken < range.Limit; taken++)
        {
            bytes += events[backwards ? ^(taken + 1) : taken].Frame.Length;
            if (bytes > Pages.MaxBytes && taken > 0)
            {
                break;
            }
        }
        var more = taken < events.Count;
        var page = backwards ? events[^taken..] : events[..taken];
        var from = range.Since + 1 ?? (more ? page[0].Seq : 1);
        var to = backwards || !more ? last : page[^1].Seq;
        string? previous = null;
        if (backwards && !more && stored.EpochNumber > 1)
        {
            await using var opened = connection is null ? await ConnectAsync() : null;
            previous = await Pages.PreviousAsync(connection ?? opened!, stored, Now);
        }
        return new Page(stored.Epoch, true, from, to, [.. page.Select(e => e.Frame)], more, previous, oldest, head);
    }

    /// <summary>Takes as long as looking for a room that is not there.</summary>
    public Task LookInVainAsync() => LoadAsync("", "");

    private async Task<StoredRoom?> LoadAsync(string channel, string owner)
    {
        try
        {
            await using var connection = await ConnectAsync();
            using var statements = new Statements(connection);
            return Pages.Load(statements, channel, owner);
        }
        catch (Exception e) when (_database.Classify(e) is not null)
        {
            return null;
        }
    }

    // While the writer finds nobody there, readers need not wait for their own time-out.
    private Task<DbConnection> ConnectAsync() =>
        Writer.IsDown && _database.IsPostgres ? throw new TimeoutException() : _database.ConnectAsync();

    private static List<RoomLog> ListsOf(RoomLog room)
    {
        lock (room.Gate)
        {
            return [room, .. room.Inboxes];
        }
    }

    private void Recheck()
    {
        foreach (var log in Open)
        {
            lock (log.Gate)
            {
                log.Recheck();
            }
        }
    }
}
