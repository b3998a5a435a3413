using System.Security.Cryptography;
using System.Text;

namespace HCChat.Server.Rooms;

/// <summary>
/// hack.chat's trip codes: the first six characters of base64(SHA-256(pass + salt)). 36 bits, so a hint, not an identity;
/// an operator who brings hack.chat's salt keeps everybody's codes.
/// </summary>
internal sealed class Trips
{
    private readonly byte[] _salt;
    private readonly string? _admin;
    private readonly HashSet<string> _moderators;
    private readonly Lock _lock = new();

    /// <param name="salt">The salt as text: hack.chat reads its <c>salt.key</c> as UTF-8.</param>
    /// <param name="admin">The operator's trip, or null for none.</param>
    /// <param name="moderators">Trips of the moderators of the whole server.</param>
    public Trips(string salt, string? admin, IEnumerable<string> moderators)
    {
        _salt = Encoding.UTF8.GetBytes(salt);
        _admin = string.IsNullOrEmpty(admin) ? null : admin;
        _moderators = [.. moderators];
    }

    /// <summary>The trip of a pass code, empty without one. Leaves no copy of the code behind.</summary>
    public string Of(ReadOnlySpan<char> pass)
    {
        if (pass.IsEmpty)
        {
            return "";
        }
        var salted = GC.AllocateUninitializedArray<byte>(Encoding.UTF8.GetByteCount(pass) + _salt.Length, pinned: true);
        var length = Encoding.UTF8.GetBytes(pass, salted);
        _salt.CopyTo(salted, length);
        var trip = Convert.ToBase64String(SHA256.HashData(salted))[..6];
        CryptographicOperations.ZeroMemory(salted);
        return trip;
    }

    /// <summary>
    /// What a trip is worth now, and as what it is shown: the operator's own is not. Asked again when a session is restored, because
    /// rights may have changed.
    /// </summary>
    public (string Shown, long Level) Rights(string trip)
    {
        if (trip.Length > 0 && trip == _admin)
        {
            return ("Admin", Level.Admin);
        }
        lock (_lock)
        {
            return (trip, _moderators.Contains(trip) ? Level.Moderator : Level.Default);
        }
    }

    /// <summary>Makes a trip a moderator, or no longer, until the server restarts.</summary>
    public void SetModerator(string trip, bool moderator)
    {
        lock (_lock)
        {
            _ = moderator ? _moderators.Add(trip) : _moderators.Remove(trip);
        }
    }
}
