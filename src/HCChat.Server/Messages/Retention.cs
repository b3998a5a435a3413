using System.Collections.Concurrent;
using HCChat.Server.Database;

namespace HCChat.Server.Messages;

/// <summary>Removes what is over: by time every second, by number every second or minute, rooms and sessions without anything every hour.</summary>
internal sealed class Retention(MessageLog messages, bool postgres)
{
    // Lists that were added to: whether the last look left more to remove, and how many events they may keep.
    private readonly ConcurrentDictionary<long, (bool More, long Most)> _touched = new();
    private long _ticks;
    private int _sweeping;

    /// <summary>Something was added to a list.</summary>
    /// <param name="list">Its key.</param>
    /// <param name="most">How many events it may keep.</param>
    public void Touch(long list, long most) =>
        _touched.AddOrUpdate(list, (false, most), (_, touched) => touched with { Most = most });

    /// <summary>Called every second.</summary>
    public void Tick()
    {
        var tick = _ticks++;
        if (Interlocked.CompareExchange(ref _sweeping, 1, 0) != 0)
        {
            return;
        }
        var sweep = new Sweep(this, byNumber: tick % 60 == 0, empties: tick % 3600 == 0);
        if (!messages.Writer.TryEnqueue(sweep))
        {
            Volatile.Write(ref _sweeping, 0);
        }
    }

    private sealed class Sweep(Retention owner, bool byNumber, bool empties) : Write
    {
        private const long Day = 24 * 60 * 60 * 1000;

        private const long MaxRows = Removal.MaxRows;

        /// <summary>So many events are counted in no time.</summary>
        private const long Few = 1_000;

        private readonly Losses _losses = new();
        private readonly List<(long Room, bool More)> _counted = [];
        private readonly long _now = owner.Messages.Now;

        public override void Apply(Batch batch)
        {
            ByTime(batch);
            foreach (var (room, (more, most)) in owner._touched)
            {
                // Many take long to count, and are counted every minute; of a few a look is taken every second.
                if (byNumber || more || most <= Few)
                {
                    batch.Patiently(_ => ByNumber(batch, room, lasting: byNumber || more));
                }
            }
            if (empties)
            {
                batch.Patiently(_ => Empties(batch));
            }
        }

        public override void Finish(Failure? failure)
        {
            Volatile.Write(ref owner._sweeping, 0);
            if (failure is not null)
            {
                return;
            }
            _losses.Tell(owner.Messages);
            foreach (var (room, more) in _counted)
            {
                if (more)
                {
                    owner._touched.AddOrUpdate(room, (true, 0), (_, touched) => touched with { More = true });
                }
                else
                {
                    owner._touched.TryRemove(room, out _);
                }
            }
            if (empties)
            {
                owner.Messages.Writer.TryEnqueue(new Removal(owner.Messages.Writer));
                owner.Messages.Writer.TryEnqueue(new Reapply(owner.Messages, channel: null));
            }
        }

        private void ByTime(Batch batch)
        {
            var due = batch.Reading.Query("SELECT 1 FROM messages WHERE expires <= @1 LIMIT 1", _ => true, _now);
            if (due.Count > 0)
            {
                batch.Forgets = true;
                batch.Patiently(_ => RemoveDue(batch));
            }
        }

