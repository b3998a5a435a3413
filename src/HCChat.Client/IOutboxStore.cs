using HCChat.Crypto;

namespace HCChat.Client;

/// <summary>The room that an outbox is for. Rooms of one name under different protection have nothing in common: what may leave in clear differs.</summary>
/// <param name="Server">The WebSocket's address.</param>
/// <param name="Channel">The room's name on the wire.</param>
/// <param name="Protection">How it is protected.</param>
public sealed record OutboxRoom(Uri Server, string Channel, RoomProtection Protection);

/// <summary>A message as it goes out. Its text is an envelope unless the room is plain; sent again, it must be the same bytes.</summary>
/// <param name="Mid">The message's id, by which the server knows it again.</param>
/// <param name="Frame">One JSON object in UTF-8 without line breaks.</param>
public sealed record StoredMessage(string Mid, ReadOnlyMemory<byte> Frame);

/// <summary>What earlier runs left behind.</summary>
/// <param name="Messages">Unacknowledged messages in the order of sending.</param>
/// <param name="Unreadable">Entries that could not be read; they are gone.</param>
public sealed record OutboxRemains(IReadOnlyList<StoredMessage> Messages, int Unreadable);

/// <summary>
/// Where the unacknowledged messages of one room are kept: <see cref="MemoryOutboxStore"/> or <see cref="FileOutboxStore"/>. It is called under the room's lock, one call at
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
    public void Remove(string mid) { }

    /// <inheritdoc/>
    public void Dispose() { }
}
