using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;

namespace HCChat.Storage;

/// <summary>
/// Objects in a folder. What <see cref="PutAsync"/>, <see cref="PutPartAsync"/> and <see cref="Complete"/> have returned outlives a kill and a power cut; what they have
/// not is never seen.
/// </summary>
public sealed class DiskStore : IDisposable
{
    private const int SqliteFull = 13;

    /// <summary>Bytes of the disk that files leave free: without room for the index nothing could be removed, and what is said to rooms may lie there, too.</summary>
    private const long Spare = 64L << 20;

    private const long Step = 1L << 20; // how often it is looked at

    private const string Unfinished = ".part";

    /// <summary>How long a whole file stays that no object needs: the index may have come from an old backup.</summary>
    private static readonly TimeSpan s_aside = TimeSpan.FromDays(7);

    private readonly string _files;
    private readonly string _aside;
    private readonly StoreIndex _index;
    private readonly TimeProvider _time;
    private readonly ITimer _daily;

    private DiskStore(string folder, TimeProvider time)
    {
        (_files, _aside) = (Path.Combine(folder, "files"), Path.Combine(folder, "aside"));
        _time = time;
        for (var i = 0; i < 256; i++)
        {
            Folder.Make(Path.Combine(_files, i.ToString("x2", CultureInfo.InvariantCulture)));
        }
        Folder.Flush(_files);
        var index = Path.Combine(folder, "index.db");
        Folder.NewFile(index, FileMode.OpenOrCreate).Dispose(); // SQLite would make one that others can read
        _index = StoreIndex.Open(index);
        // To an index that has forgotten them all, every file would be a leftover.
        if (_index.IsNew && Directory.EnumerateFiles(_files, "*", SearchOption.AllDirectories).Any())
        {
            _index.Dispose();
            throw new InvalidDataException($"'{index}' names nothing, but there are files.");
        }
        _index.Prepare();
        Folder.Flush(folder);
        Folder.Flush(Path.GetDirectoryName(Path.GetFullPath(folder))!);
        SetAside = Sweep();
        var day = TimeSpan.FromDays(1);
        _daily = time.CreateTimer(_ => ClearAside(), null, day, day);
    }

    /// <summary>
    /// How many files lay there at the start that were whole and that no object needed. They are kept beside the others, in the folder <c>aside</c>, for seven days; should the
    /// index name them at a start by then, they are back in their places.
    /// </summary>
    public int SetAside { get; }

    /// <summary>Opens a folder, or makes it, and clears away what an earlier process left half done.</summary>
    /// <exception cref="IOException">The folder cannot be used.</exception>
    /// <exception cref="UnauthorizedAccessException">Nor by this user.</exception>
    /// <exception cref="InvalidDataException">Its index is damaged or lost. Nothing was removed.</exception>
    public static DiskStore Open(string folder, TimeProvider time) => new(folder, time);

    /// <inheritdoc/>
    public void Dispose()
    {
        _daily.Dispose();
        _index.Dispose();
    }

    internal StoredObject? Find(string key) => _index.Find(key);

    internal List<StoredObject> List(string prefix, string after, int limit) => _index.List(prefix, after, limit);

    internal async Task<StoredObject> PutAsync(
        string key,
        string type,
        Payload payload,
        bool onlyNew,
        Func<Task> check,
        CancellationToken ended
    )
    {
        var file = await WriteAsync(payload, check, ended);
        var made = new StoredObject(
            key,
            file.Size,
            Convert.ToHexStringLower(payload.Checksums.Md5Hash),
            type,
            Convert.ToBase64String(payload.Checksums.Sha256Hash),
            Now
        )
        {
            Files = [file],
        };
        Remove(Commit(file, () => _index.Put(made, onlyNew)));
        return made;
    }

    internal void Delete(string key) => Remove(OrFull(() => _index.Delete(key)));

    internal Upload Begin(string key, string type)
    {
        var upload = new Upload(NewName(), key, type, Now);
        OrFull<object?>(() =>
        {
            _index.Begin(upload);
            return null;
        });
        return upload;
    }

    internal Upload FindUpload(string id, string key) => _index.FindUpload(id, key) ?? throw S3Error.NoUpload();

    internal List<Upload> ListUploads(string prefix, string afterKey, string afterId, int limit) =>
        _index.ListUploads(prefix, afterKey, afterId, limit);

    internal List<Part> Parts(string upload, int after, int limit) => _index.Parts(upload, after, limit);

    internal async Task<Part> PutPartAsync(Upload upload, int number, Payload payload, CancellationToken ended)
    {
        var file = await WriteAsync(payload, () => Task.CompletedTask, ended);
        var part = new Part(number, file, Convert.ToHexStringLower(payload.Checksums.Md5Hash), Now);
        var left = Commit(file, () => _index.PutPart(upload.Id, part));
        Remove(left);
        return left.Contains(file.Name) ? throw S3Error.NoUpload() : part;
    }

    /// <summary>The object of these parts, in this order. Their bytes stay where they are.</summary>
    internal StoredObject Complete(Upload upload, IReadOnlyList<Part> parts, bool onlyNew)
    {
        var etags = parts.SelectMany(p => Convert.FromHexString(p.ETag)).ToArray();
#pragma warning disable CA5351 // S3's ETag, no secret
        var etag = $"{Convert.ToHexStringLower(MD5.HashData(etags))}-{parts.Count}";
#pragma warning restore CA5351
        var made = new StoredObject(upload.Key, parts.Sum(p => p.File.Size), etag, upload.Type, "", Now)
        {
            Files = [.. parts.Select(p => p.File)],
        };
        Remove(OrFull(() => _index.Complete(upload, made, onlyNew)) ?? throw S3Error.NoUpload());
        return made;
    }

