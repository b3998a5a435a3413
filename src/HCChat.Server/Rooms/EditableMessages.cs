namespace HCChat.Server.Rooms;

/// <summary>
/// hack.chat's messages with a <c>customId</c>, which their sender may change for five minutes. As there, ids are the sender's own
/// and a "complete"d one stays editable until the next sweep, every thirty seconds. Not thread-safe.
/// </summary>
internal sealed class EditableMessages
{
    private const int Capacity = 1_000;
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(30);

    private readonly List<Editable> _messages = [];
    private DateTimeOffset _swept;

    /// <summary>Remembers a message.</summary>
    public void Add(long userId, string customId, DateTimeOffset now)
    {
        Sweep(now);
        if (_messages.Count >= Capacity)
        {
            _messages.RemoveAt(0);
        }
        _messages.Add(new Editable(userId, customId, now));
    }

    /// <summary>Whether the sender may still change that message.</summary>
    /// <param name="complete">Whether this change is the last one.</param>
    public bool TryEdit(long userId, string customId, bool complete, DateTimeOffset now)
    {
        Sweep(now);
        var message = _messages.Find(m => m.UserId == userId && m.CustomId == customId);
        if (message is null)
        {
            return false;
        }
        message.Completed |= complete;
        return true;
    }

    private void Sweep(DateTimeOffset now)
    {
        if (now - _swept >= SweepInterval)
        {
            _messages.RemoveAll(m => m.Completed || now - m.SentAt > Lifetime);
            _swept = now;
        }
    }

    private sealed record Editable(long UserId, string CustomId, DateTimeOffset SentAt)
    {
        public bool Completed { get; set; }
    }
}
