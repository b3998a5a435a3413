namespace HCChat.Client;

/// <summary>
/// The author gave a message another text. In an encrypted room this was checked by what is sealed (spec/crypto.md §4, "Whose"), in a plain one by the server.
/// </summary>
/// <param name="Time">When.</param>
/// <param name="Target">The message's id.</param>
/// <param name="Nick">The author.</param>
/// <param name="Text">What it says now.</param>
public sealed record MessageEdited(DateTimeOffset Time, string Target, string Nick, string Text) : ChatEvent(Time);

/// <summary>A message is to be shown no more.</summary>
/// <param name="Time">When.</param>
/// <param name="Target">The message's id.</param>
/// <param name="Nick">Who removed it, according to the server unless <paramref name="Proven"/>.</param>
/// <param name="ByModerator">Not the author but a moderator did, says the server: never show it as the author's deed.</param>
/// <param name="Proven">What is sealed proves that the author did; never true in a plain room.</param>
public sealed record MessageDeleted(DateTimeOffset Time, string Target, string Nick, bool ByModerator, bool Proven)
    : ChatEvent(Time);

/// <summary>Somebody reacted to a message, or took the reaction back. There is one for each pair of nick and key.</summary>
/// <param name="Time">When.</param>
/// <param name="Target">The message's id.</param>
/// <param name="Nick">Who.</param>
/// <param name="Key">The emoji.</param>
/// <param name="Off">It is taken back.</param>
public sealed record ReactionReceived(DateTimeOffset Time, string Target, string Nick, string Key, bool Off)
    : ChatEvent(Time);

/// <summary>Somebody has read the room, or has received what was said, up to a message.</summary>
/// <param name="Time">When.</param>
/// <param name="Nick">Who.</param>
/// <param name="Read">The id of the newest message read, or null.</param>
/// <param name="Delivered">The id of the newest message received, or null.</param>
public sealed record ReceiptReceived(DateTimeOffset Time, string Nick, string? Read, string? Delivered)
    : ChatEvent(Time);

/// <summary>From here on messages disappear after a time, or stay again.</summary>
/// <param name="Time">When.</param>
/// <param name="Nick">Who set it.</param>
/// <param name="After">The time; zero: they stay.</param>
public sealed record TimerChanged(DateTimeOffset Time, string Nick, TimeSpan After) : ChatEvent(Time);

/// <summary>What the server keeps of a room. Its word alone.</summary>
/// <param name="Mode"><c>off</c>: nothing; <c>encrypted</c>: what is sealed, and deletions; <c>on</c>: all.</param>
/// <param name="Days">For so many days,</param>
/// <param name="Count">and so many events at most.</param>
/// <param name="DisappearAfter">Messages disappear after this time; zero: they stay.</param>
public sealed record HistorySettings(string Mode, long Days, long Count, TimeSpan DisappearAfter);

/// <summary>A moderator changed what the server keeps of the room.</summary>
/// <param name="Time">When.</param>
/// <param name="Nick">Who.</param>
/// <param name="History">What holds now.</param>
public sealed record HistoryChanged(DateTimeOffset Time, string Nick, HistorySettings History) : ChatEvent(Time);

/// <summary>
/// Here something may be missing that cannot be had any more: the server kept too little, or cannot prove that its list goes on. What follows goes on from the
/// oldest that could be read. <see cref="ChatRoom.HistoryAsync"/> may find more.
/// </summary>
/// <param name="Time">When it was found.</param>
public sealed record HistoryGap(DateTimeOffset Time) : ChatEvent(Time);

/// <summary>The last event of <see cref="ChatRoom.HistoryAsync"/>: the server has nothing older.</summary>
/// <param name="Time">When it was asked.</param>
public sealed record HistoryEnded(DateTimeOffset Time) : ChatEvent(Time);
