using System.Text.Json;

namespace HCChat.Crypto;

/// <summary>A file as a message tells of it (spec/crypto.md §7): where its object is, how that is opened, and what it looks like.</summary>
/// <param name="ObjectKey">The object; the last segment without <c>.bin</c> is its id over HTTP.</param>
/// <param name="Name">What its sender calls it, 1–255 UTF-16 units. Read without control characters, marks of writing direction and folders; still somebody else's word.</param>
/// <param name="Mime">Its media type, 1–100 printable ASCII characters; the sender's word.</param>
/// <param name="Size">Bytes of plaintext, without the zeroes behind it.</param>
/// <param name="Key">The object's own key, 32 bytes.</param>
/// <param name="Encryption">How the object is encrypted.</param>
public sealed record SealedFile(
    string ObjectKey,
    string Name,
    string Mime,
    long Size,
    Secret Key,
    FileEncryption Encryption
)
{
    /// <summary>SHA-256 of the stored object, 32 bytes; checked before anything else where it is there.</summary>
    public byte[]? Sha256 { get; init; }

    /// <summary>Of a picture or a video: pixels.</summary>
    public long? Width { get; init; }

    /// <inheritdoc cref="Width"/>
    public long? Height { get; init; }

    /// <summary>Of sound or a video: how long it is, ms.</summary>
    public long? DurationMs { get; init; }

    /// <summary>It was spoken into the chat just now.</summary>
    public bool Voice { get; init; }

    /// <summary>Loudness over its time, 1–100 bytes.</summary>
    public byte[]? Wave { get; init; }

    /// <summary>A BlurHash, at most 64 characters.</summary>
    public string? Blur { get; init; }

    /// <summary>A small picture of it.</summary>
    public Thumbnail? Thumbnail { get; init; }
}

/// <summary>A small picture that travels inside a message.</summary>
/// <param name="Mime"><c>image/webp</c>, <c>image/jpeg</c> or <c>image/png</c>.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Data">The picture, at most 8 KiB.</param>
public sealed record Thumbnail(string Mime, long Width, long Height, byte[] Data);

/// <summary>How an object is encrypted, and what travels beside it.</summary>
public sealed record FileEncryption
{
    private FileEncryption(string scheme, byte[] beside, int chunkSize) =>
        (Scheme, Beside, ChunkSize) = (scheme, beside, chunkSize);

    /// <summary>One of the schemes: of <see cref="GcmFile"/>, <see cref="GcmStream"/> or <see cref="SecretStream"/>.</summary>
    public string Scheme { get; }

    /// <summary>The nonce, the nonce's prefix or the header, as the scheme has it.</summary>
    public byte[] Beside { get; }

    /// <summary>Bytes of plaintext in a full chunk; 0 in one piece.</summary>
    public int ChunkSize { get; }

    /// <summary>In one piece.</summary>
    /// <exception cref="E2eeException"><see cref="E2eeError.Format"/>: no nonce of 12 bytes.</exception>
    public static FileEncryption OnePiece(byte[] nonce) => Of(GcmFile.Scheme, nonce, Envelope.NonceSize, 0);

    /// <summary>In chunks that one can begin at anywhere.</summary>
    /// <exception cref="E2eeException"><see cref="E2eeError.Format"/>: no prefix of 7 bytes, or a chunk size that is not read.</exception>
    public static FileEncryption Seekable(byte[] prefix, int chunkSize = GcmStream.ChunkSize)
    {
        ChunkReader.CheckSize(chunkSize);
        return Of(GcmStream.Scheme, prefix, GcmStream.PrefixSize, chunkSize);
    }

    /// <summary>As libsodium's secretstream.</summary>
    /// <exception cref="E2eeException"><see cref="E2eeError.Format"/>: no header of 24 bytes, or a chunk size that is not read.</exception>
    public static FileEncryption Sequential(byte[] header, int chunkSize = SecretStream.ChunkSize)
    {
        ChunkReader.CheckSize(chunkSize);
        return Of(SecretStream.Scheme, header, SecretStream.HeaderSize, chunkSize);
    }

    /// <summary>The member <c>encryption</c> of <paramref name="o"/>.</summary>
    /// <exception cref="E2eeException"><see cref="E2eeError.Format"/>: it is missing, or none that is known.</exception>
    public static FileEncryption Read(JsonElement o) => FileJson.ReadEncryption(o);

    /// <summary>Writes it as the member <c>encryption</c>.</summary>
    public void Write(Utf8JsonWriter json) => FileJson.WriteEncryption(json, this);

    /// <summary>How many bytes an object has that holds so many bytes of plaintext.</summary>
    public long StoredSize(long plain)
    {
        var chunks = ChunkSize == 0 ? 1 : Math.Max(1, (plain + ChunkSize - 1) / ChunkSize);
        return plain + (chunks * (Scheme == SecretStream.Scheme ? SecretStream.Overhead : Envelope.TagSize));
    }

    private static FileEncryption Of(string scheme, byte[] beside, int size, int chunkSize) =>
        beside?.Length == size
            ? new FileEncryption(scheme, beside, chunkSize)
            : throw new E2eeException(E2eeError.Format);
}
