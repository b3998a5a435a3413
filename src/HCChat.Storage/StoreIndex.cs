using Microsoft.Data.Sqlite;

namespace HCChat.Storage;

/// <summary>
/// Which objects there are. A row makes an object visible, and is written only when its files are on the disk; a file without a row is a leftover. One connection, used by one at
/// a time: each use is short, and the bytes do not come through here.
/// </summary>
internal sealed class StoreIndex : IDisposable
{
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS objects (
            key TEXT PRIMARY KEY, size INTEGER NOT NULL, etag TEXT NOT NULL, type TEXT NOT NULL,
            sha256 TEXT NOT NULL, modified INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS files (
            key TEXT NOT NULL, n INTEGER NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL, PRIMARY KEY (key, n)
        ) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS uploads (
            id TEXT PRIMARY KEY, key TEXT NOT NULL, type TEXT NOT NULL, begun INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS parts (
            upload TEXT NOT NULL, n INTEGER NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
            modified INTEGER NOT NULL, PRIMARY KEY (upload, n)
        ) WITHOUT ROWID;
        """;

    private const int Corrupt = 11;
    private const int NotADatabase = 26;

    private readonly Lock _lock = new();
    private readonly SqliteConnection _connection;

    private StoreIndex(string path)
    {
        _connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString()
        );
        _connection.Open();
        // FULL: what is acknowledged outlives a power cut.
        Run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;");
        IsNew = Rows("SELECT name FROM sqlite_master WHERE name = 'objects'", r => r.GetString(0)).Count == 0;
    }

    /// <summary>Whether nothing was ever written there, or all of it is lost.</summary>
    public bool IsNew { get; }

    /// <summary>Makes of a new one what it has to be.</summary>
    public void Prepare() => Run(Schema);

    /// <summary>Opens it, or begins a new one.</summary>
    /// <param name="path">Of the file.</param>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    /// <exception cref="IOException">It cannot be used.</exception>
    public static StoreIndex Open(string path)
    {
        try
        {
            return new StoreIndex(path);
        }
        catch (SqliteException e)
        {
            throw e.SqliteErrorCode is Corrupt or NotADatabase
                ? new InvalidDataException($"'{path}' is damaged.", e)
                : new IOException($"'{path}' cannot be used: {e.Message}", e);
        }
    }

    /// <summary>An object, or null.</summary>
    public StoredObject? Find(string key)
    {
        lock (_lock)
        {
            return
                Rows("SELECT key, size, etag, type, sha256, modified FROM objects WHERE key = $1", ReadObject, key)
                    .FirstOrDefault()
                    is { } found
                ? found with
                {
                    Files = FilesOf(key),
                }
                : null;
        }
    }

    /// <summary>Objects by key, behind one and beginning with a prefix.</summary>
    public List<StoredObject> List(string prefix, string after, int limit)
    {
        lock (_lock)
        {
            return Rows(
                "SELECT key, size, etag, type, sha256, modified FROM objects WHERE key > $1 AND key >= $2 "
                    + "AND substr(key, 1, length($2)) = $2 ORDER BY key LIMIT $3",
                ReadObject,
                after,
                prefix,
                limit
            );
        }
    }

    /// <summary>Makes an object visible in place of whatever was there.</summary>
    /// <param name="onlyNew">Whether nothing may have been there.</param>
    /// <returns>The files that nothing needs any more.</returns>
    /// <exception cref="S3Error">Something was there that must not.</exception>
    public List<string> Put(StoredObject made, bool onlyNew) => Change(() => Replace(made, onlyNew));

    /// <summary>Removes an object.</summary>
    /// <returns>The files that nothing needs any more.</returns>
    public List<string> Delete(string key) => Change(() => Remove(key));

    /// <summary>Begins an upload in parts.</summary>
    public void Begin(Upload upload) =>
        Change(() =>
        {
            Run(
                "INSERT INTO uploads (id, key, type, begun) VALUES ($1, $2, $3, $4)",
                upload.Id,
                upload.Key,
                upload.Type,
                upload.Begun
            );
            return [];
        });

    /// <summary>An upload, or null.</summary>
    public Upload? FindUpload(string id, string key)
    {
        lock (_lock)
        {
            return Rows("SELECT id, key, type, begun FROM uploads WHERE id = $1 AND key = $2", ReadUpload, id, key)
                .FirstOrDefault();
        }
    }

    /// <summary>Uploads by key and id, behind one and beginning with a prefix.</summary>
    public List<Upload> ListUploads(string prefix, string afterKey, string afterId, int limit)
    {
        lock (_lock)
        {
            return Rows(
                "SELECT id, key, type, begun FROM uploads WHERE substr(key, 1, length($1)) = $1 "
                    + "AND (key > $2 OR (key = $2 AND id > $3)) ORDER BY key, id LIMIT $4",
                ReadUpload,
                prefix,
                afterKey,
                afterId,
                limit
            );
        }
    }

    /// <summary>A part has arrived, perhaps not for the first time.</summary>
    /// <returns>The files that nothing needs any more: the part's own, when its upload has ended meanwhile.</returns>
    public List<string> PutPart(string upload, Part part) =>
        Change(() =>
        {
            if (Rows("SELECT id FROM uploads WHERE id = $1", r => r.GetString(0), upload).Count == 0)
            {
                return [part.File.Name];
            }
            var old = Rows(
                "SELECT name FROM parts WHERE upload = $1 AND n = $2",
                r => r.GetString(0),
                upload,
                part.Number
            );
            Run(
                "INSERT OR REPLACE INTO parts (upload, n, name, size, etag, modified) VALUES ($1, $2, $3, $4, $5, $6)",
                upload,
                part.Number,
                part.File.Name,
                part.File.Size,
                part.ETag,
                part.Modified
            );
            return old;
        });

    /// <summary>Parts by number, behind one.</summary>
    public List<Part> Parts(string upload, int after, int limit)
    {
        lock (_lock)
        {
            return Rows(
                "SELECT n, name, size, etag, modified FROM parts WHERE upload = $1 AND n > $2 ORDER BY n LIMIT $3",
                r => new Part(
                    r.GetInt32(0),
                    new StoredFile(r.GetString(1), r.GetInt64(2)),
                    r.GetString(3),
                    r.GetInt64(4)
                ),
                upload,
                after,
                limit
            );
        }
    }

    /// <summary>Makes an upload's object visible and ends the upload, both or neither.</summary>
    /// <param name="upload">The upload.</param>
    /// <param name="made">Its object.</param>
    /// <param name="onlyNew">Whether nothing may have been there.</param>
    /// <returns>The files that nothing needs any more; null when the upload has ended meanwhile.</returns>
    /// <exception cref="S3Error">Something was there that must not.</exception>
    public List<string>? Complete(Upload upload, StoredObject made, bool onlyNew)
    {
        var isThere = true;
        var left = Change(() =>
        {
            isThere = Rows("SELECT id FROM uploads WHERE id = $1", r => r.GetString(0), upload.Id).Count > 0;
            if (!isThere)
            {
                return [];
            }
            var taken = made.Files.Select(f => f.Name).ToHashSet();
            var parts = EndUpload(upload.Id);
            if (!taken.IsSubsetOf(parts))
            {
                throw S3Error.BadPart("A part was replaced while the upload was being completed.");
            }
            return [.. parts.Where(name => !taken.Contains(name)), .. Replace(made, onlyNew)];
        });
        return isThere ? left : null;
    }

    /// <summary>Ends an upload.</summary>
    /// <returns>The files that nothing needs any more.</returns>
    public List<string> Abort(string upload) => Change(() => EndUpload(upload));

    /// <summary>Every file that something needs.</summary>
    public HashSet<string> Needed()
    {
        lock (_lock)
        {
            return [.. Rows("SELECT name FROM files UNION ALL SELECT name FROM parts", r => r.GetString(0))];
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private List<string> Change(Func<List<string>> change)
    {
        lock (_lock)
        {
            using var transaction = _connection.BeginTransaction();
            var left = change();
            transaction.Commit();
            return left;
        }
    }

    private List<string> Replace(StoredObject made, bool onlyNew)
    {
        if (onlyNew && Rows("SELECT key FROM objects WHERE key = $1", r => r.GetString(0), made.Key).Count > 0)
        {
            throw S3Error.Precondition();
        }
        var left = Remove(made.Key);
        Run(
            "INSERT INTO objects (key, size, etag, type, sha256, modified) VALUES ($1, $2, $3, $4, $5, $6)",
            made.Key,
            made.Size,
            made.ETag,
            made.Type,
            made.Sha256,
            made.Modified
        );
        for (var n = 0; n < made.Files.Count; n++)
        {
            Run(
                "INSERT INTO files (key, n, name, size) VALUES ($1, $2, $3, $4)",
                made.Key,
                n,
                made.Files[n].Name,
                made.Files[n].Size
            );
        }
        return left;
    }

    private List<string> Remove(string key)
    {
        var left = FilesOf(key).ConvertAll(f => f.Name);
        Run("DELETE FROM files WHERE key = $1", key);
        Run("DELETE FROM objects WHERE key = $1", key);
        return left;
    }

    private List<string> EndUpload(string id)
    {
        var left = Rows("SELECT name FROM parts WHERE upload = $1", r => r.GetString(0), id);
        Run("DELETE FROM parts WHERE upload = $1", id);
        Run("DELETE FROM uploads WHERE id = $1", id);
        return left;
    }

    private List<StoredFile> FilesOf(string key) =>
        Rows(
            "SELECT name, size FROM files WHERE key = $1 ORDER BY n",
            r => new StoredFile(r.GetString(0), r.GetInt64(1)),
            key
        );

    private static StoredObject ReadObject(SqliteDataReader r) =>
        new(r.GetString(0), r.GetInt64(1), r.GetString(2), r.GetString(3), r.GetString(4), r.GetInt64(5));

    private static Upload ReadUpload(SqliteDataReader r) =>
        new(r.GetString(0), r.GetString(1), r.GetString(2), r.GetInt64(3));

    private void Run(string sql, params ReadOnlySpan<object> values)
    {
        using var command = Command(sql, values);
        command.ExecuteNonQuery();
    }

    private List<T> Rows<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<object> values)
    {
        using var command = Command(sql, values);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }
        return rows;
    }

    private SqliteCommand Command(string sql, ReadOnlySpan<object> values)
    {
        var command = _connection.CreateCommand();
#pragma warning disable CA2100 // constants of this file
        command.CommandText = sql;
#pragma warning restore CA2100
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters.AddWithValue($"${i + 1}", values[i]);
        }
        return command;
    }
}
