using HCChat.Crypto;

namespace HCChat.Client;

/// <content>By what keys the people of the room are known (spec/crypto.md §4a).</content>
public sealed partial class ChatRoom
{
    /// <summary>What can be known by keys: rooms that are encrypted in our own way.</summary>
    public bool HasKeys => _pins is not null;

    /// <summary>Who is known by which key, the one unused for longest first; nobody where there are none.</summary>
    /// <exception cref="IOException">The store cannot be read.</exception>
    public IReadOnlyList<Pin> KnownKeys => Locked(() => _pins?.Read().All ?? []);

    /// <summary>The other nicks that sign with the same key: one person.</summary>
    /// <exception cref="IOException">The store cannot be read.</exception>
    public IReadOnlyList<string> AlsoKnownAs(string nick, IdentityKey key) =>
        Locked(() => _pins?.Read().AlsoKnownAs(nick, key) ?? []);

    /// <summary>Takes another key for a nick's from now on, because the user says so after a warning. It is not verified.</summary>
    /// <exception cref="InvalidOperationException">There are no keys in this room.</exception>
    /// <exception cref="IOException">It cannot be kept.</exception>
    public void AcceptKey(string nick, IdentityKey key) => Locked(() => Keys.Change(pins => pins.Accept(nick, key)));

    /// <summary>Notes that the user has compared the fingerprint with the person.</summary>
    /// <returns>False when that key is not, or no longer, the nick's.</returns>
    /// <exception cref="InvalidOperationException">There are no keys in this room.</exception>
    /// <exception cref="IOException">It cannot be kept.</exception>
    public bool VerifyKey(string nick, IdentityKey key)
    {
        var verified = false;
        Locked(() => Keys.Change(pins => verified = pins.Verify(nick, key)));
        return verified;
    }

    private RoomPins Keys => _pins ?? throw new InvalidOperationException("Nobody signs in this room.");

    private RoomPins? OpenPins()
    {
        if (_access.Protection != RoomProtection.Passphrase)
        {
            return null;
        }
        try
        {
            return new RoomPins(_options.Pins(_options.StoredRoom(_access)), OnPinsTroubled);
        }
        catch (E2eeException e)
        {
            throw new PinsDamagedException(Channel, e);
        }
    }

    private void OnPinsTroubled() =>
        Post(
            new NoticeReceived(
                _options.Time.GetUtcNow(),
                "pins_not_kept",
                "The keys by which people are known here cannot be kept: the next run will not know them."
            )
        );
}
