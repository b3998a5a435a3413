using System.Data.Common;
using HCChat.Server.Database;

namespace HCChat.Server.Messages;

/// <summary>A part of a list that somebody asks for.</summary>
/// <param name="Epoch">Of this epoch; null for the current one.</param>
/// <param name="Since">What follows this number.</param>
/// <param name="Before">The newest below this number; with neither, the newest.</param>
/// <param name="Limit">At most so many events.</param>
internal sealed record Range(string? Epoch, long? Since, long? Before, int Limit)
{
    /// <summary>Most events in a page.</summary>
    public const int MaxLimit = 200;
}

/// <summary>What there is of a part (spec/protocol.md, Catching up).</summary>
/// <param name="Epoch">The epoch that it is of.</param>
/// <param name="Recovered">Whether the part could be given; if not, only the last two members mean something.</param>
/// <param name="From">It covers the numbers from here …</param>
/// <param name="To">… to here.</param>
/// <param name="Events">The frames, ascending.</param>
/// <param name="More">Whether there is more in the direction asked for.</param>
/// <param name="Previous">The epoch before, when this page reaches the beginning of its own and something of that is kept.</param>
/// <param name="Oldest">From here on the list is complete.</param>
/// <param name="Head">The newest number.</param>
internal sealed record Page(
    string Epoch,
    bool Recovered,
    long From,
    long To,
    IReadOnlyList<byte[]> Events,
    bool More,
    string? Previous,
    long Oldest,
    long Head
);

/// <summary>Reads what is kept: rooms and pages.</summary>
internal static class Pages
{
    /// <summary>A page ends when it has so many bytes of frames.</summary>
    public const int MaxBytes = 256 * 1024;

    private const long Day = 24 * 60 * 60 * 1000;

    private const string Columns = "seq, time, dies, sender, trip, mid, body, target, frame";

    /// <summary>What the database has of a list; an epoch that cannot go on is followed by a new one.</summary>
    public static StoredRoom Load(Statements database, string channel, string owner)
    {
        var rooms = database.Query(
            "SELECT id, mode, days, most, ttl FROM rooms WHERE channel = @1 AND owner = @2",
            row => (Id: row.GetInt64(0), Choice: ReadChoice(row)),
            StoredText.Of(channel),
            StoredText.Of(owner)
        );
        if (rooms.Count == 0)
        {
            return StoredRoom.None();
        }
        var (id, choice) = rooms[0];
        var epochs = database.Query(
            "SELECT name, number, head, floor, unproven FROM epochs WHERE room = @1 ORDER BY number DESC LIMIT 1",
            row => new StoredRoom(
                id,
                choice,
                row.GetString(0),
                row.GetInt64(1),
                true,
                row.GetInt64(2),
                row.GetInt64(3),
                row.GetInt64(4) != 0
            ),
            id
        );
        return epochs is [var last]
            ? last.Unproven
                ? StoredRoom.None() with
                {
                    Id = id,
                    Choice = choice,
                    EpochNumber = last.EpochNumber + 1,
                }
                : last
            : StoredRoom.None() with
            {
                Id = id,
                Choice = choice,
            };
    }

    /// <summary>After a commit of which nobody knows whether it happened: tells the list what the database has. On the writer's thread.</summary>
    public static void Restore(RoomLog log, Statements database)
    {
        var stored = log.Stored;
        var found = Load(database, log.Channel, log.Owner);
        if (found.Epoch != stored.Epoch)
        {
            // Not there, or there and unproven by what this process itself has in memory.
            var rows = database.Query(
                "SELECT head, floor, unproven FROM epochs WHERE room = @1 AND name = @2",
                row => (Head: row.GetInt64(0), Floor: row.GetInt64(1), Unproven: row.GetInt64(2) != 0),
                found.Id,
                stored.Epoch
            );
            found = rows is [var row]
                ? stored with
                {
                    Id = found.Id,
                    Choice = found.Choice,
                    Exists = true,
                    Head = row.Head,
                    Floor = row.Floor,
                    Unproven = row.Unproven,
                }
                : stored with
                {
                    Id = found.Id,
                    Choice = found.Choice,
                    Exists = false,
                    Unproven = false,
                };
        }
        var events = found.Exists
            ? database.Query(
                $"SELECT {Columns} FROM messages WHERE room = @1 AND epoch = @2 AND seq > @3 AND frame IS NOT NULL ORDER BY seq",
                row => ReadEvent(row, found.Epoch),
                found.Id,
                found.EpochNumber,
                log.Head
            )
            : [];
        log.Restore(found, events);
    }

    /// <summary>Ends every epoch, for what came after it is unknown.</summary>
    /// <returns>How many rooms and inboxes that concerns.</returns>
    public static int BeginAnew(SqlDatabase database)
    {
        using var connection = database.Connect();
        database.PrepareWriter(connection);
        using var statements = new Statements(connection);
        statements.Execute("UPDATE epochs SET unproven = 1");
        return statements.Query("SELECT DISTINCT room FROM epochs", row => row.GetInt64(0)).Count;
    }

