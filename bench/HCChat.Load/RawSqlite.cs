using System.Buffers.Text;
using System.Diagnostics;
using System.Security.Cryptography;
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
    private const long Month = 30L * 24 * 60 * 60 * 1000;

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

    /// <summary>Commits groups of rows: for each the epoch's head and the message, as the server does it.</summary>
    /// <param name="row">What they hold.</param>
    /// <param name="group">Rows in a commit.</param>
    /// <param name="rooms">Rooms that they are spread over.</param>
    /// <param name="warmUp">What does not count yet.</param>
    /// <param name="time">For how long.</param>
    public Turn Append(Row row, int group, int rooms, TimeSpan warmUp, TimeSpan time)
    {
        var ids = Rooms(rooms);
        using var head = Command(
            "UPDATE epochs SET head = @1, floor = @2, unproven = 0 WHERE room = @3 AND number = @4",
            4
        );
        using var insert = Command(
            """
            INSERT INTO messages (room, epoch, seq, kind, time, dies, expires, sender, trip, mid, body, target, frame)
            VALUES (@1, @2, @3, @4, @5, @6, @7, @8, @9, @10, @11, @12, @13)
            """,
            13
        );
        Span<byte> mid = stackalloc byte[16];
        var (clock, rows, start) = (Stopwatch.StartNew(), 0L, default(Moment));
        while (start.Clock == 0 || clock.Elapsed < warmUp + time)
        {
            if (start.Clock == 0 && clock.Elapsed >= warmUp)
            {
                start = Now(rows);
            }
            using var transaction = _connection.BeginTransaction();
            (head.Transaction, insert.Transaction) = (transaction, transaction);
            var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
            for (var i = 0; i < group; i++, rows++)
            {
                var (room, seq) = (ids[rows % rooms], rows / rooms + 1);
                RandomNumberGenerator.Fill(mid);
                Run(head, seq, 0L, room, 1L);
                Run(
                    insert,
                    [
                        room,
                        1L,
                        seq,
                        0L,
                        now,
                        DBNull.Value,
                        now + Month,
                        row.Sender,
                        row.Trip,
                        Base64Url.EncodeToString(mid),
                        row.Body,
                        DBNull.Value,
                        row.Frame,
                    ]
                );
            }
            transaction.Commit();
        }
        return Figures.Between(start, Now(rows));
    }

    /// <summary>Reads all messages of the only room in pages of 200: number and frame, nothing else.</summary>
    public Turn Read(bool backwards)
    {
        using var room = Command("SELECT room FROM messages LIMIT 1");
        using var page = Command(
            backwards
                ? "SELECT seq, frame FROM messages WHERE room = @1 AND epoch = @2 AND seq < @3 ORDER BY seq DESC LIMIT 200"
                : "SELECT seq, frame FROM messages WHERE room = @1 AND epoch = @2 AND seq > @3 ORDER BY seq ASC LIMIT 200",
            3
        );
        (page.Parameters[0].Value, page.Parameters[1].Value) = (room.ExecuteScalar(), 1L);
        var (start, rows, position, bytes) = (Now(0), 0L, backwards ? long.MaxValue : 0L, 0L);
        for (var before = -1L; before != rows; )
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
        return bytes > 0 ? Figures.Between(start, Now(rows)) : throw new InvalidOperationException("Nothing to read.");
    }

    public void Dispose() => _connection.Dispose();

    private static Moment Now(long count) =>
        new(Stopwatch.GetTimestamp(), count, Process.GetCurrentProcess().TotalProcessorTime);

    private static void Run(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i];
        }
        command.ExecuteNonQuery();
    }

    private long[] Rooms(int count)
    {
        var ids = new long[count];
        using var room = Command("INSERT INTO rooms (id, channel, owner, used) VALUES (@1, @2, '', 0)", 2);
        using var epoch = Command("INSERT INTO epochs VALUES (@1, 1, @2, 0, 0, 0)", 2);
        for (var i = 0; i < count; i++)
        {
            // Keys are random, as the server's are.
            ids[i] = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8)) & (long.MaxValue >> 1);
            Run(room, ids[i], $"room{i}");
            Run(epoch, ids[i], RandomNumberGenerator.GetHexString(16, lowercase: true));
        }
        return ids;
    }

    private SqliteCommand Command(string sql, int parameters = 0)
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
