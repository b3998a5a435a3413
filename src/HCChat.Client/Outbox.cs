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

    private readonly Lock gate = new();
    private readonly LinkedList<PendingMessage> waiting = [];

    /// <exception cref="OutboxFullException">Too many wait already.</exception>
    public void Add(PendingMessage message)
    {
        lock (gate)
        {
            if (waiting.Count == Capacity)
            {
                throw new OutboxFullException();
            }
            waiting.AddLast(message);
        }
    }

    /// <summary>Takes a message out: it was answered, or nobody waits for it any more.</summary>
    public PendingMessage? Take(string mid)
    {
        lock (gate)
        {
            for (var node = waiting.First; node is not null; node = node.Next)
            {
                if (node.Value.Mid == mid)
                {
                    waiting.Remove(node);
                    return node.Value;
                }
            }
            return null;
        }
    }

    /// <summary>What has no answer yet, oldest first.</summary>
    public IReadOnlyList<PendingMessage> Unanswered()
    {
        lock (gate)
        {
            return [.. waiting];
        }
    }

    /// <summary>Gives up on everything.</summary>
    public void Fail(Exception reason)
    {
        lock (gate)
        {
            foreach (var message in waiting)
            {
                message.Acknowledged.TrySetException(reason);
            }
            waiting.Clear();
        }
    }
}
