using HCChat.Crypto;

namespace HCChat.Client;

/// <summary>Everything that this library throws of its own, beside <see cref="E2eeException"/> for what cannot be sealed.</summary>
public abstract class ChatException : Exception
{
    private protected ChatException(string message, Exception? inner = null)
        : base(message, inner) { }
}

/// <summary>The first connection could not be made; there is no retry before it stood once.</summary>
public sealed class ConnectFailedException : ChatException
{
    internal ConnectFailedException(Uri server, Exception inner)
        : base($"Cannot reach {server}: {inner.Message}", inner) => Server = server;

    /// <summary>The address that was tried.</summary>
    public Uri Server { get; }
}

/// <summary>The server ended the connection for good, or the client was disposed: nothing is retried.</summary>
public sealed class ConnectionEndedException : ChatException
{
    internal ConnectionEndedException(int? closeCode)
        : base(
            closeCode switch
            {
                4009 => "The same session was opened somewhere else.",
                4011 => "You were removed from the room.",
                4403 => "The server does not admit this client.",
                null => "The client was closed.",
                _ => $"The server ended the connection ({closeCode}).",
            }
        ) => CloseCode = closeCode;

    /// <summary>The WebSocket close code; null when this side closed.</summary>
    public int? CloseCode { get; }
}

/// <summary>The server refused something, and says why.</summary>
public abstract class RefusedException : ChatException
{
    private protected RefusedException(Refusal refusal)
        : base(refusal.Text)
    {
        Code = refusal.Code;
        RetryAfter = refusal.RetryAfter;
        IsTemporary = refusal.IsTemporary;
    }

    /// <summary>The stable word of spec/codes.md, such as <c>nick_taken</c>.</summary>
    public string Code { get; }

    /// <summary>When it makes sense to try again; null when the server did not say.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>The same may succeed later.</summary>
    public bool IsTemporary { get; }
}

/// <summary>A room that may not be joined: locked, nick taken, banned, too many attempts.</summary>
public sealed class JoinRefusedException : RefusedException
{
    internal JoinRefusedException(Refusal refusal)
        : base(refusal) { }
}

/// <summary>The server does not believe that we have the key: it goes by another name than the address that we know it by, or knows no keys.</summary>
public sealed class IdentityRefusedException : RefusedException
{
    internal IdentityRefusedException(Refusal refusal)
        : base(refusal) { }
}

/// <summary>No login, or none any more: the name or the password is wrong, the account is shut out, the login has run out or was ended, or nobody logs in that way.</summary>
public sealed class LoginRefusedException : RefusedException
{
    internal LoginRefusedException(Refusal refusal)
        : base(refusal) { }
}

/// <summary>Something about a room that the server does not let us do, or did not answer.</summary>
public sealed class CommandRefusedException : RefusedException
{
    internal CommandRefusedException(Refusal refusal)
        : base(refusal) { }
}

/// <summary>
/// A file that the server or its store does not take or give: <c>not_found</c> (gone, or another room's), <c>quota</c>, <c>too_big</c>, <c>store</c>; <c>elsewhere</c>: it lies on a host that is not
/// asked.
/// </summary>
public sealed class FileRefusedException : RefusedException
{
    internal FileRefusedException(Refusal refusal)
        : base(refusal) { }
}

/// <summary>A file is not what was sent, or not all of it: nothing of it was saved.</summary>
public sealed class FileDamagedException : ChatException
{
    internal FileDamagedException(E2eeException inner)
        : base($"The file is not what was sent, or not all of it ({inner.Code}).", inner) => Code = inner.Code;

    /// <summary>The stable code of spec/crypto.md §9, such as <c>E_AUTH</c> or <c>E_TRUNCATED</c>.</summary>
    public string Code { get; }
}

/// <summary>Something stands already under the name that a file is to be saved under.</summary>
public sealed class FileExistsException : ChatException
{
    internal FileExistsException(string path)
        : base($"{path} exists already.") => FileName = path;

