namespace HCChat.Protocol;

/// <summary>Every number that a peer must respect or may rely on. Sizes in bytes unless the name says otherwise.</summary>
public static class Limits
{
    /// <summary>Largest message, in bytes of UTF-8: hack.chat's bound, and enough for the largest envelope (spec/crypto.md).</summary>
    public const int MaxFrame = 65_536;

    /// <summary>Largest <c>text</c>, in UTF-16 units. The frame bound is usually met first.</summary>
    public const int MaxText = 65_536;

    /// <summary>Above this a message that is too large is no longer skipped for a joined stock client but closes it (1009).</summary>
    public const int MaxSkippedFrame = 1_048_576;

    /// <summary>Most fragments in one message; honest clients use one or two.</summary>
    public const int MaxFragments = 64;

    /// <summary>Outbound queue of one connection, bytes: a slow reader costs no more than this.</summary>
    public const int MaxQueueBytes = 1_048_576;

    /// <summary>Outbound queue of one connection, frames.</summary>
    public const int MaxQueueFrames = 1_000;

    /// <summary>Interval between pings, seconds: below the 60 s at which common proxies drop an idle connection.</summary>
    public const int PingSeconds = 20;

    /// <summary>A peer not heard from for this long is gone, seconds: two pings unanswered.</summary>
    public const int SilenceSeconds = 40;

    /// <summary>A connection on which nobody has ever said anything is closed after this time, seconds: people take their time over the question for a nick.</summary>
    public const int SpeakSeconds = 120;

    /// <summary>How long the holder of a wanted nick has to answer a probe, seconds.</summary>
    public const int GhostProbeSeconds = 3;

    /// <summary>Longest channel name, UTF-16 units (hack.chat's bound).</summary>
    public const int MaxChannel = 120;

    /// <summary>HTTP requests of one address that may be in progress at a time.</summary>
    public const int MaxRequests = 100;

    /// <summary>Longest nick, code points.</summary>
    public const int MaxNick = 24;

    /// <summary>Rooms that one connection of the families <c>app</c> and <c>hcchat</c> may be in.</summary>
    public const int MaxRoomsPerConnection = 32;

    /// <summary>Longest <c>customId</c> of hack.chat's editable messages, UTF-16 units.</summary>
    public const int MaxCustomId = 6;

    /// <summary>Zero bits of the hash that a newcomer to a raided room has to find: 131,072 hashes on average, half a second to a second of a phone's script.</summary>
    public const int WorkBits = 17;

    /// <summary>How long a challenge waits for its work, seconds: slow phones have bad luck, too.</summary>
    public const int WorkSeconds = 120;

    /// <summary>Rooms that one identity may own.</summary>
    public const int MaxOwnedRooms = 100;

    /// <summary>Identities that may have a role in one room.</summary>
    public const int MaxRoles = 1_000;

    /// <summary>People whom one room may shut out or silence at a time.</summary>
    public const int MaxRoomBans = 1_000;

    /// <summary>Invitations into one room that are good at a time.</summary>
    public const int MaxInvites = 100;

    /// <summary>How often one invitation may be used.</summary>
    public const int MaxInviteUses = 10_000;

    /// <summary>Longest life of an invitation, a ban or a mute, seconds: a year.</summary>
    public const int MaxRuleSeconds = 31_536_000;

    /// <summary>Longest pause that a slow room may ask for, seconds.</summary>
    public const int MaxSlow = 3_600;

    /// <summary>Longest message of the day, UTF-16 units (exclusive, as in hack.chat).</summary>
    public const int MaxMotd = 500;
}
