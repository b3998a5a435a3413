namespace HCChat.Protocol;

/// <summary>
/// Why a command was refused: hack.chat's number (stock clients know it), a stable word (ours use it), a human sentence.
/// <c>spec/codes.md</c> says the same for other languages; a test compares the two. Numbers and words are never reused.
/// </summary>
/// <param name="Id">hack.chat's warn id.</param>
/// <param name="Code">Stable word; in <c>warn.code</c> and <c>nack.code</c>.</param>
/// <param name="Text">The sentence that a person reads; a client may translate by <paramref name="Code"/>.</param>
/// <param name="Temporary">Whether the same command may succeed later.</param>
public sealed record Fault(int Id, string Code, string Text, bool Temporary = false)
{
    private const string TooMuchText =
        "You are sending too much text. Wait a moment and try again.\nPress the up arrow key to restore your last message.";

    /// <summary>Everything that can be refused, in the order of <c>spec/codes.md</c>.</summary>
    public static IReadOnlyList<Fault> All { get; } =
    [
        RateText,
        RateJoin,
        RateNick,
        RateColor,
        RateInvite,
        RateCommand,
        Limited,
        BadJson,
        BadPayload,
        TooBig,
        UnknownCommand,
        UnknownSlash,
        UnknownUser,
        NotInRoom,
        Forbidden,
        NickInvalid,
        NickTaken,
        AlreadyJoined,
        TooManyRooms,
        ChannelInvalid,
        ChannelTooLong,
        Banned,
        Locked,
        Captcha,
        ColorInvalid,
        FlairInvalid,
        EmoteEmpty,
        WhisperTo,
        WhisperNobody,
        HashRequired,
        KickWhom,
        LockLevelTooHigh,
        LockLevelUnknown,
        LockState,
        MotdTooLong,
        Unavailable,
        StorageFull,
        NotFound,
        Conflict,
        Empty,
        NoIdentity,
        BadSignature,
        NotNew,
        Claimed,
        LastOwner,
        TooMany,
        Slow,
        LoginRequired,
        BadToken,
        BadLogin,
        TooManyConnections,
        Overloaded,
        ProofOfWork,
        LoginFailed,
        Quota,
        NoCalls,
        CallRunning,
        ObjectGone,
        CallsAway,
    ];

    /// <summary>Text faster than the limiter allows.</summary>
    public static Fault RateText => new(11, "rate", TooMuchText, true);

    /// <summary>Joins faster than the limiter allows.</summary>
    public static Fault RateJoin =>
        new(31, "rate_join", "You are joining channels too fast. Wait a moment and try again.", true);

    /// <summary>Nick changes faster than the limiter allows.</summary>
    public static Fault RateNick =>
        new(11, "rate_nick", "You are changing nicknames too fast. Wait a moment before trying again.", true);

    /// <summary>Colour changes faster than the limiter allows.</summary>
    public static Fault RateColor =>
        new(11, "rate_color", "You are changing colors too fast. Wait a moment before trying again.", true);

    /// <summary>Invitations faster than the limiter allows.</summary>
    public static Fault RateInvite =>
        new(51, "rate_invite", "You are sending invites too fast. Wait a moment before trying again.", true);

    /// <summary>Other commands faster than the limiter allows.</summary>
    public static Fault RateCommand =>
        new(11, "rate_command", "Issuing commands too quickly. Wait a moment before trying again.", true);

    /// <summary>Frames of any kind faster than the limiter allows.</summary>
    public static Fault Limited => new(14, "limited", "You are being rate-limited or blocked.", true);

    /// <summary>The message is not JSON.</summary>
    public static Fault BadJson => new(17, "bad_json", "The message is not valid JSON.");

    /// <summary>A member is missing or has the wrong shape.</summary>
    public static Fault BadPayload => new(17, "bad_payload", "Invalid channel specified.");

    /// <summary>The message is over the limit.</summary>
    public static Fault TooBig => new(19, "too_big", "The message is too large.");