    /// <summary>The name.</summary>
    public string FileName { get; }
}

/// <summary>A message that the server did not take (<c>nack</c>), for a reason that time does not cure. It was not delivered to anybody.</summary>
public sealed class MessageRefusedException : RefusedException
{
    internal MessageRefusedException(Refusal refusal)
        : base(refusal) { }
}

/// <summary>More messages wait for the server's word than a room holds back.</summary>
public sealed class OutboxFullException : ChatException
{
    internal OutboxFullException()
        : base($"{Outbox.Capacity} messages of this room are waiting for the server.") { }
}

/// <summary>The room is closed: left, kicked from, or not to be joined again after a lost connection.</summary>
public sealed class RoomClosedException : ChatException
{
    internal RoomClosedException(string reason)
        : base(reason) { }

    /// <summary>Somebody put us out, or closed the room: the message is the server's word for it.</summary>
    public bool IsByOthers { get; init; }
}

/// <summary>
/// The keys by which the people of a room are known cannot be read any more. To begin anew behind the user's back would take whoever speaks next for whom they say they are: move
/// what is damaged away to accept that.
/// </summary>
public sealed class PinsDamagedException : ChatException
{
    internal PinsDamagedException(string channel, Exception inner)
        : base("The list of keys by which the people of this room are known is damaged.", inner) => Channel = channel;

    /// <summary>The room.</summary>
    public string Channel { get; }
}

/// <summary>
/// The server names another room salt than the link or an earlier join did. Keys are never derived anew behind the user's back:
/// open the room again to accept it.
/// </summary>
public sealed class RoomSaltChangedException : ChatException
{
    internal RoomSaltChangedException()
        : base(
            "The server names another salt for this room than before: messages would not be readable. Open the room anew to accept it."
        ) { }
}

/// <summary>What a <c>warn</c> or <c>nack</c> says.</summary>
internal sealed record Refusal(string Code, string Text, TimeSpan? RetryAfter)
{
    /// <summary>It was too much in too short a time: <c>limited</c>, <c>rate</c> and its kin of spec/codes.md.</summary>
    public bool IsForRate => Code is "limited" or "rate" || Code.StartsWith("rate_", StringComparison.Ordinal);

    /// <summary>The same may succeed later.</summary>
    public bool IsTemporary =>
        IsForRate || Code is "unavailable" or "storage_full" or "overloaded" or "calls_away" or "slow" or Timeout;

    /// <summary>Nobody knows whether it was done.</summary>
    public static readonly Refusal ByLoss = new(Timeout, "The connection was lost before the server answered.", null);

    /// <summary>Nobody knows whether it was done, either.</summary>
    public static readonly Refusal BySilence = new(Timeout, "The server did not answer in time.", null);

    /// <summary>What would show who we are is gone.</summary>
    public static readonly Refusal LoginOver = new("bad_token", "The login is over. Log in again.", null);

    /// <summary>Our own word, too.</summary>
    public static readonly Refusal NoSuchFile = new("not_found", "There is no such file.", null);

    /// <summary>Our own word, too.</summary>
    public static readonly Refusal FileElsewhere = new(
        "elsewhere",
        "The file lies on another host than the server; it is not asked, for it would learn who asks.",
        null
    );

    /// <summary>Our own word, too.</summary>
    public static readonly Refusal FileGone = new("gone", "The file is not in the store any more.", null);

    /// <summary>The object store has no space; it may have some later.</summary>
    public static readonly Refusal StoreFull = new("storage_full", "The server's disk is full.", null);

    /// <summary>Our own word, too.</summary>
    public static readonly Refusal NoCall = new("no_call", "There is no call in this room.", null);

    /// <summary>The object store's word.</summary>
    public static Refusal ByStore(int status) => new("store", $"The object store answered {status}.", null);

    /// <summary>Our own word: there was no answer.</summary>
    public const string Timeout = "timeout";
}
