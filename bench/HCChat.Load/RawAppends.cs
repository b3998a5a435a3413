using System.Buffers.Text;
using System.Diagnostics;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;

namespace HCChat.Load;

/// <summary>Commits groups of rows: for each the epoch's head and the message, by the statements that the server uses.</summary>
internal sealed class RawAppends : IDisposable
{
    private const long Month = 30L * 24 * 60 * 60 * 1000;

    private readonly RawSqlite _database;
    private readonly Row _row;
    private readonly int _group;
    private readonly long[] _rooms;
    private readonly SqliteCommand _head;
    private readonly SqliteCommand _insert;
    private long _rows;

    /// <param name="database">An empty one.</param>
    /// <param name="row">What the rows hold.</param>
    /// <param name="group">Rows in a commit.</param>
    /// <param name="rooms">Rooms that they are spread over.</param>
    public RawAppends(RawSqlite database, Row row, int group, int rooms)
    {
        _database = database;
        _row = row;
        _group = group;
        // Keys are random, as the server's are.
        _rooms =
        [
            .. Enumerable
                .Range(0, rooms)
                .Select(_ => BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8)) & (long.MaxValue >> 1)),
        ];
        using var epoch = database.Command("INSERT INTO epochs VALUES (@1, 1, @2, 0, 0, 0)", 2);
        foreach (var room in _rooms)
        {
            Run(epoch, room, RandomNumberGenerator.GetHexString(16, lowercase: true));
        }
        _head = database.Command(
            "UPDATE epochs SET head = @1, floor = @2, unproven = 0 WHERE room = @3 AND number = @4",
            4
        );
        _insert = database.Command(
            """
            INSERT INTO messages (room, epoch, seq, kind, time, dies, expires, sender, trip, mid, body, target, frame)
            VALUES (@1, @2, @3, @4, @5, @6, @7, @8, @9, @10, @11, @12, @13)
            """,
            13
        );
    }

    /// <summary>Goes on for a while.</summary>
    public Turn Append(TimeSpan time)
    {
        var start = Moment.Now(_rows);
        while (Stopwatch.GetElapsedTime(start.Clock) < time)
        {
            Commit();
        }
        return start.To(Moment.Now(_rows));
    }

    public void Dispose()
    {
        _head.Dispose();
        _insert.Dispose();
    }

    private static void Run(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i];
        }
        command.ExecuteNonQuery();
    }

    private void Commit()
    {
        using var transaction = _database.Begin();
        (_head.Transaction, _insert.Transaction) = (transaction, transaction);
        Span<byte> mid = stackalloc byte[16];
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        for (var i = 0; i < _group; i++, _rows++)
        {
            var (room, seq) = (_rooms[_rows % _rooms.Length], _rows / _rooms.Length + 1);
            RandomNumberGenerator.Fill(mid);
            var name = Base64Url.EncodeToString(mid);
            Run(_head, seq, 0L, room, 1L);
            Run(
                _insert,
                [
                    room,
                    1L,
                    seq,
                    0L,
                    now,
                    DBNull.Value,
                    now + Month,
                    _row.Sender,
                    _row.Trip,
                    name,
                    _row.Body,
                    DBNull.Value,
                    _row.Frame,
                ]
            );
        }
        transaction.Commit();
    }
}
