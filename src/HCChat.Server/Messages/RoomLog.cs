using HCChat.Protocol;

namespace HCChat.Server.Messages;

/// <summary>
/// The list of what happens in one room (or comes to one inbox): the single place that gives numbers. What is not to be kept gets its number at once; what is kept, and
/// everything behind it, gets it from the writer and comes out when it is on the disk. All members are guarded by
/// <see cref="Gate"/>, except where the writer's thread is said to own them.
/// </summary>
internal sealed class RoomLog
{
    private readonly KnownMessages _known = new();
    private readonly Ring _ring;
    private readonly Dictionary<string, RoomLog> _inboxes = [];
    private HistoryPolicy _policy;
    private int _queued;
    private HistoryChoice? _wanted;
    private bool _isErased;

    /// <param name="messages">The log that it is part of.</param>
    /// <param name="channel">The room.</param>
    /// <param name="stored">What the database has of it.</param>
    public RoomLog(MessageLog messages, string channel, StoredRoom stored)
        : this(messages, channel, "", stored, room: null) { }

    private RoomLog(MessageLog messages, string channel, string owner, StoredRoom stored, RoomLog? room)
    {
        Room = room;
        Gate = room?.Gate ?? new Lock();
        Messages = messages;
        Channel = channel;
        Owner = owner;
        Stored = stored;
        _policy = messages.Rules.Of(stored.Choice);
        _isErased = room?._isErased == true;
        _ring = new Ring(messages.Budget);
        _ring.Reset(stored.Head);
        Head = stored.Head;
        Floor = stored.Floor;
    }

    /// <summary>The lock; the room and its inboxes use the same.</summary>
    public Lock Gate { get; }

    public string Channel { get; }

    /// <summary>Empty for a room; whose inbox it is otherwise.</summary>
    public string Owner { get; }

    /// <summary>The list of the room whose inbox it is; null for a room.</summary>
    public RoomLog? Room { get; }

    /// <summary>What the database has of it. Owned by the writer while anything is queued.</summary>
    public StoredRoom Stored { get; private set; }

    /// <summary>What is kept, in a room and its inboxes.</summary>
    public HistoryPolicy Policy => Room?.Policy ?? _policy;

    /// <summary>The settings once everything that is queued has been done.</summary>
    public HistoryChoice Choice => (_queued > 0 ? _wanted : null) ?? Stored.Choice;

    public string Epoch => Stored.Epoch;

    /// <summary>The newest number.</summary>
    public long Head { get; private set; }

    /// <summary>Up to this number the list has losses.</summary>
    public long Floor
    {
        get => Math.Max(field, _ring.Lost);
        private set;
    }

    /// <summary>The newest number that only memory has. Owned by the writer while anything is queued.</summary>
    public long LastUnkept { get; private set; }

    /// <summary>The log that it is part of.</summary>
    public MessageLog Messages { get; }

    /// <summary>Told of an event that was thought lost and turned out to be on the disk.</summary>
    public Action<LogEvent>? Found { get; set; }

    /// <summary>Whether a failed commit left open what the database has. Owned by the writer while anything is queued.</summary>
    public bool IsUncertain { get; private set; }

    /// <summary>Whether nothing is under way.</summary>
    public bool IsIdle => _queued == 0 && _inboxes.Values.All(i => i.IsIdle);

    /// <summary>The inboxes of this room that are in memory.</summary>
    public IReadOnlyCollection<RoomLog> Inboxes => _inboxes.Values;

    /// <summary>Whether it holds nothing that would be missed: nothing in memory, nothing that the database has to be told.</summary>
    public bool IsForgettable =>
        _queued == 0 && _ring.IsEmpty && !Stored.Unproven && !IsUncertain && _inboxes.Values.All(i => i.IsForgettable);

    /// <summary>Gives an event its place, at once or when it is on the disk. Under the gate; never blocks.</summary>
    public void Append(Draft draft)
    {
        // Nobody may have looked for it since it was opened, so that it was let go.
        if (Room?.Inbox(Owner, this) is { } inbox && inbox != this)
        {
            inbox.Append(draft);
            return;
        }
        var keep = Policy.Keeps(draft.Kind) && (draft.Kind != EventKind.Bare || Stored.Exists);
        var direct =
            !keep && draft.Choice is null && !draft.ConcernsObjects && _queued == 0 && !IsUncertain && !_isErased;
        if (direct && (!Stored.Exists || Stored.Unproven))
        {
            draft.Done(Judge(draft) ?? Accept(Make(draft, Head + 1, Messages.Now, durable: false), draft.Erases));
            return;
        }
        if (!_isErased && Messages.Writer.TryEnqueue(new Append(this, draft)))
        {
            _wanted = draft.Choice is { } choice ? Choice.With(choice) : Choice;
            _queued++;
        }
        else
        {
            draft.Done(new Outcome(Fault.Unavailable, null, null));
        }
    }

