namespace HCChat.Client;

/// <summary>A message that waits for the server's word.</summary>
/// <param name="Left">Left by an earlier run: nobody waits for it.</param>
internal sealed record PendingMessage(string Mid, ReadOnlyMemory<byte> Frame, bool Left = false)
{
    public TaskCompletionSource Acknowledged { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>
/// The unacknowledged messages of one room in the order of sending. The next one leaves when the one before has its answer: a message that
/// the server has no time for is repeated, and none may overtake it meanwhile. What has no answer is in the store too, and what an earlier run left there
/// goes first. Safe for concurrent use.
/// </summary>
internal sealed class Outbox : IDisposable
{
    /// <summary>Messages that may wait.</summary>
    public const int Capacity = 1_000;

    /// <summary>The wait after a temporary refusal that names none.</summary>
    private static readonly TimeSpan DefaultPause = TimeSpan.FromSeconds(3);

    /// <summary>Added to what the server tells: a clock that runs a little fast must not cost another refusal.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(100);

    /// <summary>From one message to the next while the server is short of time: two a second is what it takes for long.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(0.5);

    /// <summary>How long after a refusal the pace is kept. The server's scores halve in 10 s.</summary>
    private static readonly TimeSpan PaceKept = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly LinkedList<PendingMessage> _waiting = [];
    private readonly Action<ReadOnlyMemory<byte>> _post;
    private readonly TimeProvider _time;
    private readonly IOutboxStore _store;
    private readonly ITimer _pause;
    private PendingMessage? _underway;
    private bool _open;
    private long _notBefore; // timestamps of _time
    private long _pacedUntil;

    /// <exception cref="IOException">What is left of earlier runs cannot be taken over.</exception>
    public Outbox(Action<ReadOnlyMemory<byte>> post, TimeProvider time, IOutboxStore store)
    {
        _post = post;
        _time = time;
        _store = store;
        var remains = store.Take();
        Unreadable = remains.Unreadable;
        Session = remains.Session;
        foreach (var (mid, frame) in remains.Messages)
        {
            _waiting.AddLast(new PendingMessage(mid, frame, Left: true));
        }
        _pause = time.CreateTimer(_ => Continue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _notBefore = _pacedUntil = time.GetTimestamp();
    }

    /// <summary>Entries of the store that could not be read.</summary>
    public int Unreadable { get; }

    /// <summary>The session of an earlier run, to go on with.</summary>
    public StoredSession? Session { get; }

    /// <summary>What waits, in order.</summary>
    public IReadOnlyList<PendingMessage> Waiting
    {
        get
        {
            lock (_gate)
            {
                return [.. _waiting];
            }
        }
    }

    /// <exception cref="OutboxFullException">Too many wait already.</exception>
    /// <exception cref="IOException">The store cannot keep it; it is not sent.</exception>
    public void Add(PendingMessage message)
    {
        lock (_gate)
        {
            if (_waiting.Count >= Capacity)
            {
                throw new OutboxFullException();
            }
            _store.Add(new StoredMessage(message.Mid, message.Frame));
            _waiting.AddLast(message);
            SendNext();
        }
    }

    /// <summary>From now on this is the session to come back with.</summary>
    public void Keep(StoredSession session)
    {
        lock (_gate)
        {
            _store.Keep(session);
        }
    }

    /// <summary>The room is entered on this connection: what waits goes out, beginning with what had no answer on the last one.</summary>
    public void Open()
    {
        lock (_gate)
        {
            _open = true;
            SendNext();
        }
    }

    /// <summary>The connection is lost. The server knows the ids: what is sent again is not delivered twice.</summary>
    public void Suspend()
    {
        lock (_gate)
        {
            _open = false;
            _underway = null;
        }
    }

    /// <summary>The server has taken a message.</summary>
    public void Acknowledge(string mid) => Take(mid)?.Acknowledged.TrySetResult();

    /// <summary>The server has not taken a message: for now, then it stays the next to go, or for good.</summary>
    /// <returns>The message, when it is refused for good.</returns>
    public PendingMessage? Refuse(string mid, Refusal refusal)
    {
        if (!refusal.IsTemporary)
        {
            var refused = Take(mid);
            refused?.Acknowledged.TrySetException(new MessageRefusedException(refusal));
            _ = refused?.Acknowledged.Task.Exception; // nobody may be waiting for it
            return refused;
        }
        lock (_gate)
        {
            _pacedUntil = After(PaceKept);
            _notBefore = After((refusal.RetryAfter ?? DefaultPause) + Margin);
            if (_underway?.Mid == mid)
            {
                _underway = null;
            }
            SendNext();
            return null;
        }
    }

    /// <summary>Takes a message out: it was answered, or nobody waits for it any more.</summary>
    public PendingMessage? Take(string mid)
    {
        lock (_gate)
        {
            var node = _waiting.First;
            while (node is not null && node.Value.Mid != mid)
            {
                node = node.Next;
            }
            if (node is null)
            {
                return null;
            }
            _waiting.Remove(node);
            _store.Remove(mid);
            if (_underway == node.Value)
            {
                _underway = null;
                SendNext();
            }
            return node.Value;
        }
    }

    /// <summary>Gives up on everything; the store keeps it for the next run.</summary>
    public void Fail(Exception reason)
    {
        lock (_gate)
        {
            foreach (var message in _waiting)
            {
                message.Acknowledged.TrySetException(reason);
                _ = message.Acknowledged.Task.Exception; // nobody may be waiting for it
            }
            _waiting.Clear();
        }
    }

    public void Dispose()
    {
        _pause.Dispose();
        lock (_gate)
        {
            _open = false;
            _store.Dispose();
        }
    }

    private void Continue()
    {
        lock (_gate)
        {
            SendNext();
        }
    }

    private void SendNext()
    {
        if (!_open || _underway is not null || _waiting.First is not { } next)
        {
            return;
        }
        var now = _time.GetTimestamp();
        if (now < _notBefore)
        {
            var wait = _time.GetElapsedTime(now, _notBefore);
            _pause.Change(TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
            return;
        }
        _underway = next.Value;
        if (now < _pacedUntil)
        {
            _notBefore = After(Pace);
        }
        _post(next.Value.Frame);
    }

    private long After(TimeSpan wait) => _time.GetTimestamp() + (long)(wait.TotalSeconds * _time.TimestampFrequency);
}
