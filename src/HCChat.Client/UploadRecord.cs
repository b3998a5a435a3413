using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HCChat.Crypto;

namespace HCChat.Client;

/// <summary>An upload that has begun.</summary>
/// <param name="Size">Bytes of plaintext.</param>
/// <param name="Modified">When the file was last written.</param>
/// <param name="Head">SHA-256 of its beginning.</param>
/// <param name="Id">The object.</param>
/// <param name="ObjectKey">Its key in the store.</param>
/// <param name="Key">The key that it is encrypted under, Base64.</param>
/// <param name="Beside">The nonce, or its prefix.</param>
/// <param name="Stored">Bytes of the object.</param>
/// <param name="Sha256">SHA-256 of the object, where it is known.</param>
/// <param name="Claim">The secret by which it is taken up again by whoever we are by then.</param>
internal sealed record UploadState(
    long Size,
    long Modified,
    string Head,
    string Id,
    string ObjectKey,
    string Key,
    byte[] Beside,
    long Stored,
    byte[]? Sha256,
    string? Claim = null
)
{
    /// <summary>How it is encrypted.</summary>
    public FileEncryption Encryption =>
        Size < FileCipher.LargeFrom ? FileEncryption.OnePiece(Beside) : FileEncryption.Seekable(Beside);

    /// <summary>The key itself.</summary>
    public Secret OpenKey() => new(Convert.FromBase64String(Key));

    /// <summary>Nothing: it has a key in it.</summary>
    public override string ToString() => $"upload of {Size} bytes";
}

/// <summary>
/// What is known of the upload of one file to one room, so that it goes on where it was: on the disk line by line as it gets on, readable by its user only, locked while somebody sends. Without a folder, or
/// while another process sends the same file, in memory alone.
/// </summary>
internal sealed class UploadRecord : IDisposable
{
    private const string Suffix = ".upload";

    /// <summary>No server that is set up as usual has anything left of an upload that has lain still for so long.</summary>
    private static readonly TimeSpan s_lifetime = TimeSpan.FromDays(7);
    private static readonly TimeSpan s_saidLifetime = TimeSpan.FromHours(24); // so long the server knows a message again

    private readonly FileStream? _file;
    private readonly Dictionary<int, string> _parts = [];

    private UploadRecord(FileStream? file) => _file = file;

    private sealed record Line(
        UploadState? Begun = null,
        int Part = 0,
        string? Hash = null,
        bool Complete = false,
        SaidLine? Said = null
    );

    private sealed record SaidLine(string What, string Mid, string Frame, DateTimeOffset At);

    /// <summary>The upload; null when none has begun.</summary>
    public UploadState? Begun { get; private set; }

    /// <summary>Its object was whole.</summary>
    public bool IsComplete { get; private set; }

    private SaidLine? _said;

    /// <summary>The record of a file.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static UploadRecord Open(string? folder, StoredRoom room, string? path)
    {
        if (folder is null || path is null)
        {
            return new UploadRecord(null);
        }
        PrivateFile.MakeFolder(folder);
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{room.FileName}\n{path}")))[..32];
        FileStream file;
        try
        {
            file = PrivateFile.Open(Path.Combine(folder, name + Suffix), FileMode.OpenOrCreate, FileShare.None);
        }
        catch (IOException e) when (e is not DirectoryNotFoundException)
        {
            return new UploadRecord(null); // somebody else sends it
        }
        var record = new UploadRecord(file);
        record.Read();
        return record;
    }

