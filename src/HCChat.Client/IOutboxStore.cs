namespace HCChat.Client;

/// <summary>A message as it goes out. Its text is an envelope unless the room is plain; sent again, it must be the same bytes.</summary>
/// <param name="Mid">The message's id, by which the server knows it again.</param>
/// <param name="Frame">One JSON object in UTF-8 without line breaks.</param>
public sealed record StoredMessage(string Mid, ReadOnlyMemory<byte> Frame);

/// <summary>By what the server knows the author of earlier messages again. Whoever has it can come back as us: a secret.</summary>
/// <param name="Token">The newest token for coming back; good once, and for a day.</param>
/// <param name="Nick">The name that the room was entered under; null with a trip.</param>
public sealed record StoredSession(string Token, string? Nick)
{
    /// <summary>The name; not the token.</summary>
    public override string ToString() => $"session of {Nick}";
}

/// <summary>What earlier runs left behind.</summary>
/// <param name="Messages">Unacknowledged messages in the order of sending.</param>
/// <param name="Unreadable">Entries that could not be read; they are gone.</param>
/// <param name="Session">The session that the messages were sent in, or else the last one under the same name; null when there is none.</param>
public sealed record OutboxRemains(
    IReadOnlyList<StoredMessage> Messages,
    int Unreadable,
    StoredSession? Session = null
);

/// <summary>
/// Where the unacknowledged messages of one room are kept, and how to come back as their author: <see cref="MemoryOutboxStore"/> or <see cref="FileOutboxStore"/>. It is called under the room's lock, one call at
/// a time. Disposing it leaves what was not removed for the next one who opens the room.
/// </summary>
public interface IOutboxStore : IDisposable
{
    /// <summary>Takes over what is left of runs that are over; called once, before anything else.</summary>
    /// <exception cref="IOException">It cannot be read or taken over.</exception>
    OutboxRemains Take();

    /// <summary>Keeps a message behind those added before. When this returns it survives whatever the store promises to survive.</summary>
    /// <exception cref="IOException">It cannot be kept.</exception>
    void Add(StoredMessage message);

    /// <summary>Keeps the session in place of the one before. Never fails: without it the next run is somebody else to the server.</summary>
    void Keep(StoredSession session);

    /// <summary>Forgets a message that the server has answered. Never fails: one too many is sent again, and the server knows it.</summary>
    void Remove(string mid);
}

/// <summary>An outbox that lives as long as its client: what is unacknowledged when the client is closed is lost.</summary>
public sealed class MemoryOutboxStore : IOutboxStore
{
    /// <inheritdoc/>
    public OutboxRemains Take() => new([], 0);

    /// <inheritdoc/>
    public void Add(StoredMessage message) { }

    /// <inheritdoc/>
    public void Keep(StoredSession session) { }

    /// <inheritdoc/>
    public void Remove(string mid) { }

    /// <inheritdoc/>
    public void Dispose() { }
}
