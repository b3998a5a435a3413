using System.Text.Json;
using HCChat.Crypto;

namespace HCChat.Client;

/// <summary>A file that a message tells of. Names and types are the sender's word; what it is shows when it was fetched and verified.</summary>
public sealed record SharedFile
{
    private const string ObjectEnding = ".bin";
    private const string AppEnding = ".hcss";

    private SharedFile() { }

    /// <summary>The object's id at the server; empty for files of the HChat app.</summary>
    public required string Id { get; init; }

    /// <summary>What the sender calls it: no folder, no control characters, no marks of writing direction. To save it under that name takes more care, and <see cref="ChatRoom.DownloadAsync"/> takes it.</summary>
    public required string Name { get; init; }

    /// <summary>Its media type; empty when nobody says.</summary>
    public required string Mime { get; init; }

    /// <summary>Bytes; null when nobody says.</summary>
    public long? Size { get; init; }

    /// <summary>How it was told of inside the message, its key included; null when it was not sealed there.</summary>
    public SealedFile? Sealed { get; init; }

    /// <summary>Of the bare form: the object, whose key comes from the room's.</summary>
    internal string? BareKey { get; init; }

    /// <summary>Of the bare form: how it is encrypted.</summary>
    internal FileEncryption? BareEncryption { get; init; }

    /// <summary>Of the app: where it lies.</summary>
    internal Uri? Address { get; init; }

    /// <summary>Of the app: encrypted in its own way.</summary>
    internal bool IsAppSealed { get; init; }

    /// <summary>So many bytes its object has at most; null when nothing says.</summary>
    internal long? MaxStored =>
        Sealed is { } file
            ? file.Encryption.StoredSize(Math.Max(file.Size, Padding.Padme(file.Size))) + SecretStream.Overhead
            : null;

    /// <summary>Tells two objects apart that have one name.</summary>
    internal string Source => Sealed?.ObjectKey ?? BareKey ?? Address!.AbsolutePath;

    /// <summary>Files of an opened message.</summary>
    internal static IReadOnlyList<SharedFile> Of(FileBody body) =>
        [
            .. body.Files.Select(file => new SharedFile
            {
                Id = IdOf(file.ObjectKey),
                Name = file.Name,
                Mime = file.Mime,
                Size = file.Size,
                Sealed = file,
            }),
        ];

    /// <summary>What a frame says beside the text: <c>attachment</c>, or several.</summary>
    /// <param name="isEncrypted">The room is encrypted in our way: there is the bare form alone.</param>
    internal static IReadOnlyList<SharedFile> Beside(JsonElement frame, bool isEncrypted) =>
        [
            .. (frame.Object("attachment") is { } one ? [one] : frame.List("attachments"))
                .Where(o => o.ValueKind == JsonValueKind.Object)
                .Select(o => isEncrypted ? Bare(o) : OfApp(o))
                .OfType<SharedFile>()
                .Take(10),
        ];

    // {objectKey, mime, bytes, encryption}
    private static SharedFile? Bare(JsonElement o)
    {
        try
        {
            return o.Text("objectKey") is { Length: > 0 } key
                ? new SharedFile
                {
                    Id = IdOf(key),
                    Name = FileNames.Nameless + MediaTypes.EndingOf(o.Text("mime") ?? ""),
                    Mime = Printable(o.Text("mime")),
                    BareKey = key,
                    BareEncryption = FileEncryption.Read(o),
                }
                : null;
        }
        catch (E2eeException)
        {
            return null;
        }
    }

    // {id, kind, filename, url}, or {type, filename, url}
    private static SharedFile? OfApp(JsonElement o)
    {
        if (
            !Uri.TryCreate(o.Text("url"), UriKind.Absolute, out var address)
            || address.Scheme is not ("http" or "https")
        )
        {
            return null;
        }
        var name = FileNames.Clean(o.Text("filename") ?? Uri.UnescapeDataString(address.AbsolutePath));
        var isSealed =
            name.EndsWith(AppEnding, StringComparison.OrdinalIgnoreCase)
            || address.AbsolutePath.EndsWith(AppEnding, StringComparison.OrdinalIgnoreCase);
        return new SharedFile
        {
            Id = "",
            Name =
                name.Length > AppEnding.Length && name.EndsWith(AppEnding, StringComparison.OrdinalIgnoreCase)
                    ? name[..^AppEnding.Length]
                    : name,
            Mime = "",
            Address = address,
            IsAppSealed = isSealed,
        };
    }

    private static string IdOf(string objectKey)
    {
        var last = objectKey[(objectKey.LastIndexOf('/') + 1)..];
        return last.EndsWith(ObjectEnding, StringComparison.Ordinal) ? last[..^ObjectEnding.Length] : last;
    }

    private static string Printable(string? mime) =>
        mime is { Length: <= 100 } && mime.All(c => c is >= ' ' and <= '~') ? mime : "";
}

/// <summary>How far a file is on its way.</summary>
/// <param name="Name">The file.</param>
/// <param name="Done">Bytes of its object that have gone, or come.</param>
/// <param name="Total">All of them; null while that is not known.</param>
public readonly record struct TransferProgress(string Name, long Done, long? Total);
