using System.Text.Json;

namespace HCChat.Crypto;

/// <summary>Files as content has them (spec/crypto.md §7). What is outside its limits is neither written nor read: <see cref="E2eeError.Format"/>.</summary>
internal static class FileJson
{
    /// <summary>Files in one message.</summary>
    public const int MaxFiles = 10;

    private const int MaxObjectKey = 512; // UTF-16 units
    private const int MaxName = 255;
    private const int MaxMime = 100;
    private const int MaxBlur = 64;
    private const int MaxWave = 100;
    private const int MaxThumbnail = 8 * 1024;
    private const int MaxThumbnails = 20 * 1024; // of all files together
    private const int KeySize = 32;
    private const int HashSize = 32;

    private static readonly string[] s_pictures = ["image/webp", "image/jpeg", "image/png"];

    /// <summary>The member <c>files</c>.</summary>
    public static IReadOnlyList<SealedFile> Read(JsonElement o)
    {
        if (!o.TryGetProperty("files", out var list) || list.ValueKind != JsonValueKind.Array)
        {
            throw Malformed();
        }
        SealedFile[] files = [.. list.EnumerateArray().Select(ReadFile)];
        Check(files);
        return files;
    }

    /// <summary>Writes the member <c>files</c>.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<SealedFile> files)
    {
        Check(files);
        json.WriteStartArray("files");
        foreach (var file in files)
        {
            WriteFile(json, file);
        }
        json.WriteEndArray();
    }

    /// <summary>The member <c>encryption</c>.</summary>
    public static FileEncryption ReadEncryption(JsonElement o)
    {
        if (!o.TryGetProperty("encryption", out var how) || how.ValueKind != JsonValueKind.Object)
        {
            throw Malformed();
        }
        return JsonText.String(how, "scheme") switch
        {
            GcmFile.Scheme => FileEncryption.OnePiece(Bytes(how, "nonceB64")),
            GcmStream.Scheme => FileEncryption.Seekable(Bytes(how, "noncePrefixB64"), ChunkSize(how)),
            SecretStream.Scheme => FileEncryption.Sequential(Bytes(how, "headerB64"), ChunkSize(how)),
            _ => throw Malformed(),
        };
    }

    /// <summary>Writes the member <c>encryption</c>.</summary>
    public static void WriteEncryption(Utf8JsonWriter json, FileEncryption how)
    {
        json.WriteStartObject("encryption");
        json.WriteString("scheme", how.Scheme);
        var beside = how.Scheme switch
        {
            GcmFile.Scheme => "nonceB64",
            GcmStream.Scheme => "noncePrefixB64",
            _ => "headerB64",
        };
        json.WriteString(beside, Base64Text.Encode(how.Beside));
        if (how.ChunkSize > 0)
        {
            json.WriteNumber("chunkSize", how.ChunkSize);
        }
        json.WriteEndObject();
    }

    private static SealedFile ReadFile(JsonElement o)
    {
        if (o.ValueKind != JsonValueKind.Object)
        {
            throw Malformed();
        }
        var name = Text(o, "name");
        return new SealedFile(
            Text(o, "objectKey"),
            name.Length is > 0 and <= MaxName ? FileNames.Clean(name) : throw Malformed(),
            Text(o, "mime"),
            Number(o, "size"),
            ReadKey(o),
            ReadEncryption(o)
        )
        {
            Sha256 = OptionalBytes(o, "sha256B64"),
            Width = OptionalNumber(o, "w"),
            Height = OptionalNumber(o, "h"),
            DurationMs = OptionalNumber(o, "durMs"),
            Voice = ContentJson.Flag(o, "voice"),
            Wave = OptionalBytes(o, "waveB64"),
            Blur = JsonText.String(o, "blur"),
            Thumbnail = o.TryGetProperty("thumb", out var thumb) ? ReadThumbnail(thumb) : null,
        };
    }

    private static Secret ReadKey(JsonElement o)
    {
        var key = Bytes(o, "keyB64");
        var secret = new Secret(key);
        Array.Clear(key);
        return secret;
    }

