using HCChat.Crypto;

namespace HCChat.Client;

/// <summary>Which room to open, and by what key. A room that is not encrypted has to be asked for by name (<see cref="Plain"/>).</summary>
public sealed class RoomAccess
{
    private readonly string? _passphrase;
    private readonly Secret? _roomKey;
    private readonly byte[]? _pinnedSalt;

    private RoomAccess(RoomAccess other, string? invitation, string? password)
        : this(
            other.Channel,
            other.Protection,
            other._passphrase,
            other._roomKey,
            other._pinnedSalt,
            other.Title,
            invitation ?? other.Invitation
        ) => Password = password ?? other.Password;

    private RoomAccess(
        string channel,
        RoomProtection protection,
        string? passphrase = null,
        Secret? roomKey = null,
        byte[]? pinnedSalt = null,
        string? title = null,
        string? invitation = null
    )
    {
        Channel = channel;
        Protection = protection;
        Title = title;
        _passphrase = passphrase;
        _roomKey = roomKey;
        _pinnedSalt = pinnedSalt;
        Invitation = invitation;
    }

    /// <summary>The room's name on the wire.</summary>
    public string Channel { get; }

    /// <summary>How the room is protected.</summary>
    public RoomProtection Protection { get; }

    /// <summary>The room's name for people, told to the others with the first message.</summary>
    public string? Title { get; }

    /// <summary>What the link, or somebody inside, gave us to open the door of a room that people enter by invitation. It goes to the server.</summary>
    internal string? Invitation { get; }

    /// <summary>The password that the room's owner has put on its door. It goes to the server, and decrypts nothing.</summary>
    internal string? Password { get; }

    /// <summary>
    /// Something can be said before the room was joined (<see cref="DeferredMessage"/>). Not so under a passphrase that is stretched with a salt which only the server
    /// knows: a link that has the room's key or its salt is needed.
    /// </summary>
    public bool CanSealUnjoined => SaltUnjoined is not null;

    /// <summary>The room of a link, encrypted under the link's key, or under <paramref name="passphrase"/> when the link has no key.</summary>
    /// <exception cref="ArgumentException">The link has no key and there is no passphrase.</exception>
    public static RoomAccess ByLink(InviteLink link, string? passphrase = null)
    {
        ArgumentNullException.ThrowIfNull(link);
        if (link.RoomKey is null && string.IsNullOrEmpty(passphrase))
        {
            throw new ArgumentException(
                "This link carries no key: a passphrase is needed, or the link with the secret."
            );
        }
        var key = link.RoomKey is null ? null : new Secret(link.RoomKey.Reveal());
        return new(
            link.Channel,
            RoomProtection.Passphrase,
            passphrase,
            key,
            link.RoomSalt,
            link.Title,
            link.Invitation
        );
    }

    /// <summary>A room that is encrypted under a passphrase.</summary>
    public static RoomAccess ByPassphrase(string channel, string passphrase) =>
        new(channel.Normalize(), RoomProtection.Passphrase, passphrase);

    /// <summary>A room that is not encrypted: the server, and whoever else joins, reads everything.</summary>
    public static RoomAccess Plain(string channel) => new(channel, RoomProtection.Off);

    /// <summary>
    /// A room shared with the HChat app: envelopes of version 1, whose passphrase is cheaper to guess. Use a passphrase of its own for it.
    /// </summary>
    public static RoomAccess HChat(string channel, string passphrase) => new(channel, RoomProtection.HChat, passphrase);

    /// <summary>The same room with what opens its door: an invitation, or the password that its owner has put on it. The server gets them; they decrypt nothing.</summary>
    public RoomAccess With(string? invitation = null, string? password = null) => new(this, invitation, password);

    /// <summary>The keys, once the server has named the room's salt.</summary>
    /// <exception cref="RoomSaltChangedException">The link pins another salt.</exception>
    internal RoomKeys DeriveKeys(byte[] serverSalt)
    {
        if (_roomKey is not null)
        {
            return new RoomKeys(new Secret(_roomKey.Reveal()), Channel);
        }
        if (_pinnedSalt is not null && !_pinnedSalt.AsSpan().SequenceEqual(serverSalt))
        {
            throw new RoomSaltChangedException();
        }
        return Passphrase.Derive(_passphrase!, Channel, serverSalt);
    }

    /// <summary>Does the salt matter? A room key is not stretched.</summary>
    internal bool IsSalted => Protection == RoomProtection.Passphrase && _roomKey is null;

    /// <summary>The salt to derive with before the server has named one; null when that would be a guess.</summary>
    internal byte[]? SaltUnjoined => IsSalted ? _pinnedSalt : [];

    internal LegacyEnvelope DeriveLegacy() => new(_passphrase!, Channel);
}
