using HCChat.Crypto;

namespace HCChat.Client;

/// <summary>Somebody in a room. All of it is the server's word.</summary>
/// <param name="UserId">The connection's number in this room; what a whisper is addressed to.</param>
/// <param name="Nick">The name, unique in the room.</param>
/// <param name="Trip">The trip code, when there is one.</param>
/// <param name="IsMe">Oneself.</param>
public sealed record Member(long UserId, string Nick, string? Trip, bool IsMe);

/// <summary>A message that may be shown as one.</summary>
public sealed record Message
{
    /// <summary>The id: of the content in an encrypted room, otherwise what the server gave.</summary>
    public required string Id { get; init; }

    /// <summary>The sender's name: its own word in an encrypted room, otherwise the server's.</summary>
    public required string Nick { get; init; }

    /// <summary>The sender's name according to the server.</summary>
    public required string ServerNick { get; init; }

    /// <summary>The sender's trip code, when there is one.</summary>
    public string? Trip { get; init; }

    /// <summary>What is said; of files the caption, often empty.</summary>
    public required string Text { get; init; }

    /// <summary>Files that come with it: <see cref="ChatRoom.DownloadAsync"/>, <see cref="ChatRoom.OpenFile"/>.</summary>
    public IReadOnlyList<SharedFile> Files { get; init; } = [];

    /// <summary>An action rather than a saying.</summary>
    public bool Emote { get; init; }

    /// <summary>For us alone, or from us to one other.</summary>
    public bool Whisper { get; init; }

    /// <summary>For whom a whisper was written, when that is not us: the server has handed it to somebody else. Show it.</summary>
    public string? WrittenTo { get; init; }

    /// <summary>One of our own, come back from the server.</summary>
    public bool IsMine { get; init; }

    /// <summary>It was sealed under the room's key.</summary>
    public bool Encrypted { get; init; }

    /// <summary>Who signed it; null where nothing can be signed: in rooms that are not encrypted, or in HChat compatibility.</summary>
    public Authorship? Authorship { get; init; }

    /// <summary>The id of the message that it answers.</summary>
    public string? ReplyTo { get; init; }

    /// <summary>When the server got it.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Its place in the room's list; null for a whisper, and with a server that gives none.</summary>
    public RoomPosition? Position { get; init; }

    /// <summary>When it is to disappear: forget it then. Null when it stays.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The sender's own clock, in an encrypted room of version 2.</summary>
    public DateTimeOffset? SentAt { get; init; }

    /// <summary>The two names differ: show both.</summary>
    public bool NickMismatch { get; init; }

    /// <summary>The two times differ by more than ten minutes: show both.</summary>
    public bool ClockMismatch { get; init; }
}

/// <summary>Something that happened in a room.</summary>
/// <param name="Time">When, by the server's clock where the server said it, otherwise by ours.</param>
public abstract record ChatEvent(DateTimeOffset Time)
{
    /// <summary>Its place in the room's list; null when it has none, as with whispers and with what only concerns this client.</summary>
    public RoomPosition? Position { get; init; }

    /// <summary>Who signed it; null when it was not sealed for the room.</summary>
    public Authorship? Authorship { get; init; }
}

/// <summary>A message.</summary>
public sealed record MessageReceived : ChatEvent
{
    /// <summary>The message as an event.</summary>
    public MessageReceived(Message message)
        : base((message ?? throw new ArgumentNullException(nameof(message))).Time)
    {
        Message = message;
        Position = message.Position;
        Authorship = message.Authorship;
    }

    /// <summary>What was said.</summary>
    public Message Message { get; }
}

/// <summary>Text in clear in an encrypted room (<c>E_PLAIN</c>). It may be forged by the server: never show it as a message.</summary>
public sealed record UnprotectedReceived(DateTimeOffset Time, string ServerNick, string Text) : ChatEvent(Time);

/// <summary>A message that could not be opened, or was refused after opening. There is no plaintext.</summary>
public sealed record UnreadableReceived(DateTimeOffset Time, string ServerNick, E2eeError Error) : ChatEvent(Time)
{
    /// <summary>The stable code, such as <c>E_KEY_UNKNOWN</c>: sealed under another passphrase.</summary>
    public string Code => E2eeException.CodeOf(Error);
}

/// <summary>Content of a kind that is not known here: this library is too old for it.</summary>
public sealed record ContentReceived(DateTimeOffset Time, string ServerNick, Content Content) : ChatEvent(Time);

/// <summary>Somebody has begun a call.</summary>
/// <param name="CallId">Of which the keys of the call are made.</param>
/// <param name="Video">Whether it began with cameras on.</param>
public sealed record CallStarted(DateTimeOffset Time, string Nick, string CallId, bool Video) : ChatEvent(Time);

/// <summary>From here on a call's keys are those of another epoch.</summary>
public sealed record CallRekeyed(DateTimeOffset Time, string Nick, string CallId, long Epoch) : ChatEvent(Time);

/// <summary>Another member told the room's name for people.</summary>
public sealed record TitleReceived(DateTimeOffset Time, string Title) : ChatEvent(Time);

/// <summary>
/// Messages of one sender that should have come 30 s ago and did not. With a place, in history: messages that were said before it and are not there any more, be it
/// that they were lost for age, deleted or have disappeared.
/// </summary>
public sealed record MessagesMissing(DateTimeOffset Time, long Count) : ChatEvent(Time);

/// <summary>The room was entered, the first time or again; who is there.</summary>
public sealed record RoomEntered(DateTimeOffset Time, IReadOnlyList<Member> Members, bool Again) : ChatEvent(Time);

/// <summary>Somebody came.</summary>
public sealed record MemberJoined(DateTimeOffset Time, Member Member) : ChatEvent(Time);

/// <summary>Somebody left.</summary>
public sealed record MemberLeft(DateTimeOffset Time, Member Member) : ChatEvent(Time);

/// <summary>Somebody changed the name or another public trait.</summary>
public sealed record MemberChanged(DateTimeOffset Time, Member Before, Member After) : ChatEvent(Time);

/// <summary>Somebody is typing.</summary>
public sealed record TypingReceived(DateTimeOffset Time, string Nick) : ChatEvent(Time);

/// <summary>The server says something to us.</summary>
/// <param name="Time">When.</param>
/// <param name="Code">A stable word, or null for plain information.</param>
/// <param name="Text">A sentence for people.</param>
public sealed record NoticeReceived(DateTimeOffset Time, string? Code, string Text) : ChatEvent(Time);

/// <summary>The connection is lost; the client is making a new one.</summary>
/// <param name="Time">When.</param>
/// <param name="RetryAfter">It tries after this time.</param>
public sealed record Disconnected(DateTimeOffset Time, TimeSpan RetryAfter) : ChatEvent(Time);

/// <summary>So many events were dropped here because nobody read them in time.</summary>
public sealed record EventsLost(DateTimeOffset Time, long Count) : ChatEvent(Time);

/// <summary>The last event: the room is closed.</summary>
/// <param name="Time">When.</param>
/// <param name="Reason">Why; <see cref="OperationCanceledException"/> when we left.</param>
public sealed record RoomClosed(DateTimeOffset Time, Exception Reason) : ChatEvent(Time);