    /// <summary>Kept events of an epoch, ascending: as many as asked for, or one more than fit a page.</summary>
    /// <param name="connection">To the database.</param>
    /// <param name="room">The epoch.</param>
    /// <param name="policy">What is kept: rows that are not, any more, have not all gone yet.</param>
    /// <param name="from">Not below this number.</param>
    /// <param name="to">Not above this number.</param>
    /// <param name="backwards">Whether to give the newest rather than the oldest.</param>
    public static async Task<List<LogEvent>> ReadAsync(
        DbConnection connection,
        StoredRoom room,
        HistoryPolicy policy,
        long from,
        long to,
        int limit,
        bool backwards,
        long now
    )
    {
        var sql =
            $"SELECT {Columns} FROM messages WHERE room = @1 AND epoch = @2 AND seq >= @3 AND seq <= @4 "
            + "AND frame IS NOT NULL AND expires > @5 AND time > @6 AND kind <> @7 "
            + $"ORDER BY seq {(backwards ? "DESC" : "ASC")} LIMIT @8";
        var (count, bytes) = (0, 0);
        var events = await QueryAsync(
            connection,
            sql,
            row =>
            {
                var read = ReadEvent(row, room.Epoch);
                (count, bytes) = (count + 1, bytes + read.Frame.Length);
                return read;
            },
            () => count > 1 && bytes > MaxBytes,
            room.Id,
            room.EpochNumber,
            from,
            to,
            now,
            now - policy.Days * Day,
            policy.Mode == HistoryMode.On ? -1L : (long)EventKind.Clear,
            (long)limit
        );
        if (backwards)
        {
            events.Reverse();
        }
        return events;
    }

    /// <summary>An epoch of a room by its name, or null.</summary>
    public static async Task<StoredRoom?> EpochAsync(DbConnection connection, StoredRoom room, string name)
    {
        var rows = await QueryAsync(
            connection,
            "SELECT number, head, floor FROM epochs WHERE room = @1 AND name = @2",
            row =>
                room with
                {
                    Epoch = name,
                    EpochNumber = row.GetInt64(0),
                    Head = row.GetInt64(1),
                    Floor = row.GetInt64(2),
                },
            room.Id,
            name
        );
        return rows is [var found] ? found : null;
    }

    /// <summary>The epoch before, if something of it is kept.</summary>
    public static async Task<string?> PreviousAsync(DbConnection connection, StoredRoom room, long now)
    {
        var rows = await QueryAsync(
            connection,
            """
            SELECT e.name FROM epochs e WHERE e.room = @1 AND e.number < @2 AND EXISTS (SELECT 1 FROM messages m
              WHERE m.room = e.room AND m.epoch = e.number AND m.frame IS NOT NULL AND m.expires > @3)
            ORDER BY e.number DESC LIMIT 1
            """,
            row => row.GetString(0),
            room.Id,
            room.EpochNumber,
            now
        );
        return rows is [var name] ? name : null;
    }

    /// <summary>Whose a message is; several when senders have used the same id.</summary>
    public static Task<List<Identity>> AuthorsAsync(DbConnection connection, StoredRoom room, string mid, long now) =>
        QueryAsync(
            connection,
            "SELECT sender, trip, mid, body, target FROM messages WHERE room = @1 AND mid = @2 AND frame IS NOT NULL AND expires > @3 "
                + "ORDER BY epoch, seq",
            row => ReadIdentity(row, 0),
            room.Id,
            StoredText.Of(mid),
            now
        );

    private static Task<List<T>> QueryAsync<T>(
        DbConnection connection,
        string sql,
        Func<DbDataReader, T> read,
        params object[] values
    ) => QueryAsync(connection, sql, read, () => false, values);

    private static async Task<List<T>> QueryAsync<T>(
        DbConnection connection,
        string sql,
        Func<DbDataReader, T> read,
        Func<bool> isEnough,
        params object[] values
    )
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < values.Length; i++)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = (i + 1).ToString(System.Globalization.CultureInfo.InvariantCulture);
            parameter.Value = values[i];
            command.Parameters.Add(parameter);
        }
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (!isEnough() && await reader.ReadAsync())
        {
            rows.Add(read(reader));
        }
        return rows;
    }

    private static LogEvent ReadEvent(DbDataReader row, string epoch) =>
        new()
        {
            Epoch = epoch,
            Seq = row.GetInt64(0),
            Time = row.GetInt64(1),
            Dies = row.IsDBNull(2) ? null : row.GetInt64(2),
            Of = ReadIdentity(row, 3),
            Frame = System.Text.Encoding.UTF8.GetBytes(row.GetString(8)),
            Durable = true,
        };

    private static Identity ReadIdentity(DbDataReader row, int at) =>
        new(
            StoredText.Read(row.GetString(at)),
            row.GetString(at + 1),
            row.IsDBNull(at + 2) ? null : StoredText.Read(row.GetString(at + 2)),
            row.GetString(at + 3),
            row.IsDBNull(at + 4) ? null : StoredText.Read(row.GetString(at + 4))
        );

    /// <summary>The settings in the columns 1 to 4.</summary>
    public static HistoryChoice ReadChoice(DbDataReader row) =>
        new(
            row.IsDBNull(1) ? null : HistoryPolicy.Parse(row.GetString(1)),
            row.IsDBNull(2) ? null : row.GetInt64(2),
            row.IsDBNull(3) ? null : row.GetInt64(3),
            row.IsDBNull(4) ? null : row.GetInt64(4)
        );
}