    /// <summary>Forgets uploads with which nobody has gone on for a week: their keys need not lie about. What somebody is at, or what cannot be removed, stays.</summary>
    public static void Sweep(string? folder, DateTimeOffset now)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }
        foreach (var path in Directory.EnumerateFiles(folder, "*" + Suffix))
        {
            try
            {
                if (now - File.GetLastWriteTimeUtc(path) > s_lifetime)
                {
                    using var file = PrivateFile.Open(path, FileMode.OpenOrCreate, FileShare.None);
                    file.SetLength(0); // for whoever has opened it already
                    File.Delete(path);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException) { }
        }
    }

    /// <summary>Whether what has begun is the upload of that file as it is now.</summary>
    public async Task<bool> FitsAsync(UploadSource source, CancellationToken stop) =>
        Begun is { } begun
        && begun.Size == source.Size
        && begun.Modified == source.Modified
        && begun.Head == await source.HeadAsync(stop).ConfigureAwait(false);

    /// <summary>Forgets another one, and begins this one.</summary>
    public void Begin(UploadState state)
    {
        Clear();
        Begun = state;
        Append(new Line(Begun: state));
    }

    /// <summary>The hash of the ciphertext of a part that was encrypted before; null when it was not.</summary>
    public string? HashOf(int part) => _parts.GetValueOrDefault(part);

    /// <summary>A part is encrypted: it is on the disk before the part goes out.</summary>
    public void Add(int part, string hash)
    {
        _parts[part] = hash;
        Append(new Line(Part: part, Hash: hash));
    }

    /// <summary>The object is whole.</summary>
    public void Complete()
    {
        IsComplete = true;
        Append(new Line(Complete: true));
    }

    /// <summary>The message in which it was told of, if it said the same.</summary>
    /// <param name="waits">Whether a message still waits to go out: then it is that one, however long ago it was made.</param>
    public StoredMessage? Said(string what, DateTimeOffset now, Func<string, bool> waits) =>
        _said is { } said && said.What == what && (now - said.At < s_saidLifetime || waits(said.Mid))
            ? new StoredMessage(said.Mid, Encoding.UTF8.GetBytes(said.Frame))
            : null;

    /// <summary>It is told of in that message: the same goes out again, whatever happens.</summary>
    /// <param name="what">What the message says, as a hash.</param>
    public void Say(string what, StoredMessage message, DateTimeOffset now)
    {
        _said = new SaidLine(what, message.Mid, Encoding.UTF8.GetString(message.Frame.Span), now);
        Append(new Line(Said: _said));
    }

    /// <summary>All is said and done.</summary>
    public void Forget()
    {
        Clear(); // for whoever has opened it already
        if (_file is not null)
        {
            File.Delete(_file.Name);
        }
    }

    /// <summary>Nothing of it is left on the server.</summary>
    public void Clear()
    {
        _file?.SetLength(0);
        _parts.Clear();
        (Begun, IsComplete, _said) = (null, false, null);
    }

    /// <summary>Lets go of it; whoever sends the file the next time goes on.</summary>
    public void Dispose()
    {
        if (_file is { Length: 0 })
        {
            File.Delete(_file.Name);
        }
        _file?.Dispose();
    }

    private void Append(Line line)
    {
        if (_file is not null)
        {
            _file.Seek(0, SeekOrigin.End);
            _file.Write([.. JsonSerializer.SerializeToUtf8Bytes(line), (byte)'\n']);
            _file.Flush(flushToDisk: true);
        }
    }

    // What was half written is cut off: it was not relied upon.
    private void Read()
    {
        var bytes = new byte[_file!.Length];
        _file.ReadExactly(bytes);
        var good = 0;
        try
        {
            for (int end; (end = bytes.AsSpan(good).IndexOf((byte)'\n')) >= 0; good += end + 1)
            {
                Take(JsonSerializer.Deserialize<Line>(bytes.AsSpan(good, end)) ?? throw new JsonException());
            }
        }
        catch (Exception e) when (e is JsonException or E2eeException or FormatException or ArgumentException)
        {
            good = 0; // nobody knows what it was
            Clear();
        }
        _file.SetLength(good);
    }

    private void Take(Line line)
    {
        if (line.Begun is { } begun)
        {
            using var key = begun.OpenKey();
            _ = begun.Encryption;
            Begun = key.Length == RoomKeys.RootSize ? begun : throw new JsonException();
        }
        if (line is { Part: > 0, Hash: { } hash })
        {
            _parts[line.Part] = hash;
        }
        IsComplete |= line.Complete;
        _said = line.Said ?? _said;
    }
}
