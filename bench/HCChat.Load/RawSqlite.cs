using Microsoft.Data.Sqlite;

namespace HCChat.Load;

/// <summary>A row as the server has written it.</summary>
internal sealed record Row(string Sender, string Trip, string Body, string Frame);

/// <summary>
/// What the disk and SQLite allow: one connection in this process, the server's schema and settings, prepared statements, and nothing
/// around them.
/// </summary>
internal sealed class RawSqlite : IDisposable
{
    private readonly SqliteConnection _connection;

    private RawSqlite(string folder)
    {
        var file = new SqliteConnectionStringBuilder
        {
            DataSource = Path.Combine(folder, "hcchat.db"),
            Pooling = false,
        };
        _connection = new SqliteConnection(file.ToString());
        _connection.Open();
        Execute(
            "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;"
        );
    }

    /// <summary>What a server has left in its folder.</summary>
    public static RawSqlite Open(string folder) => new(folder);

    /// <summary>An empty database with the server's tables and indexes.</summary>
    public static RawSqlite Create(string folder)
    {
        var database = new RawSqlite(folder);
        foreach (var migration in Directory.EnumerateFiles("src/HCChat.Server/Database/Migrations", "*.sql").Order())
        {
            database.Execute(File.ReadAllText(migration));
        }
        return database;
    }

    /// <summary>How many messages there are.</summary>
    public long Count()
    {
        using var command = Command("SELECT count(*) FROM messages WHERE frame IS NOT NULL");
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>Any message.</summary>
    public Row Sample()
    {
        using var command = Command("SELECT sender, trip, body, frame FROM messages WHERE frame IS NOT NULL LIMIT 1");
        using var row = command.ExecuteReader();
        row.Read();
        return new Row(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3));
    }

    /// <summary>Reads all messages of the only room in pages of 200: number and frame, nothing else.</summary>
    public Turn Read(bool backwards, int times)
    {
        using var room = Command("SELECT room FROM messages LIMIT 1");
        using var page = Command(
            backwards
                ? "SELECT seq, frame FROM messages WHERE room = @1 AND epoch = @2 AND seq < @3 ORDER BY seq DESC LIMIT 200"
                : "SELECT seq, frame FROM messages WHERE room = @1 AND epoch = @2 AND seq > @3 ORDER BY seq ASC LIMIT 200",
            3
        );
        (page.Parameters[0].Value, page.Parameters[1].Value) = (room.ExecuteScalar(), 1L);
        var (start, rows, bytes) = (Moment.Now(0), 0L, 0L);
        for (var i = 0; i < times; i++)
        {
            var (position, before) = (backwards ? long.MaxValue : 0L, -1L);
            while (before != rows)
            {
                before = rows;
                page.Parameters[2].Value = position;
                using var row = page.ExecuteReader();
                for (; row.Read(); rows++)
                {
                    position = row.GetInt64(0);
                    bytes += row.GetFieldValue<byte[]>(1).Length;
                }
            }
        }
        return bytes > 0 ? start.To(Moment.Now(rows)) : throw new InvalidOperationException("Nothing to read.");
    }

    /// <summary>Begins a transaction.</summary>
    public SqliteTransaction Begin() => _connection.BeginTransaction();

    public void Dispose() => _connection.Dispose();

    /// <summary>A statement with parameters <c>@1</c>, <c>@2</c> …</summary>
    public SqliteCommand Command(string sql, int parameters = 0)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 1; i <= parameters; i++)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = $"{i}" });
        }
        return command;
    }

    private void Execute(string sql)
    {
        using var command = Command(sql);
        command.ExecuteNonQuery();
    }
}
