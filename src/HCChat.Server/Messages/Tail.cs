using HCChat.Server.Database;

namespace HCChat.Server.Messages;

/// <summary>Where a room's list ends in the course of one batch.</summary>
internal sealed class Tail
{
    private const long Day = 24 * 60 * 60 * 1000;

    private readonly RoomLog _log;
    private readonly MessageLog _messages;
    private readonly Dictionary<string, List<(Identity Of, Place Place)>> _new = [];
    private readonly Tail? _room;
    private long _lastUnkept;

    private Tail(RoomLog log, MessageLog messages, Tail? room)
    {
        _log = log;
        _room = room;
        _messages = messages;
        Head = log.Head;
        Stored = log.Stored;
        _lastUnkept = log.LastUnkept;
    }

    /// <summary>The newest number.</summary>
    public long Head { get; private set; }

    /// <summary>What the database has once the batch is committed.</summary>
    public StoredRoom Stored { get; private set; }

    /// <summary>What is kept from here on; in an inbox what its room keeps.</summary>
    public HistoryPolicy Policy => _room?.Policy ?? _messages.Rules.Of(Stored.Choice);

    /// <summary>Server clock, ms since 1970.</summary>
    public long Now => _messages.Now;

    /// <summary>The tail of that list in that batch; if need be the database is asked first what it has.</summary>
    public static Tail Of(RoomLog log, Batch batch) =>
        batch.Note(
            log,
            () =>
            {
                if (log.IsUncertain)
                {
                    Pages.Restore(log, batch.Reading);
                }
                return new Tail(log, log.Messages, log.Room is { } room ? Of(room, batch) : null);
            }
        );

    /// <summary>Judges against what this batch and the database have; null when the message is new.</summary>
    public Outcome? Judge(Draft draft, Batch batch)
    {
        if (draft.Of.Mid is not { } mid)
        {
            return null;
        }
        lock (_log.Gate)
        {
            if (_log.Judge(draft) is { } known)
            {
                return known;
            }
        }
        foreach (var (of, place) in _new.GetValueOrDefault(mid) ?? [])
        {
            if (draft.Repeats(of.Sender, of.Body) is { } same)
            {
                return Verdict(same, place);
            }
        }
        if (Stored.Id == 0)
        {
            return null;
        }
        var found = batch.Reading.Query(
            """
            SELECT m.sender, m.body, e.name, m.seq, m.time FROM messages m
            JOIN epochs e ON e.room = m.room AND e.number = m.epoch WHERE m.room = @1 AND m.mid = @2
            """,
            row =>
                (
                    Sender: StoredText.Read(row.GetString(0)),
                    Body: row.GetString(1),
                    Place: new Place(row.GetString(2), row.GetInt64(3), row.GetInt64(4), true)
                ),
            Stored.Id,
            StoredText.Of(mid)
        );
        foreach (var (sender, body, place) in found)
        {
            if (draft.Repeats(sender, body) is { } same)
            {
                return Verdict(same, place);
            }
        }
        return null;
    }

    /// <summary>Whether that event is kept.</summary>
    public bool Keeps(Draft draft) =>
        Policy.Keeps(draft.Kind) && (draft.Kind != EventKind.Bare || Stored.Exists || draft.Choice is not null);

    /// <summary>Gives the event a row.</summary>
    public void Keep(Batch batch, Draft draft, LogEvent happened)
    {
        Take(happened);
        EnsureRoom(batch);
        var floor = Math.Max(Stored.Floor, Math.Max(_log.Floor, _lastUnkept));
        var isThere =
            Stored.Exists
            && batch.Changing.Execute(
                "UPDATE epochs SET head = @1, floor = CASE WHEN floor > @2 THEN floor ELSE @2 END, unproven = 0 WHERE room = @3 AND number = @4",
                happened.Seq,
                floor,
                Stored.Id,
                Stored.EpochNumber
            ) > 0;
        if (!isThere)
        {
            Claim(batch);
            batch.Changing.Execute(
                "INSERT INTO epochs (room, number, name, head, floor, unproven) VALUES (@1, @2, @3, @4, @5, 0)",
                Stored.Id,
                Stored.EpochNumber,
                Stored.Epoch,
                happened.Seq,
                floor
            );
        }
        Stored = Stored with { Exists = true, Head = happened.Seq, Floor = floor, Unproven = false };
        var age = happened.Time + Policy.Days * Day;
        var frame = draft.KeptFrame is { } less ? _log.Encode(less, happened.Seq, happened.Time) : happened.Frame;
        batch.Changing.Execute(
            """
            INSERT INTO messages (room, epoch, seq, kind, time, dies, expires, sender, trip, mid, body, target, frame)
            VALUES (@1, @2, @3, @4, @5, @6, @7, @8, @9, @10, @11, @12, @13)
            """,
            Stored.Id,
            Stored.EpochNumber,
            happened.Seq,
            (long)draft.Kind,
            happened.Time,
            happened.Dies,
            Math.Min(happened.Dies ?? age, age),
            StoredText.Of(draft.Of.Sender),
            draft.Of.Trip,
            StoredText.Of(draft.Of.Mid),
            draft.Of.Body,
            StoredText.Of(draft.Of.Target),
            System.Text.Encoding.UTF8.GetString(frame)
        );
        _messages.Retention.Touch(Stored.Id, Policy.Count);
    }

