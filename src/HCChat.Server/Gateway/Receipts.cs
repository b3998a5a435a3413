using System.Buffers.Binary;

namespace HCChat.Server.Gateway;

/// <summary>Numbered pings: a pong with a number (RFC 6455 §5.5.3) says that the peer has read everything that was queued before that ping.</summary>
internal sealed class Receipts
{
    private const byte PingOpcode = 0x9;

    /// <summary>Actions that wait; a peer that never answers is cut before it has as many.</summary>
    private const int Capacity = 256;

    private readonly Lock _lock = new();
    private readonly Queue<(long Number, Action Action)> _waiting = new();
    private long _asked;
    private long _answered;

    /// <summary>Sends a ping.</summary>
    /// <param name="outbox">Behind what is queued here.</param>
    /// <param name="action">Runs when the peer has answered; is forgotten when too many wait.</param>
    public void Ask(Outbox outbox, Action? action = null)
    {
        Span<byte> payload = stackalloc byte[sizeof(long)];
        lock (_lock)
        {
            BinaryPrimitives.WriteInt64BigEndian(payload, ++_asked);
            if (action is not null && _waiting.Count < Capacity)
            {
                _waiting.Enqueue((_asked, action));
            }
            outbox.EnqueueControl(PingOpcode, payload);
        }
    }

    /// <summary>Takes a pong.</summary>
    /// <returns>Whether it answers a ping that was not answered yet.</returns>
    public bool Take(ReadOnlySpan<byte> payload)
    {
        List<Action> due = [];
        lock (_lock)
        {
            if (
                payload.Length != sizeof(long)
                || BinaryPrimitives.ReadInt64BigEndian(payload) is var number
                    && (number > _asked || number <= _answered)
            )
            {
                return false;
            }
            _answered = number;
            while (_waiting.TryPeek(out var first) && first.Number <= number)
            {
                due.Add(_waiting.Dequeue().Action);
            }
        }
        foreach (var action in due)
        {
            action();
        }
        return true;
    }
}
