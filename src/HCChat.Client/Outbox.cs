namespace HCChat.Client;

/// <summary>A message that waits for the server's word.</summary>
internal sealed record PendingMessage(string Mid, byte[] Frame)
{
    public TaskCompletionSource Acknowledged { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>The unacknowledged messages of one room in the order of sending. Safe for concurrent use.</summary>
internal sealed class Outbox
{
    /// <summary>Messages that may wait.</summary>
    public const int Capacity = 1_000;

    private readonly Lock _gate = new();
    private readonly LinkedList<PendingMessage> _waiting = [];

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
        }
    }

    /// <summary>Takes a message out: it was answered, or nobody waits for it any more.</summary>
    public PendingMessage? Take(string mid)
    {
        lock (_gate)
        {
            for (var node = _waiting.First; node is not null; node = node.Next)
            {
                if (node.Value.Mid == mid)
                {
                    _waiting.Remove(node);
                    return node.Value;
                }
            }
            return null;
        }
    }

    /// <summary>What has no answer yet, oldest first.</summary>
    public IReadOnlyList<PendingMessage> Unanswered()
    {
        lock (_gate)
        {
            return [.. _waiting];
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
}
