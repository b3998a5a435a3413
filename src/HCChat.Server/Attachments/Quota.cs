namespace HCChat.Server.Attachments;

/// <summary>How much may lie in the store (<c>Attachments:…</c>; docs/limits.md).</summary>
/// <param name="FileBytes">One object.</param>
/// <param name="RoomBytes">All objects of one room.</param>
/// <param name="DayBytes">What one identity, and one address, uploads in 24 hours.</param>
/// <param name="DayCount">How many objects those are.</param>
/// <param name="Days">How long an object is kept that no message has named.</param>
/// <param name="PendingHours">How long an upload may lie still before it is cleared away.</param>
internal sealed record Quota(long FileBytes, long RoomBytes, long DayBytes, long DayCount, int Days, int PendingHours)
{
    /// <summary>Uploads of one identity, or from one address, that may be on their way at a time.</summary>
    public const int MaxPending = 100;

    /// <summary>Bytes of the largest object that can ever come in, however long one waits.</summary>
    public long Most => Math.Min(FileBytes, Math.Min(RoomBytes, DayBytes));
}