    private static Thumbnail ReadThumbnail(JsonElement o) =>
        o.ValueKind == JsonValueKind.Object
            ? new Thumbnail(Text(o, "mime"), Number(o, "w"), Number(o, "h"), Bytes(o, "dataB64"))
            : throw Malformed();

    private static void WriteFile(Utf8JsonWriter json, SealedFile file)
    {
        json.WriteStartObject();
        JsonText.Write(json, "objectKey", file.ObjectKey);
        JsonText.Write(json, "name", file.Name);
        JsonText.Write(json, "mime", file.Mime);
        json.WriteNumber("size", file.Size);
        json.WriteString("keyB64", Base64Text.Encode(file.Key.Reveal()));
        WriteEncryption(json, file.Encryption);
        Write(json, "sha256B64", file.Sha256);
        Write(json, "w", file.Width);
        Write(json, "h", file.Height);
        Write(json, "durMs", file.DurationMs);
        if (file.Voice)
        {
            json.WriteBoolean("voice", true);
        }
        Write(json, "waveB64", file.Wave);
        if (file.Blur is not null)
        {
            JsonText.Write(json, "blur", file.Blur);
        }
        if (file.Thumbnail is { } thumb)
        {
            json.WriteStartObject("thumb");
            json.WriteString("mime", thumb.Mime);
            json.WriteNumber("w", thumb.Width);
            json.WriteNumber("h", thumb.Height);
            json.WriteString("dataB64", Base64Text.Encode(thumb.Data));
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void Check(IReadOnlyList<SealedFile> files)
    {
        var fit =
            files.Count is >= 1 and <= MaxFiles
            && files.All(Fits)
            && files.Sum(file => file.Thumbnail?.Data.Length ?? 0) <= MaxThumbnails;
        if (!fit)
        {
            throw Malformed();
        }
    }

    private static bool Fits(SealedFile file) =>
        file.ObjectKey.Length is > 0 and <= MaxObjectKey
        && file.Name.Length is > 0 and <= MaxName
        && file.Mime.Length is > 0 and <= MaxMime
        && file.Mime.All(c => c is >= ' ' and <= '~')
        && IsNumber(file.Size)
        && file.Key.Length == KeySize
        && file.Sha256 is null or { Length: HashSize }
        && IsNumber(file.Width)
        && IsNumber(file.Height)
        && IsNumber(file.DurationMs)
        && file.Wave is null or { Length: > 0 and <= MaxWave }
        && file.Blur is null or { Length: <= MaxBlur }
        && (
            file.Thumbnail is not { } thumb
            || (
                s_pictures.Contains(thumb.Mime)
                && IsNumber(thumb.Width)
                && IsNumber(thumb.Height)
                && thumb.Data.Length <= MaxThumbnail
            )
        );

    private static bool IsNumber(long? number) => number is null or (>= 0 and <= ContentJson.MaxInteger);

    private static string Text(JsonElement o, string name) => JsonText.String(o, name) ?? throw Malformed();

    private static long Number(JsonElement o, string name) => ContentJson.Integer(o, name, ContentJson.MaxInteger);

    private static long? OptionalNumber(JsonElement o, string name) =>
        o.TryGetProperty(name, out _) ? Number(o, name) : null;

    private static byte[] Bytes(JsonElement o, string name) => Base64Text.Decode(Text(o, name)) ?? throw Malformed();

    private static byte[]? OptionalBytes(JsonElement o, string name) =>
        o.TryGetProperty(name, out _) ? Bytes(o, name) : null;

    private static int ChunkSize(JsonElement o) => (int)ContentJson.Integer(o, "chunkSize", int.MaxValue);

    private static void Write(Utf8JsonWriter json, string name, byte[]? bytes)
    {
        if (bytes is not null)
        {
            json.WriteString(name, Base64Text.Encode(bytes));
        }
    }

    private static void Write(Utf8JsonWriter json, string name, long? number)
    {
        if (number is { } value)
        {
            json.WriteNumber(name, value);
        }
    }

    private static E2eeException Malformed() => new(E2eeError.Format);
}
