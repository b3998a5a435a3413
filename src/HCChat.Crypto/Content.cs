namespace HCChat.Crypto;

/// <summary>What is inside an envelope (spec/crypto.md §4).</summary>
/// <param name="Id">Unique in the room: base64url of 16 random bytes. On the wire it is the message's <c>mid</c>.</param>
/// <param name="SentAt">The sender's clock, to the millisecond.</param>
/// <param name="Nick">The sender's own name for itself; compare it with the name that the server gives.</param>
/// <param name="Sid">One running client of the sender: base64url of 8 random bytes.</param>
/// <param name="Number">The place of this message among those of <paramref name="Sid"/>, from 0.</param>
/// <param name="Body">What it is about.</param>
public sealed record Content(string Id, DateTimeOffset SentAt, string Nick, string Sid, long Number, ContentBody Body)
{
    /// <summary>The room, where the sender repeats it.</summary>
    public string? Room { get; init; }

    /// <summary>The id of the message that this one answers.</summary>
    public string? ReplyTo { get; init; }
}

/// <summary>The part of a content object that depends on its kind <c>t</c>.</summary>
public abstract record ContentBody;

/// <summary>Text (<c>text</c>).</summary>
/// <param name="Text">What is said.</param>
/// <param name="Emote">An action rather than a saying: "alice waves".</param>
/// <param name="Title">The room's name for people, sent with a client's first message after joining; read without control characters and marks of writing direction.</param>
/// <param name="To">Of a whisper: the nick it is for. A body that has it is not valid in a message to everybody.</param>
public sealed record TextBody(string Text, bool Emote = false, string? Title = null, string? To = null) : ContentBody
{
    /// <summary>Seconds after which it disappears, counted from the server's time; null when it stays.</summary>
    public long? Ttl { get; init; }
}

/// <summary>Files (<c>file</c>).</summary>
/// <param name="Caption">What is said of them, often empty.</param>
/// <param name="Files">1–10 files.</param>
public sealed record FileBody(string Caption, IReadOnlyList<SealedFile> Files) : ContentBody
{
    /// <inheritdoc cref="TextBody.Ttl"/>
    public long? Ttl { get; init; }
}

/// <summary>A new text for the message <paramref name="Target"/> (<c>edit</c>).</summary>
/// <param name="Target">The message's id.</param>
/// <param name="Text">What it says now.</param>
public sealed record EditBody(string Target, string Text) : ContentBody;

/// <summary>The message <paramref name="Target"/> taken back (<c>delete</c>).</summary>
/// <param name="Target">The message's id.</param>
public sealed record DeleteBody(string Target) : ContentBody;

/// <summary>A reaction to the message <paramref name="Target"/> (<c>react</c>).</summary>
/// <param name="Target">The message's id.</param>
/// <param name="Key">The emoji, 1–120 UTF-16 units. There is one reaction for each pair of nick and key.</param>
/// <param name="Off">The reaction is taken back.</param>
public sealed record ReactBody(string Target, string Key, bool Off = false) : ContentBody;

/// <summary>What has been read, or has come (<c>receipt</c>); one of the two at least.</summary>
/// <param name="UpTo">The id of the newest message read.</param>
/// <param name="Got">The id of the newest message received.</param>
public sealed record ReceiptBody(string? UpTo, string? Got = null) : ContentBody;

/// <summary>From here on messages of this room disappear (<c>timer</c>).</summary>
/// <param name="Ttl">Seconds after which they do; 0: they stay.</param>
public sealed record TimerBody(long Ttl) : ContentBody;

/// <summary>A call has begun (<c>rtc.start</c>, spec/crypto.md §8).</summary>
/// <param name="CallId">16 random bytes in base64url, new for each call: all its keys are made of it.</param>
/// <param name="Mode">How its keys are shared: <c>room</c> for those that everybody makes of the room's.</param>
/// <param name="Video">Whether it began with cameras on.</param>
public sealed record CallStartBody(string CallId, string Mode = "room", bool Video = false) : ContentBody;

/// <summary>From here on a call's keys are those of another epoch (<c>rtc.rekey</c>).</summary>
/// <param name="CallId">The call's.</param>
/// <param name="Epoch">Counts the keys of the call from 0; below 2^32.</param>
public sealed record CallRekeyBody(string CallId, long Epoch) : ContentBody;

/// <summary>A kind that this version does not know: shown as "update your app", never as raw text.</summary>
/// <param name="Type">The member <c>t</c>.</param>
public sealed record UnknownBody(string Type) : ContentBody;