    /// <summary>No such command.</summary>
    public static Fault UnknownCommand => new(14, "unknown_command", "Unknown command");

    /// <summary>No such slash command.</summary>
    public static Fault UnknownSlash => new(16, "unknown_slash", "Unknown command: ");

    /// <summary>Nobody of that name or userid is in the room.</summary>
    public static Fault UnknownUser => new(12, "unknown_user", "Could not find user in that channel");

    /// <summary>The sender is not in that room.</summary>
    public static Fault NotInRoom => new(17, "not_in_room", "You are not in that channel.");

    /// <summary>The sender's level does not allow it.</summary>
    public static Fault Forbidden =>
        new(13, "forbidden", "You may not do that to somebody of the same or a higher level.");

    /// <summary>The nick breaks the family's rule.</summary>
    public static Fault NickInvalid =>
        new(32, "nick_invalid", "Nickname must consist of up to 24 letters, numbers, and underscores");

    /// <summary>A live member has the nick.</summary>
    public static Fault NickTaken => new(34, "nick_taken", "Nickname taken");

    /// <summary>A hack.chat client can be in one room only.</summary>
    public static Fault AlreadyJoined =>
        new(33, "already_joined", "Joining more than one channel is not currently supported");

    /// <summary>More than <see cref="Limits.MaxRoomsPerConnection"/> rooms.</summary>
    public static Fault TooManyRooms => new(33, "too_many_rooms", "You are in too many rooms; leave one first.");

    /// <summary>The channel is empty or not a string.</summary>
    public static Fault ChannelInvalid => new(41, "channel_invalid", "You may not join that channel.");

    /// <summary>The channel is longer than <see cref="Limits.MaxChannel"/>.</summary>
    public static Fault ChannelTooLong => new(42, "channel_too_long", "You may not join that channel.");

    /// <summary>The peer is banned.</summary>
    public static Fault Banned => new(43, "banned", "You may not join that channel.");

    /// <summary>The room is locked to higher levels.</summary>
    public static Fault Locked => new(35, "locked", "You may not join that channel.");

    /// <summary>The room asks for a captcha; its text follows.</summary>
    public static Fault Captcha => new(21, "captcha", "Enter the following to join (case-sensitive):");

    /// <summary>Not a colour.</summary>
    public static Fault ColorInvalid => new(151, "color_invalid", "Invalid color! Color must be in hex value");

    /// <summary>Not a flair.</summary>
    public static Fault FlairInvalid => new(191, "flair_invalid", "Invalid flair");

    /// <summary>An emote without text.</summary>
    public static Fault EmoteEmpty =>
        new(161, "emote_empty", "Refer to `/help emote` for instructions on how to use this command.");

    /// <summary>A whisper without a target.</summary>
    public static Fault WhisperTo =>
        new(171, "whisper_to", "Refer to `/help whisper` for instructions on how to use this command.");

    /// <summary>A reply before any whisper.</summary>
    public static Fault WhisperNobody => new(172, "whisper_nobody", "Cannot reply to nobody");

    /// <summary>A pardon without a target.</summary>
    public static Fault HashRequired => new(201, "hash_required", "hash:'targethash' or ip:'1.2.3.4' is required");

    /// <summary>A kick without a target.</summary>
    public static Fault KickWhom =>
        new(
            221,
            "kick_whom",
            "Failed to kick: Missing name. Refer to `/help kick` for instructions on how to use this command."
        );

    /// <summary>A lock above the sender's own level.</summary>
    public static Fault LockLevelTooHigh => new(231, "lock_level_too_high", "Target level too high");

    /// <summary>A lock level that is neither a number nor a label.</summary>
    public static Fault LockLevelUnknown =>
        new(232, "lock_level_unknown", "Expected \"level\" to be a number or a label");

    /// <summary>The room is already in that state.</summary>
    public static Fault LockState => new(19, "lock_state", "Channel is already locked.");

    /// <summary>A message of the day of <see cref="Limits.MaxMotd"/> characters or more.</summary>
    public static Fault MotdTooLong => new(131, "motd_too_long", "Failed to set motd: Invalid motd, max length: 500");

