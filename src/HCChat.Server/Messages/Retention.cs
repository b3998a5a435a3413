using System.Collections.Concurrent;
using HCChat.Server.Database;

namespace HCChat.Server.Messages;

/// <summary>Removes what is over: by time every second, by number every minute, rooms and sessions without anything every hour.</summary>
internal sealed class Retention(MessageLog messages, bool postgres)
{
    private readonly ConcurrentDictionary<long, bool> _touched = new();
    private long _ticks;
    private int _sweeping;

    /// <summary>Something was added to a room.</summary>
    public void Touch(long room) => _touched[room] = true;

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

        /// <summary>Rows that go at a time: others wait for the same thread.</summary>
        private const long MaxRows = 2_000;

        private readonly List<(long Room, long Epoch, long Seq)> _floors = [];
        private readonly long _now = owner.Messages.Now;

        public override void Apply(Batch batch)
        {
            ByTime(batch);
            if (byNumber)
            {
                foreach (var room in owner._touched.Keys)
                {
                    owner._touched.TryRemove(room, out _);
                    batch.Patiently(_ => ByNumber(batch, room));
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
            foreach (var (room, epoch, seq) in _floors)
            {
                owner.Lists.FirstOrDefault(log => log.Stored.Id == room)?.Raise(epoch, seq);
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
            Raise(
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

        private void ByNumber(Batch batch, long room)
        {
            var choice = batch.Reading.Query(
                "SELECT most FROM rooms WHERE id = @1",
                row => row.IsDBNull(0) ? (long?)null : row.GetInt64(0),
                room
            );
            if (choice.Count == 0)
            {
                return;
            }
            batch.Changing.Execute("UPDATE rooms SET used = @1 WHERE id = @2", _now, room);
            var most = owner.Messages.Rules.Of(new HistoryChoice(null, null, choice[0], null)).Count;
            var surplus = batch.Reading.Query(
                """
                SELECT epoch, seq FROM messages WHERE room = @1 AND frame IS NOT NULL
                ORDER BY epoch DESC, seq DESC LIMIT 1 OFFSET @2
                """,
                row => (room, row.GetInt64(0), row.GetInt64(1)),
                room,
                most
            );
            if (surplus.Count == 0)
            {
                return;
            }
            batch.Forgets = true;
            Raise(batch, surplus);
            batch.Changing.Execute(
                """
                UPDATE messages SET frame = NULL, expires = time + @4
                WHERE room = @1 AND frame IS NOT NULL AND (epoch < @2 OR (epoch = @2 AND seq <= @3))
                """,
                room,
                surplus[0].Item2,
                surplus[0].Item3,
                Day
            );
        }

        private void Raise(Batch batch, List<(long Room, long Epoch, long Seq)> floors)
        {
            foreach (var (room, epoch, seq) in floors)
            {
                batch.Changing.Execute(
                    "UPDATE epochs SET floor = @1 WHERE room = @2 AND number = @3 AND floor < @1",
                    seq,
                    room,
                    epoch
                );
            }
            _floors.AddRange(floors);
        }

        // Rooms of which nothing is kept any more and that nobody has used for as long as things are kept; epochs that are history in both senses.
        private void Empties(Batch batch)
        {
            var open = owner.Lists.Select(log => log.Stored.Id).ToHashSet();
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
            batch.Changing.Execute(
                """
                DELETE FROM epochs WHERE number < (SELECT max(number) FROM epochs newer WHERE newer.room = epochs.room)
                AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.room = epochs.room AND m.epoch = epochs.number)
                """
            );
            batch.Changing.Execute("DELETE FROM sessions WHERE expires <= @1", _now);
            batch.Changing.Execute(
                "DELETE FROM tokens WHERE NOT EXISTS (SELECT 1 FROM sessions WHERE id = tokens.session)"
            );
            if (!owner.Postgres)
            {
                batch.Changing.Execute("PRAGMA incremental_vacuum(2000)");
            }
        }
    }

    private MessageLog Messages => messages;

    private IEnumerable<RoomLog> Lists => messages.Open.SelectMany(ListsOf);

    private bool Postgres => postgres;

    private static List<RoomLog> ListsOf(RoomLog room)
    {
        lock (room.Gate)
        {
            return [room, .. room.Inboxes];
        }
    }
}
