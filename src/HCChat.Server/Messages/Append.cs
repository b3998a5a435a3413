using HCChat.Protocol;
using HCChat.Server.Database;

namespace HCChat.Server.Messages;

/// <summary>Gives one event its number and, if it is to be kept, its row.</summary>
internal sealed class Append(RoomLog log, Draft draft) : Write
{
    private Outcome _outcome;
    private StoredRoom? _stored;
    private Losses? _losses;
    private bool _dooms;

    public override int Size => draft.Size;

    public override void Apply(Batch batch)
    {
        var tail = Tail.Of(log, batch);
        if (tail.Judge(draft, batch) is { } judged)
        {
            _outcome = judged;
            return;
        }
        if (!draft.Objects.AreThere(batch.Reading, log.Channel))
        {
            _outcome = new Outcome(Fault.ObjectGone, null, null);
            return;
        }
        if (draft.Choice is { } choice)
        {
            batch.Forgets = true;
            tail.Choose(batch, choice, _losses = new Losses());
        }
        if (draft.Erases is { } erased)
        {
            _dooms = NamedObjects.Doom(batch, log, tail.Stored.Id, erased);
            if (tail.Stored.Exists)
            {
                batch.Forgets = true;
                Erase(batch, tail.Stored.Id, erased);
            }
        }
        var happened = log.Make(draft, tail.Head + 1, tail.Now, tail.Keeps(draft));
        if (happened.Durable)
        {
            tail.Keep(batch, draft, happened);
        }
        else
        {
            tail.Pass(batch, happened);
        }
        draft.Objects.Bind(batch, log.Channel, tail.Stored, happened);
        _outcome = new Outcome(null, null, happened);
        _stored = tail.Stored;
    }

    public override void Finish(Failure? failure)
    {
        if (failure is null)
        {
            _losses?.Tell(log.Messages);
            if (_dooms)
            {
                log.Messages.TellDoomed();
            }
        }
        log.Finish(
            draft,
            failure switch
            {
                null => _outcome,
                Failure.Full => new Outcome(Fault.StorageFull, null, null),
                _ => new Outcome(Fault.Unavailable, null, null),
            },
            failure is null ? _stored : null
        );
    }

    // The message, its edits, and what else says that it is about it. The rows stay for a day, without frames, so that the ids are known.
    private static void Erase(Batch batch, long room, Identity erased) =>
        batch.Changing.Execute(
            """
            UPDATE messages SET frame = NULL, expires = time + 86400000
            WHERE room = @1 AND frame IS NOT NULL AND ((mid = @2 AND sender = @3) OR target = @2)
            """,
            room,
            StoredText.Of(erased.Mid),
            StoredText.Of(erased.Sender)
        );
}

/// <summary>Looks at what the database has, after a commit of which nobody knows whether it happened.</summary>
internal sealed class Recheck(RoomLog log) : Write
{
    public override void Apply(Batch batch) => Tail.Of(log, batch);

    public override void Finish(Failure? failure) => log.Finish(stored: null);
}

/// <summary>Writes down where an epoch stands when memory lets go of it.</summary>
internal sealed class Seal(RoomLog log, long head, long floor) : Write
{
    private StoredRoom? _stored;

    public override void Apply(Batch batch)
    {
        var tail = Tail.Of(log, batch);
        batch.Changing.Execute(
            "UPDATE epochs SET head = @1, floor = CASE WHEN floor > @2 THEN floor ELSE @2 END, unproven = 0 WHERE room = @3 AND number = @4",
            head,
            floor,
            tail.Stored.Id,
            tail.Stored.EpochNumber
        );
        _stored = tail.Stored with { Head = head, Floor = floor, Unproven = false };
    }

    public override void Finish(Failure? failure) => log.Finish(failure is null ? _stored : null, failure is not null);
}

/// <summary>Makes a room and the inboxes in it nobody's, and removes what belongs to it. The events of a large one take a while to be gone.</summary>
internal sealed class Erasure(RoomLog log, Action<bool> done) : Write
{
    // Whatever else is known of a room by its name.
    private static readonly string[] s_tables = ["seats", "rules", "roles", "bans", "invites"];

    private bool _more;

    public override void Apply(Batch batch)
    {
        var channel = StoredText.Of(log.Channel);
        Removal.Detach(batch, "channel = @1", channel);
        foreach (var table in s_tables)
        {
            batch.Changing.Execute($"DELETE FROM {table} WHERE channel = @1", channel);
        }
        // Its objects lie elsewhere; whoever clears the store finds them by this.
        batch.Changing.Execute(
            "UPDATE attachments SET state = 2, channel = '', created = @2 WHERE channel = @1",
            channel,
            log.Messages.Now
        );
        _more = Removal.Remove(batch);
    }

    public override void Finish(Failure? failure)
    {
        var writer = log.Messages.Writer;
        if (failure is null)
        {
            log.Messages.TellDoomed();
        }
        if (failure is null && _more)
        {
            writer.TryEnqueue(new Removal(writer));
        }
        log.FinishErasing(failure is null, done);
    }
}