    /// <summary>What is said of a message whose id is known; null when it is new.</summary>
    public Outcome? Judge(Draft draft)
    {
        foreach (var known in draft.Of.Mid is { } mid ? _known.Find(mid, Messages.Now) : [])
        {
            if (draft.Repeats(known.Of.Sender, known.Of.Body) is { } same)
            {
                return same ? new Outcome(null, known.Place, null) : new Outcome(Fault.Conflict, null, null);
            }
        }
        return null;
    }

    /// <summary>Lately seen messages of that id that are still there. Under the gate.</summary>
    public IEnumerable<Identity> Known(string mid) =>
        _known.Find(mid, Messages.Now).Where(k => !k.IsGone).Select(k => k.Of);

    /// <summary>Where a lately seen message of the current epoch stands, or null. Under the gate.</summary>
    public Place? PlaceOf(string mid) =>
        _known.Find(mid, Messages.Now).LastOrDefault(k => k.Place.Epoch == Epoch)?.Place;

    /// <summary>Makes an event of a draft. Its frame is encoded here.</summary>
    public LogEvent Make(Draft draft, long seq, long now, bool durable)
    {
        return new LogEvent
        {
            Epoch = Epoch,
            Seq = seq,
            Frame = Encode(draft.Frame, seq, now),
            Time = now,
            Dies = draft.Ttl > 0 ? now + draft.Ttl * 1000 : null,
            Durable = durable,
            Of = draft.Of,
        };
    }

    /// <summary>A frame with its place.</summary>
    /// <param name="frame">The frame without it.</param>
    /// <param name="seq">The number.</param>
    /// <param name="now">Server clock, ms since 1970.</param>
    public byte[] Encode(Notice frame, long seq, long now)
    {
        // A copy: what a batch could not commit is tried again, with another number.
        var placed = frame.Copy();
        _ =
            Owner.Length == 0
                ? placed.String("epoch", Epoch).Number("seq", seq)
                : placed.Object("inbox", inbox => inbox.String("epoch", Epoch).Number("seq", seq));
        return placed.Encode(DateTimeOffset.FromUnixTimeMilliseconds(now));
    }

    /// <summary>An inbox of this room, if it is in memory. Under the gate.</summary>
    public RoomLog? Inbox(string owner) => _inboxes.GetValueOrDefault(owner);

    /// <summary>The same with what the database has, if it is not there yet. Under the gate.</summary>
    public RoomLog Inbox(string owner, StoredRoom stored) =>
        Inbox(owner) ?? Inbox(owner, new RoomLog(Messages, Channel, owner, stored, this));

    private RoomLog Inbox(string owner, RoomLog opened)
    {
        _inboxes.TryAdd(owner, opened);
        return _inboxes[owner];
    }

    /// <summary>The writer's word about a queued draft.</summary>
    public void Finish(Draft draft, Outcome outcome, StoredRoom? stored)
    {
        lock (Gate)
        {
            _queued--;
            if (stored is not null)
            {
                Adopt(stored, draft.Choice);
            }
            IsUncertain = outcome.Fault == Fault.Unavailable || outcome.Fault == Fault.StorageFull;
            draft.Done(outcome.Event is { } happened ? Accept(happened, draft.Erases) : outcome);
        }
    }

    /// <summary>Takes in what the database turned out to have after a failed commit.</summary>
    public void Restore(StoredRoom stored, IReadOnlyList<LogEvent> found)
    {
        lock (Gate)
        {
            IsUncertain = false;
            Adopt(stored, stored.Choice);
            foreach (var happened in found)
            {
                Accept(happened);
                Found?.Invoke(happened);
            }
            Head = Math.Max(Head, stored.Head);
        }
    }

    /// <summary>Looks at the database again, because a commit failed. Under the gate.</summary>
    public void Recheck()
    {
        if (IsUncertain && _queued == 0 && Messages.Writer.TryEnqueue(new Recheck(this)))
        {
            _queued++;
        }
        foreach (var inbox in Inboxes)
        {
            inbox.Recheck();
        }
    }

