namespace HCChat.Storage;

/// <summary>A file of the store's folder.</summary>
/// <param name="Name">Random; nothing that a client says becomes a name.</param>
/// <param name="Size">Bytes.</param>
internal sealed record StoredFile(string Name, long Size);

/// <summary>An object: what is told of it, and the files that its bytes lie in, one after the other.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Size">Bytes.</param>
/// <param name="ETag">MD5 of its bytes in hex; of an object in parts the MD5 of theirs, and their number.</param>
/// <param name="Type">The media type that its sender gave it.</param>
/// <param name="Sha256">SHA-256 of its bytes in Base64; empty for an object in parts.</param>
/// <param name="Modified">When it was completed, ms since 1970.</param>
internal sealed record StoredObject(string Key, long Size, string ETag, string Type, string Sha256, long Modified)
{
    /// <summary>Where its bytes lie.</summary>
    public IReadOnlyList<StoredFile> Files { get; init; } = [];
}

/// <summary>An upload in parts that is not complete.</summary>
/// <param name="Id">Names it.</param>
/// <param name="Key">Where its object will be.</param>
/// <param name="Type">The media type of the object.</param>
/// <param name="Begun">When, ms since 1970.</param>
internal sealed record Upload(string Id, string Key, string Type, long Begun);

/// <summary>A part that has arrived.</summary>
/// <param name="Number">From 1 to 10,000.</param>
/// <param name="File">Where it lies.</param>
/// <param name="ETag">MD5 of its bytes in hex.</param>
/// <param name="Modified">When it arrived, ms since 1970.</param>
internal sealed record Part(int Number, StoredFile File, string ETag, long Modified);
