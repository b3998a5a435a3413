using HCChat.Crypto;

namespace HCChat.Client;

/// <summary>A file to send.</summary>
public sealed record OutgoingFile
{
    private const int MaxName = 255; // UTF-16 units
    private readonly string? _path;
    private readonly Stream? _content;

    private OutgoingFile(string? path, Stream? content, string name, string? mime)
    {
        (_path, _content) = (path, content);
        Name = Shortened(FileNames.Clean(name));
        Mime = mime ?? MediaTypes.Of(Name);
    }

    /// <summary>What the others see: no folder, at most 255 UTF-16 units.</summary>
    public string Name { get; }

    /// <summary>The media type.</summary>
    public string Mime { get; }

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

    /// <summary>A small picture of it, at most 8 KiB; 20 KiB of them in a message.</summary>
    public Thumbnail? Thumbnail { get; init; }

    /// <summary>A file on the disk. Sending it goes on where it was when it is sent again after a crash (<see cref="ChatOptions.Uploads"/>).</summary>
    /// <param name="name">Another name than its own.</param>
    /// <param name="mime">Another media type than that of the name's ending.</param>
    public static OutgoingFile FromPath(string path, string? name = null, string? mime = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new OutgoingFile(Path.GetFullPath(path), null, name ?? Path.GetFileName(path), mime);
    }

    /// <summary>
    /// What a stream gives, to its end; it stays the caller's. One that cannot seek is written to a temporary file first that has no name and goes with the process, for its size has to be known.
    /// </summary>
    /// <inheritdoc cref="FromPath"/>
    public static OutgoingFile FromStream(Stream content, string name, string? mime = null)
    {
        ArgumentNullException.ThrowIfNull(content);
        return new OutgoingFile(null, content, name, mime);
    }

    /// <summary>Opens it for reading from anywhere.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    internal async Task<UploadSource> OpenAsync(CancellationToken stop)
    {
        if (_path is not null)
        {
            var file = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, useAsync: true);
            if (HasSize(file))
            {
                return new UploadSource(file, 0, _path, File.GetLastWriteTimeUtc(_path).Ticks);
            }
            await using (file.ConfigureAwait(false))
            {
                return await SpoolAsync(file, stop).ConfigureAwait(false);
            }
        }
        return _content!.CanSeek
            ? new UploadSource(_content, _content.Position, null, 0) { IsBorrowed = true }
            : await SpoolAsync(_content, stop).ConfigureAwait(false);
    }

    // Pipes have none, and some files of the system say that they are empty and are not.
    private static bool HasSize(FileStream file)
    {
        if (!file.CanSeek)
        {
            return false;
        }
        var isEmpty = file.Length == 0 && file.ReadByte() < 0;
        file.Position = 0;
        return isEmpty || file.Length > 0;
    }

    private static async Task<UploadSource> SpoolAsync(Stream content, CancellationToken stop)
    {
        var spool = Nameless();
        try
        {
            await content.CopyToAsync(spool, stop).ConfigureAwait(false);
            return new UploadSource(spool, 0, null, 0);
        }
        catch
        {
            await spool.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The file as a message tells of it.</summary>
    internal SealedFile Described(UploadState done, Secret key) =>
        new(done.ObjectKey, Name, Mime, done.Size, key, done.Encryption)
        {
            Sha256 = done.Sha256,
            Width = Width,
            Height = Height,
            DurationMs = DurationMs,
            Voice = Voice,
            Wave = Wave,
            Blur = Blur,
            Thumbnail = Thumbnail,
        };

    // Whoever looks into the folder of temporary files does not find it, and a crash leaves nothing.
    private static FileStream Nameless()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Delete,
            Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous,
        };
        if (OperatingSystem.IsWindows())
        {
            return new FileStream(path, options);
        }
        options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var file = new FileStream(path, options);
        File.Delete(path);
        return file;
    }

    private static string Shortened(string name)
    {
        if (name.Length <= MaxName)
        {
            return name;
        }
        var ending = Path.GetExtension(name) is { Length: < 32 } known ? known : "";
        var end = MaxName - ending.Length;
        return name[..(char.IsHighSurrogate(name[end - 1]) ? end - 1 : end)] + ending;
    }
}