    /// <summary>Lets an event by that only memory has.</summary>
    public void Pass(Batch batch, LogEvent happened)
    {
        Take(happened);
        _lastUnkept = happened.Seq;
        if (Stored is { Exists: true, Unproven: false })
        {
            batch.Changing.Execute(
                "UPDATE epochs SET unproven = 1 WHERE room = @1 AND number = @2",
                Stored.Id,
                Stored.EpochNumber
            );
            Stored = Stored with { Unproven = true };
        }
    }

    /// <summary>Changes the room's settings. What is read follows at once, the rows behind it piece by piece.</summary>
    public void Choose(Batch batch, HistoryChoice choice, Losses losses)
    {
        EnsureRoom(batch);
        choice = Stored.Choice.With(choice);
        Stored = Stored with { Choice = choice };
        var policy = Policy;
        if (policy.Mode == HistoryMode.Off)
        {
            DropAll(batch);
            return;
        }
        batch.Changing.Execute(
            "UPDATE rooms SET mode = @1, days = @2, most = @3, ttl = @4 WHERE id = @5",
            choice.Mode is { } mode ? HistoryPolicy.Name(mode) : null,
            choice.Days,
            choice.Count,
            choice.Ttl,
            Stored.Id
        );
        Reapply.Piece(batch, Stored.Id, policy, until: null, (0, 0), losses);
        _messages.Retention.Touch(Stored.Id, Policy.Count);
    }

    // The room's rows stay behind under the old key, for whoever removes them; inboxes are small, and their lists go on.
    private void DropAll(Batch batch)
    {
        Removal.Detach(batch, "id = @1", Stored.Id);
        Stored = Stored with { Id = StoredRoom.NewId(), Exists = false, Unproven = false };
        InsertRoom(batch);
        const string inboxes = "room IN (SELECT id FROM rooms WHERE channel = @1)";
        var channel = StoredText.Of(_log.Channel);
        batch.Patiently(changing => changing.Execute($"DELETE FROM messages WHERE {inboxes}", channel));
        batch.Changing.Execute($"UPDATE epochs SET floor = head WHERE {inboxes}", channel);
        Removal.Remove(batch);
    }

    private void Take(LogEvent happened)
    {
        Head = happened.Seq;
        if (happened.Of.Mid is { } mid)
        {
            if (!_new.TryGetValue(mid, out var same))
            {
                _new.Add(mid, same = []);
            }
            same.Add((happened.Of, new Place(happened.Epoch, happened.Seq, happened.Time, happened.Durable)));
        }
    }

    private void EnsureRoom(Batch batch)
    {
        if (Stored.Id != 0)
        {
            return;
        }
        Stored = Stored with { Id = StoredRoom.NewId() };
        InsertRoom(batch);
    }

    // It may have been put away as unused in the moment in which it was opened; then its key is nobody's.
    private void Claim(Batch batch)
    {
        var isThere = batch.Changing.Execute(
            "UPDATE rooms SET used = @1 WHERE id = @2 AND channel = @3",
            Now,
            Stored.Id,
            StoredText.Of(_log.Channel)
        );
        if (isThere == 0)
        {
            Stored = Stored with { Id = StoredRoom.NewId() };
            InsertRoom(batch);
        }
    }

    private void InsertRoom(Batch batch) =>
        batch.Changing.Execute(
            """
            INSERT INTO rooms (id, channel, owner, mode, days, most, ttl, used, applied) VALUES (@1, @2, @3, @4, @5, @6, @7, @8, @9)
            """,
            Stored.Id,
            StoredText.Of(_log.Channel),
            StoredText.Of(_log.Owner),
            Stored.Choice.Mode is { } mode ? HistoryPolicy.Name(mode) : null,
            Stored.Choice.Days,
            Stored.Choice.Count,
            Stored.Choice.Ttl,
            Now,
            Reapply.Mark(Policy)
        );

    private static Outcome Verdict(bool same, Place place) =>
        same ? new Outcome(null, place, null) : new Outcome(HCChat.Protocol.Fault.Conflict, null, null);
}
