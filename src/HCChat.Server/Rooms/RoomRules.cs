using System.Collections.Immutable;

namespace HCChat.Server.Rooms;

/// <summary>What somebody may do by right of the room itself.</summary>
internal enum Role
{
    /// <summary>Nothing in particular.</summary>
    None,

    /// <summary>Enters whatever the door says.</summary>
    Member,

    /// <summary>Keeps order.</summary>
    Moderator,

    /// <summary>Decides everything.</summary>
    Owner,
}

/// <summary>Who may enter a room, besides its members.</summary>
internal enum Access
{
    /// <summary>Everybody.</summary>
    Open,

    /// <summary>Whoever has an invitation.</summary>
    Invite,

    /// <summary>Nobody.</summary>
    Locked,
}

/// <summary>Somebody who may not enter a room, or is not heard in it.</summary>
/// <param name="Id">Names it for whoever takes it back.</param>
/// <param name="Subjects">Whom it is about: identities, sessions, addresses.</param>
/// <param name="Nick">As whom they were known.</param>
/// <param name="Muted">Whether they may listen.</param>
/// <param name="Expires">When it ends, ms since 1970.</param>
internal sealed record RoomBan(string Id, ImmutableArray<string> Subjects, string Nick, bool Muted, long Expires);

/// <summary>What belongs to a room itself and outlives its people. Never changes.</summary>
internal sealed record RoomRules
{
    /// <summary>A room that belongs to nobody and has set nothing.</summary>
    public static RoomRules None { get; } = new();

    /// <summary>Who may enter.</summary>
    public Access Access { get; init; }

    /// <summary>Whether those who may not may ask.</summary>
    public bool Knock { get; init; }

    /// <summary>Least time between two messages of one person, seconds.</summary>
    public long Slow { get; init; }

    /// <summary>Hash of the password that opens the room; empty without one.</summary>
    public string Password { get; init; } = "";

    /// <summary>Message of the day, or null for the server's.</summary>
    public string? Motd { get; init; }

    /// <summary>Whether the room is on the public list.</summary>
    public bool Listed { get; init; }

    /// <summary>Whether newcomers pay even when the room is not found to be under attack.</summary>
    public bool Raid { get; init; }

    /// <summary>Roles by identity.</summary>
    public ImmutableDictionary<string, Role> Roles { get; init; } = ImmutableDictionary<string, Role>.Empty;

    /// <summary>Who is shut out, and who is not heard.</summary>
    public ImmutableList<RoomBan> Bans { get; init; } = [];

    /// <summary>Whether the room belongs to somebody.</summary>
    public bool IsOwned => Roles.ContainsValue(Role.Owner);

    /// <summary>Whether the door is open to everybody.</summary>
    public bool IsOpen => Access == Access.Open && Password.Length == 0;

    /// <summary>The highest role of somebody who has these identities.</summary>
    public Role RoleOf(IEnumerable<string> identities) =>
        identities.Select(i => Roles.GetValueOrDefault(i)).DefaultIfEmpty().Max();

    /// <summary>
    /// The ban, or the mute, that holds for somebody, if any does. Whoever has a role here answers for themselves alone, and not for others at the same address.
    /// </summary>
    public RoomBan? BanOf(Member them, bool muted, long now)
    {
        if (Bans.IsEmpty)
        {
            return null;
        }
        var identities = them.Identities.ToList();
        var subjects = RoleOf(identities) == Role.None ? [.. them.Subjects] : identities;
        return Bans.Find(b => b.Muted == muted && b.Expires > now && b.Subjects.Any(subjects.Contains));
    }

    /// <summary>A role's name on the wire.</summary>
    public static string Name(Role role) => role.ToString().ToLowerInvariant();

    /// <summary>A role by its name, or null.</summary>
    public static Role? ParseRole(string? name) =>
        name switch
        {
            "none" => Role.None,
            "member" => Role.Member,
            "moderator" => Role.Moderator,
            "owner" => Role.Owner,
            _ => null,
        };

    /// <summary>An access's name on the wire.</summary>
    public static string Name(Access access) => access.ToString().ToLowerInvariant();

    /// <summary>An access by its name, or null.</summary>
    public static Access? ParseAccess(string? name) =>
        name switch
        {
            "open" => Access.Open,
            "invite" => Access.Invite,
            "locked" => Access.Locked,
            _ => null,
        };

    /// <summary>hack.chat's level of a role.</summary>
    public static long LevelOf(Role role) =>
        role switch
        {
            Role.Owner => Level.ChannelOwner,
            Role.Moderator => Level.ChannelModerator,
            Role.Member => Level.ChannelTrusted,
            _ => Level.Default,
        };
}
