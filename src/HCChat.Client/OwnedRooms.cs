using System.Text.Json.Nodes;

namespace HCChat.Client;

/// <summary>Who comes into a room.</summary>
public enum RoomEntrance
{
    /// <summary>Everybody, unless there is a password.</summary>
    Open,

    /// <summary>Members, and whoever brings an invitation.</summary>
    Invite,

    /// <summary>Members alone.</summary>
    Locked,
}

/// <summary>What somebody may do in a room that belongs to somebody.</summary>
public enum RoomRole
{
    /// <summary>What everybody may.</summary>
    None,

    /// <summary>Comes in whatever the door says.</summary>
    Member,

    /// <summary>Keeps order.</summary>
    Moderator,

    /// <summary>Decides everything.</summary>
    Owner,
}

/// <summary>What belongs to a room, says the server.</summary>
/// <param name="Owned">It belongs to somebody.</param>
/// <param name="Entrance">Who comes in.</param>
/// <param name="Knock">Those outside may ask.</param>
/// <param name="Slow">The least time between two messages of one person; zero: none.</param>
/// <param name="HasPassword">A password opens it.</param>
/// <param name="Listed">It is on the public list while somebody is in it.</param>
public sealed record RoomDoor(
    bool Owned,
    RoomEntrance Entrance,
    bool Knock,
    TimeSpan Slow,
    bool HasPassword,
    bool Listed
)
{
    /// <summary>Newcomers pay by a moment of work, whether or not the room is under attack.</summary>
    public bool Toll { get; init; }

    /// <summary>They do at present: the room, or the server, is under attack, or somebody said so.</summary>
    public bool Raided { get; init; }

    /// <summary>The room's own message of the day; null: it has none.</summary>
    public string? MessageOfTheDay { get; init; }
}

/// <summary>What is to become of a room's door; what is null stays as it is.</summary>
public sealed record DoorSettings
{
    /// <summary>Who comes in.</summary>
    public RoomEntrance? Entrance { get; init; }

    /// <summary>Those outside may ask.</summary>
    public bool? Knock { get; init; }

    /// <summary>The least time between two messages of one person, whole seconds up to an hour; zero: none.</summary>
    public TimeSpan? Slow { get; init; }

    /// <summary>Opens the room to those who know it; empty: none. The server gets it, and it decrypts nothing.</summary>
    public string? Password { get; init; }

    /// <summary>The message of the day, which the server reads; empty: none.</summary>
    public string? MessageOfTheDay { get; init; }

    /// <summary>The room is on the public list while somebody is in it.</summary>
    public bool? Listed { get; init; }

    /// <summary>Newcomers pay by a moment of work even when the room is not under attack; false: only then.</summary>
    public bool? Toll { get; init; }

    /// <summary>Everything but the password.</summary>
    public override string ToString() => $"{Entrance} {Knock} {Slow} {Listed} {Toll}";
}

/// <summary>Somebody in a room, or known to it.</summary>
public sealed record Whom
{
    private Whom(string member, JsonNode value) => (Name, Value) = (member, value);

    internal string Name { get; }

    internal JsonNode Value { get; }

    /// <summary>Who has that name in the room now.</summary>
    public static Whom Nick(string nick) => new("nick", nick);

    /// <summary>Who is in the room under that number.</summary>
    public static Whom Member(Member member)
    {
        ArgumentNullException.ThrowIfNull(member);
        return new("userid", member.UserId);
    }

    /// <summary>Who proves to be that, here or not: <c>key:</c> and a fingerprint, <c>trip:</c> and a code, or an account.</summary>
    public static Whom Identity(string identity) => new("identity", identity);
}

/// <summary>A role, and who has it.</summary>
/// <param name="Identity"><c>key:</c> and a fingerprint, <c>trip:</c> and a code, or an account.</param>
/// <param name="Role">The role.</param>
/// <param name="Nick">The name under which that person is here now; null when not.</param>
public sealed record RoleHolder(string Identity, RoomRole Role, string? Nick);

/// <summary>An invitation.</summary>
/// <param name="Id">By which it can be revoked.</param>
/// <param name="Uses">So many may still come by it.</param>
/// <param name="Expires">Until then.</param>
/// <param name="Secret">What opens the door; told only when it is made.</param>
public sealed record RoomInvitation(string Id, long Uses, DateTimeOffset Expires, string? Secret)
{
    /// <summary>The id; not the secret.</summary>
    public override string ToString() => $"invitation {Id}";
}

/// <summary>Somebody may not enter, or is not heard.</summary>
/// <param name="Id">By which it can be lifted.</param>
/// <param name="Nick">The name at that time.</param>
/// <param name="Muted">Not shut out, but not heard by the others.</param>
/// <param name="Expires">Until then.</param>
/// <param name="Identities">The keys and trips that it holds for; for addresses and sessions it does, too.</param>
public sealed record RoomBan(
    string Id,
    string Nick,
    bool Muted,
    DateTimeOffset Expires,
    IReadOnlyList<string> Identities
);

/// <summary>Somebody changed what belongs to the room.</summary>
/// <param name="Time">When.</param>
/// <param name="Nick">Who; empty when nobody did, because the room is under attack or is not any more.</param>
/// <param name="Door">What holds now.</param>
public sealed record DoorChanged(DateTimeOffset Time, string Nick, RoomDoor Door) : ChatEvent(Time);

/// <summary>Somebody asks to be let in; moderators are told.</summary>
/// <param name="Time">When.</param>
/// <param name="UserId">What <see cref="ChatRoom.AdmitAsync"/> takes.</param>
/// <param name="Nick">The name that they want.</param>
/// <param name="Trip">Their trip code, when they have one.</param>
/// <param name="Identity">The key that they have proven, when they did: <c>key:</c> and a fingerprint.</param>
/// <param name="Text">What they say; nothing proves it.</param>
public sealed record KnockReceived(
    DateTimeOffset Time,
    long UserId,
    string Nick,
    string? Trip,
    string? Identity,
    string? Text
) : ChatEvent(Time);

/// <summary>A moderator shut somebody out, or silenced them; moderators are told.</summary>
/// <param name="Time">When.</param>
/// <param name="By">Who did.</param>
/// <param name="Ban">Whom, and until when.</param>
public sealed record MemberBanned(DateTimeOffset Time, string By, RoomBan Ban) : ChatEvent(Time);

/// <summary>A moderator lifted a ban; moderators are told.</summary>
/// <param name="Time">When.</param>
/// <param name="Id">Which.</param>
public sealed record BanLifted(DateTimeOffset Time, string Id) : ChatEvent(Time);
