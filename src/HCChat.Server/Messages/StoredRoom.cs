using System.Security.Cryptography;

namespace HCChat.Server.Messages;

/// <summary>What the database has of a room, or would have once it had anything. Never changes.</summary>
/// <param name="Id">The room's key there; 0 while it has no row.</param>
/// <param name="Choice">Its settings.</param>
/// <param name="Epoch">The epoch's name.</param>
/// <param name="EpochNumber">Counts the room's epochs.</param>
/// <param name="Exists">Whether the epoch has a row.</param>
/// <param name="Head">The newest number in it.</param>
/// <param name="Floor">Up to it there are losses.</param>
/// <param name="Unproven">Whether numbers were given to events that only memory has.</param>
internal sealed record StoredRoom(
    long Id,
    HistoryChoice Choice,
    string Epoch,
    long EpochNumber,
    bool Exists,
    long Head,
    long Floor,
    bool Unproven
)
{
    /// <summary>Nothing.</summary>
    public static StoredRoom None() => new(0, HistoryChoice.None, NewEpoch(), 1, false, 0, 0, false);

    /// <summary>A name for a new epoch: 16 random characters.</summary>
    public static string NewEpoch() => RandomNumberGenerator.GetHexString(16, lowercase: true);

    /// <summary>A key for a new room: 62 random bits, so that nobody counts rooms.</summary>
    public static long NewId() => (long)(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)) >> 2) + 1;
}