        private void RemoveDue(Batch batch)
        {
            // What is about a message that disappears has its content, or tells of it: it goes with it.
            batch.Changing.Execute(
                """
                UPDATE messages SET frame = NULL, expires = time + @2 WHERE (room, epoch, seq) IN
                  (SELECT t.room, t.epoch, t.seq FROM messages m JOIN messages t ON t.room = m.room AND t.target = m.mid
                   WHERE m.expires <= @1 AND m.dies <= @1 AND m.frame IS NOT NULL AND t.frame IS NOT NULL)
                """,
                _now,
                Day
            );
            // What went by its own wish leaves no loss; what went for age does.
            _losses.Add(
                batch,
                batch.Reading.Query(
                    """
                    SELECT room, epoch, max(seq) FROM messages
                    WHERE expires <= @1 AND frame IS NOT NULL AND (dies IS NULL OR dies > expires) GROUP BY room, epoch
                    """,
                    row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)),
                    _now
                )
            );
            // The id is remembered for a day.
            batch.Changing.Execute(
                """
                UPDATE messages SET frame = NULL, expires = time + @2 WHERE (room, epoch, seq) IN
                  (SELECT room, epoch, seq FROM messages WHERE expires <= @1 AND frame IS NOT NULL AND time > @1 - @2 LIMIT @3)
                """,
                _now,
                Day,
                MaxRows
            );
            batch.Changing.Execute(
                """
                DELETE FROM messages WHERE (room, epoch, seq) IN
                  (SELECT room, epoch, seq FROM messages WHERE expires <= @1 AND (frame IS NULL OR time <= @1 - @2) LIMIT @3)
                """,
                _now,
                Day,
                MaxRows
            );
        }

        private void ByNumber(Batch batch, long room, bool lasting)
        {
            var choice = batch.Reading.Query(
                "SELECT most FROM rooms WHERE id = @1",
                row => row.IsDBNull(0) ? (long?)null : row.GetInt64(0),
                room
            );
            if (choice.Count == 0)
            {
                _counted.Add((room, false));
                return;
            }
            var most = owner.Messages.Rules.Of(new HistoryChoice(null, null, choice[0], null)).Count;
            if (lasting)
            {
                batch.Changing.Execute("UPDATE rooms SET used = @1 WHERE id = @2", _now, room);
            }
            var surplus = MayExceed(batch, room, most)
                ? batch.Reading.Query(
                    """
                    SELECT epoch, seq FROM messages WHERE room = @1 AND frame IS NOT NULL
                    ORDER BY epoch DESC, seq DESC LIMIT 1 OFFSET @2
                    """,
                    row => (room, row.GetInt64(0), row.GetInt64(1)),
                    room,
                    most
                )
                : [];
            if (surplus.Count == 0)
            {
                if (lasting)
                {
                    _counted.Add((room, false));
                }
                return;
            }
            batch.Forgets = true;
            _losses.Add(batch, surplus);
            var removed = batch.Changing.Execute(
                """
                UPDATE messages SET frame = NULL, expires = time + @4 WHERE (room, epoch, seq) IN (SELECT room, epoch, seq FROM messages
                  WHERE room = @1 AND frame IS NOT NULL AND (epoch, seq) <= (@2, @3) ORDER BY epoch, seq LIMIT @5)
                """,
                room,
                surplus[0].Item2,
                surplus[0].Item3,
                Day,
                MaxRows
            );
            if (lasting || removed == MaxRows)
            {
                _counted.Add((room, removed == MaxRows));
            }
        }

        // Numbers have no gaps: from the first to the last of one epoch there are not more rows than numbers. Counting them takes longer.
        private static bool MayExceed(Batch batch, long room, long most)
        {
            List<(long Epoch, long Seq)> End(string order) =>
                batch.Reading.Query(
                    $"SELECT epoch, seq FROM messages WHERE room = @1 ORDER BY epoch {order}, seq {order} LIMIT 1",
                    row => (row.GetInt64(0), row.GetInt64(1)),
                    room
                );
            return End("ASC") is [var first]
                && End("DESC") is [var last]
                && (first.Epoch < last.Epoch || last.Seq - first.Seq >= most);
        }

        // Rooms of which nothing is kept any more and that nobody has used for as long as things are kept; epochs that are history in both senses.
        private void Empties(Batch batch)
        {
            var open = owner.Messages.Lists.Select(log => log.Stored.Id).ToHashSet();
            var unused = batch.Reading.Query(
                """
                SELECT id FROM rooms WHERE NOT EXISTS (SELECT 1 FROM messages WHERE room = id)
                AND (used <= @1 OR (mode IS NULL AND days IS NULL AND most IS NULL AND ttl IS NULL)) LIMIT @2
                """,
                row => row.GetInt64(0),
                _now - owner.Messages.Rules.Default.Days * Day,
                MaxRows
            );
            foreach (var room in unused.Where(r => !open.Contains(r)))
            {
                batch.Changing.Execute("DELETE FROM epochs WHERE room = @1", room);
                batch.Changing.Execute("DELETE FROM rooms WHERE id = @1", room);
            }
            Sessions(batch, open);
            batch.Changing.Execute(
                """
                DELETE FROM epochs WHERE number < (SELECT max(number) FROM epochs newer WHERE newer.room = epochs.room)
                AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.room = epochs.room AND m.epoch = epochs.number)
                """
            );
            if (!owner.Postgres)
            {
                batch.Changing.Execute("PRAGMA incremental_vacuum(2000)");
            }
        }

        // With a session go its tokens, its seats and its inboxes: nobody can come for them any more.
        private void Sessions(Batch batch, HashSet<long> open)
        {
            foreach (var table in new[] { "sessions", "bans", "invites" })
            {
                batch.Changing.Execute($"DELETE FROM {table} WHERE expires <= @1", _now);
            }
            foreach (var table in new[] { "tokens", "seats" })
            {
                batch.Changing.Execute(
                    $"DELETE FROM {table} WHERE NOT EXISTS (SELECT 1 FROM sessions WHERE id = {table}.session)"
                );
            }
            var inboxes = batch.Reading.Query(
                """
                SELECT id FROM rooms WHERE owner LIKE 'session:%' AND used <= @1
                AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = substr(rooms.owner, 9)) LIMIT @2
                """,
                row => row.GetInt64(0),
                _now - Day,
                MaxRows
            );
            foreach (var inbox in inboxes.Where(i => !open.Contains(i)))
            {
                Removal.Detach(batch, "id = @1", inbox);
            }
        }
    }

    private MessageLog Messages => messages;

    private bool Postgres => postgres;
}
