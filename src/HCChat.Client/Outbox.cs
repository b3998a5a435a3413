namespace HCChat.Client;

/// <summary>A message that waits for the server's word.</summary>
internal sealed record PendingMessage(string Mid, byte[] Frame)
{
    public TaskCompletionSource Acknowledged { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>
/// The unacknowledged messages of one room in the order of sending. The next one leaves when the one before has its answer: a message that
/// the server has no time for is repeated, and none may overtake it meanwhile. Safe for concurrent use.
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
    private readonly Action<byte[]> _post;
    private readonly TimeProvider _time;
    private readonly ITimer _pause;
    private PendingMessage? _underway;
    private bool _open;
    private long _notBefore; // timestamps of _time
    private long _pacedUntil;

    public Outbox(Action<byte[]> post, TimeProvider time)
    {
        _post = post;
        _time = time;
        _pause = time.CreateTimer(_ => Continue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _notBefore = _pacedUntil = time.GetTimestamp();
    }

    /// <exception cref="OutboxFullException">Too many wait already.</exception>
    public void Add(PendingMessage message)
    {
        lock (_gate)
        {
            if (_waiting.Count == Capacity)
            {
                throw new OutboxFullException();
            }
            _waiting.AddLast(message);
            SendNext();
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
    public void Refuse(string mid, Refusal refusal)
    {
        if (!refusal.IsTemporary)
        {
            Take(mid)?.Acknowledged.TrySetException(new MessageRefusedException(refusal));
            return;
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
            if (_underway == node.Value)
            {
                _underway = null;
                SendNext();
            }
            return node.Value;
        }
    }

    /// <summary>Gives up on everything.</summary>
    public void Fail(Exception reason)
    {
        lock (_gate)
        {
            foreach (var message in _waiting)
            {
                message.Acknowledged.TrySetException(reason);
            }
            _waiting.Clear();
        }
    }

    public void Dispose() => _pause.Dispose();

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