    internal void Abort(Upload upload) => Remove(OrFull(() => _index.Abort(upload.Id)));

    /// <summary>Looks whether the files are there, and as long as they were, before anything is answered.</summary>
    /// <exception cref="FileNotFoundException">One is not.</exception>
    internal void CheckThere(StoredObject found, long start, long length)
    {
        var at = 0L;
        foreach (var file in found.Files)
        {
            var isAskedFor = at < start + length && at + file.Size > start;
            if (isAskedFor && !(new FileInfo(PathOf(file.Name)) is { Exists: true } there && there.Length >= file.Size))
            {
                throw new FileNotFoundException("A file of the store is not there, or shorter than it was.");
            }
            at += file.Size;
        }
    }

    /// <summary>Hands over a part of an object.</summary>
    /// <exception cref="IOException">It was removed meanwhile, or the disk fails.</exception>
    internal async Task CopyAsync(StoredObject from, long start, long length, Stream to, CancellationToken ended)
    {
        const int Block = 128 * 1024;
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(Block);
        try
        {
            foreach (var file in from.Files)
            {
                if (start >= file.Size)
                {
                    start -= file.Size;
                    continue;
                }
                using var handle = File.OpenHandle(PathOf(file.Name), options: FileOptions.Asynchronous);
                for (; length > 0 && start < file.Size; )
                {
                    var size = (int)Math.Min(Math.Min(Block, length), file.Size - start);
                    var read = await RandomAccess.ReadAsync(handle, buffer.AsMemory(0, size), start, ended);
                    if (read == 0)
                    {
                        throw new EndOfStreamException("A file of the store is shorter than it was.");
                    }
                    await to.WriteAsync(buffer.AsMemory(0, read), ended);
                    start += read;
                    length -= read;
                }
                start -= file.Size;
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    // The file, on the disk with its folder's entry; not there at all when anything fails.
    private async Task<StoredFile> WriteAsync(Payload payload, Func<Task> check, CancellationToken ended)
    {
        var name = NewName();
        var path = PathOf(name);
        var folder = Path.GetDirectoryName(path)!;
        try
        {
            await using (var file = Folder.NewFile(path + Unfinished, FileMode.CreateNew))
            {
                var (handle, at) = (file.SafeFileHandle, 0L);
                await payload.CopyToAsync(
                    async data =>
                    {
                        if (at / Step != (at + data.Length) / Step || at == 0)
                        {
                            CheckSpare();
                        }
                        await RandomAccess.WriteAsync(handle, data, at, ended);
                        at += data.Length;
                    },
                    ended
                );
                RandomAccess.FlushToDisk(handle);
            }
            File.Move(path + Unfinished, path);
            Folder.Flush(folder);
            await check();
            return new StoredFile(name, payload.Length);
        }
        catch (IOException e) when (IsFull(e))
        {
            Remove([name + Unfinished, name]);
            throw S3Error.Full();
        }
        catch
        {
            Remove([name + Unfinished, name]);
            throw;
        }
    }

    private void CheckSpare()
    {
        if (new DriveInfo(_files).AvailableFreeSpace < Spare)
        {
            throw S3Error.Full();
        }
    }

    // A commit of which nobody knows keeps the file: without a row it is set aside at the next start.
    private List<string> Commit(StoredFile file, Func<List<string>> write)
    {
        try
        {
            return OrFull(write);
        }
        catch (S3Error)
        {
            Remove([file.Name]);
            throw;
        }
    }

    private static T OrFull<T>(Func<T> write)
    {
        try
        {
            return write();
        }
        catch (SqliteException e) when (e.SqliteErrorCode == SqliteFull)
        {
            throw S3Error.Full();
        }
    }

    // ENOSPC and EDQUOT.
    private static bool IsFull(IOException e) => (e.HResult & 0xFFFF) is 28 or 122;

    // Whatever cannot be removed now is set aside at the next start, and goes a week later.
    private void Remove(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            try
            {
                File.Delete(PathOf(name));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException) { }
        }
    }

    // What was never whole goes; what was and is not needed may be so because of what the index has forgotten.
    private int Sweep()
    {
        var (needed, now) = (_index.Needed(), _time.GetUtcNow().UtcDateTime);
        Folder.Make(_aside);
        foreach (var path in Directory.EnumerateFiles(_aside))
        {
            var name = Path.GetFileName(path);
            if (needed.Contains(name) && !File.Exists(PathOf(name)))
            {
                File.Move(path, PathOf(name));
            }
        }
        ClearAside();
        var count = 0;
        foreach (var path in Directory.EnumerateFiles(_files, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetFileName(path);
            if (name.EndsWith(Unfinished, StringComparison.Ordinal))
            {
                File.Delete(path);
            }
            else if (!needed.Contains(name))
            {
                File.SetLastWriteTimeUtc(path, now);
                File.Move(path, Path.Combine(_aside, name), overwrite: true);
                count++;
            }
        }
        return count;
    }

    // What people have deleted may be among it, and a server that is never restarted is not to keep that.
    private void ClearAside()
    {
        try
        {
            foreach (var path in Directory.EnumerateFiles(_aside))
            {
                if (_time.GetUtcNow().UtcDateTime - File.GetLastWriteTimeUtc(path) >= s_aside)
                {
                    File.Delete(path);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { }
    }

    private string PathOf(string name) => Path.Combine(_files, name[..2], name);

    private static string NewName() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}
