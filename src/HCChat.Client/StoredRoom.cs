using System.Security.Cryptography;
using System.Text;
using HCChat.Crypto;

namespace HCChat.Client;

/// <summary>The room that something is stored for. Rooms of one name under different protection have nothing in common: what may leave in clear differs.</summary>
/// <param name="Server">The WebSocket's address.</param>
/// <param name="Channel">The room's name on the wire.</param>
/// <param name="Protection">How it is protected.</param>
/// <param name="Nick">
/// The name by which the next run is known for the same, when no message waits; null for none: a trip does it better, and a name that nobody will use again is litter.
/// </param>
public sealed record StoredRoom(Uri Server, string Channel, RoomProtection Protection, string? Nick)
{
    /// <summary>A name for files that does not tell which room it is.</summary>
    internal string FileName =>
        Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes($"{Server.AbsoluteUri}\n{Protection}\n{Channel}"))
        )[..32];
}
