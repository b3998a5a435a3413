namespace HCChat.Server.Attachments;

/// <summary>How far an attachment is.</summary>
internal enum AttachmentState
{
    /// <summary>Somebody may upload it; nobody may have it.</summary>
    Pending,

    /// <summary>Its object is there as it was announced.</summary>
    Complete,

    /// <summary>Nobody may have it, and its object is being removed.</summary>
    Doomed,

    /// <summary>Its object was removed, and will be once more when no address to put it to is good any more.</summary>
    Removed,
}

/// <summary>An encrypted object that belongs to a room. The server knows its size and its place, not what it is.</summary>
/// <param name="Id">Names it; the last segment of its key, without the ending.</param>
/// <param name="Channel">The room.</param>
/// <param name="ObjectKey">Its key in the store.</param>
/// <param name="Bytes">Its size; 0 where whoever uploads it has not said.</param>
/// <param name="Sha256">SHA-256 of its bytes in Base64, where it was announced.</param>
/// <param name="Upload">The store's name for an upload in parts, or null.</param>
/// <param name="PartBytes">Bytes of each part but the last; 0 without parts.</param>
/// <param name="Owner">Who uploads it: an identity, or a session.</param>
/// <param name="Address">A name for the address that they come from.</param>
/// <param name="State">How far it is.</param>
/// <param name="Created">When it was announced, later when it was doomed; ms since 1970.</param>
internal sealed record Attachment(
    string Id,
    string Channel,
    string ObjectKey,
    long Bytes,
    string? Sha256,
    string? Upload,
    long PartBytes,
    string Owner,
    string Address,
    AttachmentState State,
    long Created
)
{
    /// <summary>What the keys that the server makes begin with.</summary>
    public const string Folder = "o/";

    /// <summary>What the keys that the app makes begin with.</summary>
    public const string AppFolder = "rooms/";

    /// <summary>SHA-256 of the secret by which whoever announced it takes it up again, in hexadecimal; null for none.</summary>
    public string? Claim { get; init; }

    /// <summary>When addresses to put it to were last asked for; ms since 1970.</summary>
    public long Asked { get; init; } = Created;

    /// <summary>Whether somebody may have it, or put it.</summary>
    public bool IsThere => State is AttachmentState.Pending or AttachmentState.Complete;

    /// <summary>Whether a key in the store is an attachment's: an operator may have other things there.</summary>
    public static bool IsKey(string key) =>
        key.StartsWith(Folder, StringComparison.Ordinal) || key.StartsWith(AppFolder, StringComparison.Ordinal);

    /// <summary>How many parts it comes in; 0 when it comes in one piece.</summary>
    public int Parts => PartBytes == 0 ? 0 : (int)((Bytes + PartBytes - 1) / PartBytes);

    /// <summary>Bytes of a part.</summary>
    /// <param name="number">From 1.</param>
    public long SizeOf(int number) => number < Parts ? PartBytes : Bytes - ((Parts - 1) * PartBytes);
}
