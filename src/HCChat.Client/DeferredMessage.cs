using HCChat.Crypto;

namespace HCChat.Client;

/// <summary>Something that is said without a connection: it is sealed now, and goes out when the room is joined the next time.</summary>
public static class DeferredMessage
{
    /// <summary>
    /// Puts a message into the room's outbox, as it will go out. Whoever joins the room next with that outbox sends it; a client that is in the room already does not.
    /// </summary>
    /// <param name="options">The server, the name, the key to sign with (null: it goes out unsigned) and the outbox, which has to outlive this call: <see cref="FileOutboxStore"/>.</param>
    /// <param name="access">The room; see <see cref="RoomAccess.CanSealUnjoined"/>.</param>
    /// <param name="text">What is said.</param>
    /// <param name="emote">It tells of an action: "alice waves".</param>
    /// <param name="replyTo">The id of the message that it answers; told in encrypted rooms only.</param>
    /// <param name="ttl">As in <see cref="ChatRoom.SendAsync"/>, but null says that it stays: the room's timer is not known.</param>
    /// <returns>The message's id.</returns>
    /// <exception cref="InvalidOperationException">The key cannot be derived before the room is joined.</exception>
    /// <exception cref="E2eeException">As in <see cref="ChatRoom.SendAsync"/>.</exception>
    /// <exception cref="IOException">The outbox cannot keep it.</exception>
    public static string Keep(
        ChatOptions options,
        RoomAccess access,
        string text,
        bool emote = false,
        string? replyTo = null,
        TimeSpan? ttl = null
    )
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(access);
        using var protection = new RoomLock(access, options.Time, options.Identity);
        protection.Unlock(
            access.SaltUnjoined
                ?? throw new InvalidOperationException("The server has to be asked for this room's salt first.")
        );
        var seconds = Lifetime.Seconds(ttl);
        var body = new TextBody(text, emote, access.Title) { Ttl = seconds > 0 ? seconds : null };
        var (mid, frame) = protection.SealSaying(options.Nick, body, replyTo);
        using var store = options.Outbox(options.StoredRoom(access));
        store.Add(new StoredMessage(mid, frame));
        return mid;
    }
}
