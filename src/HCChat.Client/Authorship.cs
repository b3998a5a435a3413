using HCChat.Crypto;

namespace HCChat.Client;

/// <summary>Who signed what was sealed, and how that stands to the key that its nick is known by (spec/crypto.md §4a). The server has no say in it.</summary>
/// <param name="Standing">The verdict; <see cref="Standing.Changed"/> and <see cref="Standing.Missing"/> have to be shown with a warning.</param>
/// <param name="Signer">The key that signed it; null when it is not signed.</param>
/// <param name="Known">The key that the nick was known by before; null when by none.</param>
public sealed record Authorship(Standing Standing, IdentityKey? Signer, IdentityKey? Known)
{
    /// <summary>Somebody else may speak in this name.</summary>
    public bool IsDoubtful => Standing is Standing.Changed or Standing.Missing;
}

/// <summary>The keys by which the nicks of one room are known. Everything happens under the room's gate.</summary>
/// <param name="troubled">Is told once that what was learnt cannot be kept.</param>
internal sealed class RoomPins(IPinStore store, Action troubled)
{
    private Pins _last = store.Read(); // damage shows when the room is opened
    private bool _told;

    /// <summary>Judges an author, and pins the key when it is the first of its nick.</summary>
    public Authorship See(string nick, IdentityKey? signer)
    {
        Sighting seen = default;
        try
        {
            _last = store.Read();
            if (_last.Judge(nick, signer).Standing == Standing.First)
            {
                store.Change(pins => seen = pins.See(nick, signer)); // another process may have been faster
                _last = store.Read();
            }
            else
            {
                seen = _last.See(nick, signer);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or E2eeException)
        {
            seen = seen.Standing == Standing.First ? seen : _last.See(nick, signer);
            if (!_told)
            {
                _told = true;
                troubled();
            }
        }
        return new Authorship(seen.Standing, signer, seen.Pin?.Key);
    }

    public Pins Read() => store.Read();

    public void Change(Action<Pins> change) => store.Change(change);
}