    /// <summary>Says in the database that nothing but it knows anything of this room, so that the epoch may go on after a restart. Under the gate.</summary>
    public void Seal()
    {
        if (
            Stored.Unproven
            && _queued == 0
            && Messages.Writer.TryEnqueue(new Seal(this, Head, Math.Max(Floor, LastUnkept)))
        )
        {
            _queued++;
        }
        foreach (var inbox in Inboxes)
        {
            inbox.Seal();
        }
    }

    /// <summary>Removes everything that the database has of this room, its inboxes and settings too; nothing is taken in any more. Under the gate.</summary>
    /// <param name="done">Told under the gate whether it is gone. If it is, this list and its room are over; if not, they go on.</param>
    /// <returns>False when it cannot be done now.</returns>
    public bool TryErase(Action<bool> done)
    {
        if (_isErased || !Messages.Writer.TryEnqueue(new Erasure(this, done)))
        {
            return false;
        }
        _queued++;
        Mark(erased: true);
        return true;
    }

    /// <summary>The writer's word about that.</summary>
    public void FinishErasing(bool gone, Action<bool> done)
    {
        lock (Gate)
        {
            _queued--;
            if (!gone)
            {
                Mark(erased: false);
                IsUncertain = true;
            }
            done(gone);
        }
    }

    /// <summary>The writer has done something that is not an event.</summary>
    /// <param name="stored">What the database has now, when that is something else.</param>
    /// <param name="uncertain">Whether it may have something else, and nobody knows.</param>
    public void Finish(StoredRoom? stored, bool uncertain = false)
    {
        lock (Gate)
        {
            _queued--;
            Stored = stored ?? Stored;
            IsUncertain |= uncertain;
        }
    }

    /// <summary>Forgets what is too old for memory. Under the gate.</summary>
    public void Trim(bool everything)
    {
        _ring.Trim(Messages.Now);
        if (everything)
        {
            _ring.Empty();
        }
        foreach (var (owner, inbox) in _inboxes)
        {
            inbox.Trim(everything);
            if (inbox.IsForgettable && inbox.IsIdle)
            {
                _inboxes.Remove(owner);
            }
        }
    }

    /// <summary>Takes out what the database has removed.</summary>
    /// <param name="epoch">In this epoch.</param>
    /// <param name="floor">Up to here there are losses.</param>
    public void Raise(long epoch, long floor)
    {
        lock (Gate)
        {
            if (epoch == Stored.EpochNumber)
            {
                Floor = Math.Max(Floor, floor);
            }
        }
    }

    /// <summary>Living events in memory of that range, ascending, when they are all there are; else null. Under the gate.</summary>
    public List<LogEvent>? InMemory(long from, long to) =>
        from >= _ring.Start || !Stored.Exists ? _ring.Between(from, to, Messages.Now) : null;

    /// <summary>Living events that only memory has, ascending. Under the gate.</summary>
    public List<LogEvent> Unkept(long from, long to) => _ring.Between(from, to, Messages.Now).FindAll(e => !e.Durable);

    private void Mark(bool erased)
    {
        _isErased = erased;
        foreach (var inbox in Inboxes)
        {
            inbox._isErased = erased;
        }
    }

    private Outcome Accept(LogEvent happened, Identity? erases = null)
    {
        Head = happened.Seq;
        if (!happened.Durable)
        {
            LastUnkept = happened.Seq;
        }
        if (erases is { Mid: { } gone })
        {
            _known.Remove(gone, erases.Sender);
            _ring.Remove(e => (e.Of.Mid == gone && e.Of.Sender == erases.Sender) || e.Of.Target == gone);
        }
        _ring.Add(happened);
        var place = new Place(happened.Epoch, happened.Seq, happened.Time, happened.Durable);
        _known.Add(happened.Of, place);
        return new Outcome(null, place, happened);
    }

    private void Adopt(StoredRoom stored, HistoryChoice? choice)
    {
        var had = Stored.Exists;
        Stored = stored;
        if (choice is null)
        {
            return;
        }
        _policy = Messages.Rules.Of(stored.Choice);
        Messages.Writer.TryEnqueue(
            Policy.Mode == HistoryMode.Off ? new Removal(Messages.Writer) : new Reapply(Messages, Channel)
        );
        Floor = Math.Max(Floor, stored.Floor);
        if (had && Policy.Mode == HistoryMode.Off)
        {
            // The rows have gone; what memory has is all there is.
            Floor = Math.Max(Floor, _ring.Start - 1);
        }
        foreach (var inbox in Policy.Mode == HistoryMode.Off ? Inboxes : [])
        {
            inbox.Floor = Math.Max(inbox.Floor, inbox._ring.Start - 1);
        }
    }
}