    /// <summary>The server cannot do it now.</summary>
    public static Fault Unavailable => new(14, "unavailable", "The server cannot do that right now. Try again.", true);

    /// <summary>The server's disk is full.</summary>
    public static Fault StorageFull =>
        new(14, "storage_full", "The server's disk is full. The message was not kept; try again later.", true);

    /// <summary>No such message, or it is gone.</summary>
    public static Fault NotFound => new(19, "not_found", "That message does not exist or is gone.");

    /// <summary>The <c>mid</c> was used before for another text.</summary>
    public static Fault Conflict => new(19, "conflict", "That message id was already used for another message.");

    /// <summary>Nothing is left of the text after clean-up.</summary>
    public static Fault Empty => new(19, "empty", "The message has no text.");

    /// <summary>Nobody to whom a right could be given: neither a key nor a pass.</summary>
    public static Fault NoIdentity =>
        new(15, "no_identity", "Somebody without a key and without a pass cannot be told from others.");

    /// <summary>The signature is not that of the key, for this connection and this server.</summary>
    public static Fault BadSignature => new(61, "bad_signature", "The signature does not prove that key.");

    /// <summary>Only who opened a channel of which nothing is known may claim it.</summary>
    public static Fault NotNew => new(81, "not_new", "Only whoever opened a new channel may claim it.");

    /// <summary>The channel belongs to somebody.</summary>
    public static Fault Claimed => new(82, "claimed", "That channel belongs to somebody.");

    /// <summary>A channel that belongs to somebody keeps an owner.</summary>
    public static Fault LastOwner =>
        new(121, "last_owner", "The last owner cannot be removed; unclaim gives the channel back.");

    /// <summary>More than may be kept.</summary>
    public static Fault TooMany => new(19, "too_many", "There are as many of these as there may be.");

    /// <summary>The channel is slow: each waits between two messages.</summary>
    public static Fault Slow => new(11, "slow", "This channel is slow. Wait a moment and try again.", true);

    /// <summary>Only people with an account come in here.</summary>
    public static Fault LoginRequired => new(18, "login_required", "You have to log in first.");

    /// <summary>The token is not one of this server's, or not good any more.</summary>
    public static Fault BadToken => new(61, "bad_token", "The token is not good, or not any more.");

    /// <summary>The name or the password is wrong, or the account is shut out; which is not said.</summary>
    public static Fault BadLogin => new(61, "bad_login", "The name or the password is wrong.");

    /// <summary>As many connections from one address as there may be.</summary>
    public static Fault TooManyConnections =>
        new(14, "too_many_connections", "There are too many connections from your address.", true);

    /// <summary>The room is under attack, and newcomers pay by work.</summary>
    public static Fault ProofOfWork =>
        new(
            21,
            "proof_of_work",
            "So many people are coming in at once that newcomers have to show that they are no flood."
        );

    /// <summary>There are no calls on this server.</summary>
    public static Fault NoCalls => new(19, "no_calls", "There are no calls on this server.");

    /// <summary>The room has a call already.</summary>
    public static Fault CallRunning => new(19, "call_running", "There is a call in this room already.");

    /// <summary>Whoever has the calls does not answer.</summary>
    public static Fault CallsAway => new(14, "calls_away", "Calls are not possible right now. Try again.", true);

    /// <summary>An object that a message names is not in the store.</summary>
    public static Fault ObjectGone =>
        new(19, "object_gone", "The files of this message are not on the server any more. Send them again.");

    /// <summary>As many connections as the server takes.</summary>
    public static Fault Overloaded => new(14, "overloaded", "The server is full. Try again later.", true);

    /// <summary>A login elsewhere that was broken off there, took too long or was begun by another browser.</summary>
    public static Fault LoginFailed => new(61, "login_failed", "The login did not come to its end. Begin again.");

    /// <summary>So much may lie in the store of this room, or from this person or address, and no more.</summary>
    public static Fault Quota => new(19, "quota", "There is no room for more files here now.");
}
