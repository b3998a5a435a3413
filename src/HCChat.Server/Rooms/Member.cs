using HCChat.Protocol;

namespace HCChat.Server.Rooms;

/// <summary>
/// Somebody in a room, as the others see them. Belongs to one <see cref="Room"/>, whose lock guards everything that can change.
/// It reaches its connection by three calls only, so that rooms know nothing of sockets.
/// </summary>
internal sealed class Member
{
    /// <summary>Queues an encoded frame; never blocks. A droppable one is left out when the queue is half full.</summary>
    public delegate void Deliver(byte[] frame, bool droppable);

    public required Family Family { get; init; }
    public required string Nick
    {
        get;
        set
        {
            field = value;
            Looks = Skeleton.Of(value);
        }
    }

    /// <summary>What the nick looks like.</summary>
    public Skeleton Looks { get; private set; } = Skeleton.Empty;

    /// <summary>Trip code, empty without one.</summary>
    public required string Trip { get; init; }

    /// <summary>The trip itself, where <see cref="Trip"/> may hide it; only the session token carries it.</summary>
    public required string TripCode { get; init; }
    public required long Level { get; set; }

    /// <summary>Level that the server itself gives, whatever the room says.</summary>
    public required long ServerLevel { get; init; }

    /// <summary>The key that this member has proven to have, as <c>key:</c> and its fingerprint; null without one.</summary>
    public string? Key { get; set; }

    /// <summary>The account that this member has logged in to, as <c>account:</c> and its id; null without one.</summary>
    public string? Account { get; set; }

    /// <summary>Who this is to rooms that know people: the account, the key, the trip. The operator's trip is nobody's business.</summary>
    public IEnumerable<string> Identities =>
        (Account is { } account ? (string[])[account] : [])
            .Concat(Key is { } key ? [key] : [])
            .Concat(TripCode.Length > 0 && TripCode == Trip ? ["trip:" + TripCode] : []);

    /// <summary>All by which this member can be shut out: identities, the session, the address.</summary>
    public IEnumerable<string> Subjects => Identities.Append("session:" + SessionId).Append(AddressName);

    /// <summary>A name for the address that the disk may have.</summary>
    public required string AddressName { get; init; }

    /// <summary>Let in by an invitation or a password, and so again when the session comes back.</summary>
    public bool IsAdmitted { get; init; }
    public required long UserId { get; init; }

    /// <summary>15 characters that tell moderators which members share an address; another one in every room.</summary>
    public required string Hash { get; init; }

    /// <summary>Key of the address, for bans and mutes; never sent to anybody.</summary>
    public required string AddressKey { get; init; }

    /// <summary>Six hex digits, or null for none.</summary>
    public string? Color { get; set; }
    public string? Flair { get; set; }

    /// <summary>Null for a fresh second-generation client: hack.chat leaves the member out there.</summary>
    public bool? IsBot { get; init; }

    /// <summary>Counts connections; hack.chat lists people in the order in which they connected.</summary>
    public required long ConnectionNumber { get; init; }

    /// <summary>Names the session across reconnects; the same session twice is one person.</summary>
    public required string SessionId { get; init; }

    /// <summary>Counts how often sessions were taken up or begun; the later one has it.</summary>
    public long Presented { get; init; }

    /// <summary>Queues a frame for this member.</summary>
    public required Deliver Send { get; init; }

    /// <summary>Asks whether the peer still answers; true as soon as it does, false after three seconds.</summary>
    public required Func<Task<bool>> ProbeAsync { get; init; }

    /// <summary>Ends the membership from outside: takes it from its connection and, with a code, closes that.</summary>
    public required Action<Member, CloseCode?> Evict { get; init; }

    /// <summary>How far the peer has certainly come; null for families that know it themselves, or do not care.</summary>
    public Progress? Progress { get; init; }

    /// <summary>Whether the connection has broken and the member may come back for a moment yet.</summary>
    public bool IsAway { get; set; }

    /// <summary>Whether the room has let this member go: what it was about to do there comes too late.</summary>
    public bool HasLeft { get; set; }

    /// <summary>Nick of whoever whispered last; <c>/r</c> answers them.</summary>
    public string? WhisperedBy { get; set; }

    public bool IsModerator => Level >= Rooms.Level.Moderator;
    public bool IsChannelModerator => Level >= Rooms.Level.ChannelModerator;
}
