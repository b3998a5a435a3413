using System.Data.Common;
using HCChat.Server.Database;

namespace HCChat.Server.Attachments;

/// <summary>Which attachments there are. What fails because the database does not answer throws <see cref="TimeoutException"/>.</summary>
internal sealed class AttachmentLog(SqlDatabase database, Writer writer, Quota quota, TimeProvider time)
{
    private const string Columns =
        "id, channel, object, bytes, sha256, upload, part, owner, address, state, created, claim, asked";

    private const string DoomOne = "UPDATE attachments SET state = 2, created = @2 WHERE id = @1 AND state < 2";

    /// <summary>Rows that are changed at a time.</summary>
    private const int Piece = 2_000;

    /// <summary>Rows that one statement names.</summary>
    private const int Together = 100;

    private static readonly string s_doomSome =
        $"UPDATE attachments SET state = 2, created = @1 WHERE state < 2 AND id IN ({string.Join(", ", Enumerable.Range(2, Together).Select(n => $"@{n}"))})";

    /// <summary>The most that one request brings to the store.</summary>
    private const long MaxUnsized = 64L << 20;

    private const int Hour = 60 * 60 * 1000;
    private const int Day = 24 * Hour;

    /// <summary>When an address that was given out is good no more, and what was begun with it has ended.</summary>
    private static readonly TimeSpan s_settled = ObjectStore.PutLifetime + TimeSpan.FromMinutes(20);

    /// <summary>What may lie in the store.</summary>
    public Quota Quota => quota;

    /// <summary>What was announced, or doomed, before that can be put no more; ms since 1970.</summary>
    public long Settled => Now - (long)s_settled.TotalMilliseconds;

    private long Overdue => Now - ((long)quota.PendingHours * Hour);

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Announces one, if there is room for it.</summary>
    /// <returns>False when a quota is used up.</returns>
    public async Task<bool> AddAsync(Attachment wanted)
    {
        var isTaken = false;
        await writer.RunAsync(batch =>
        {
            isTaken = Fits(batch.Reading, wanted);
            if (isTaken)
            {
                batch.Changing.Execute(
                    $"INSERT INTO attachments ({Columns}) VALUES (@1, @2, @3, @4, @5, @6, @7, @8, @9, @10, @11, @12, @13)",
                    wanted.Id,
                    StoredText.Of(wanted.Channel),
                    StoredText.Of(wanted.ObjectKey),
                    wanted.Bytes,
                    wanted.Sha256,
                    wanted.Upload,
                    wanted.PartBytes,
                    wanted.Owner,
                    wanted.Address,
                    (long)wanted.State,
                    wanted.Created,
                    wanted.Claim,
                    wanted.Asked
                );
            }
        });
        return isTaken;
    }

    /// <summary>One by its id, or null.</summary>
    public Attachment? Find(string id) =>
        Read($"SELECT {Columns} FROM attachments WHERE id = @1", id) is [var one] ? one : null;

    /// <summary>The same, but null when its message is over, whether or not its object has been removed already.</summary>
    public Attachment? FindLive(string id) => FindLive("id", id);

    /// <summary>The same, by its key in the store.</summary>
    public Attachment? FindLiveByKey(string key) => FindLive("object", StoredText.Of(key));

    private Attachment? FindLive(string column, string value) =>
        Read(
            $"""
            SELECT {Columns} FROM attachments a WHERE {column} = @1 AND (expires IS NULL OR expires > @2) AND (room IS NULL OR EXISTS (
              SELECT 1 FROM messages m WHERE m.room = a.room AND m.epoch = a.epoch AND m.seq = a.seq AND m.frame IS NOT NULL AND m.expires > @2))
            """,
            value,
            Now
        )
            is [var one]
            ? one
            : null;

    /// <summary>Whether what comes to a key in the store is awaited there: of the keys that are made here, only as long as an upload is on its way.</summary>
    public bool IsAwaited(string key) => !Attachment.IsKey(key) || FindByKey(key) is { State: AttachmentState.Pending };

    /// <summary>One by its key in the store, or null.</summary>
    public Attachment? FindByKey(string key) =>
        Read($"SELECT {Columns} FROM attachments WHERE object = @1", StoredText.Of(key)) is [var one] ? one : null;

    /// <summary>It is somebody else's from now on, as long as no message has named it.</summary>
    /// <returns>False when one has, or it is gone.</returns>
    public async Task<bool> AdoptAsync(string id, string owner)
    {
        var isTheirs = false;
        await writer.RunAsync(batch =>
            isTheirs =
                batch.Changing.Execute(
                    "UPDATE attachments SET owner = @2 WHERE id = @1 AND state < 2 AND room IS NULL AND expires IS NULL",
                    id,
                    owner
                ) > 0
        );
        return isTheirs;
    }

    /// <summary>Whoever uploads it has asked for addresses: there is time for it again. Written down now and then.</summary>
    public async Task AskedAsync(Attachment attachment)
    {
        if (attachment.Asked < Now - Hour)
        {
            await writer.RunAsync(batch =>
                batch.Changing.Execute("UPDATE attachments SET asked = @2 WHERE id = @1", attachment.Id, Now)
            );
        }
    }

    /// <summary>It is there now, with that many bytes.</summary>
    public Task CompleteAsync(Attachment attachment, long bytes) =>
        writer.RunAsync(batch =>
            batch.Changing.Execute(
                "UPDATE attachments SET state = 1, bytes = @2 WHERE id = @1 AND state = 0",
                attachment.Id,
                bytes
            )
        );

    /// <summary>Nobody may have it from now on.</summary>
    public Task DoomAsync(string id) => writer.RunAsync(batch => batch.Changing.Execute(DoomOne, id, Now));

    /// <summary>Dooms what nobody went on uploading for some time (but for what came without a size: that may be there, and the store is asked first), what no message has named for longer than that may be, and what a message named that was not kept and is over.</summary>
    public Task ExpireAsync() =>
        writer.RunAsync(batch =>
        {
            const string Doom = "UPDATE attachments SET state = 2, created = @2 WHERE";
            batch.Changing.Execute(
                $"{Doom} state = 0 AND bytes > 0 AND (asked < @1 OR created < @3)",
                Overdue,
                Now,
                Now - ((long)quota.Days * Day)
            );
            batch.Changing.Execute(
                $"{Doom} state = 1 AND created < @1 AND room IS NULL AND expires IS NULL",
                Now - ((long)quota.Days * Day),
                Now
            );
            batch.Changing.Execute($"{Doom} state < 2 AND expires <= @1", Now, Now);
        });

    /// <summary>Dooms those whose messages are kept no more, whatever has removed them; piece by piece, because everybody's messages wait for the same thread.</summary>
    public async Task FollowMessagesAsync()
    {
        foreach (var piece in (await Task.Run(Left)).Chunk(Piece))
        {
            await writer.RunAsync(batch =>
                batch.Patiently(changing =>
                {
                    foreach (var some in piece.Chunk(Together))
                    {
                        // One statement for all: what is left of it names the last one again.
                        var ids = some.Concat(Enumerable.Repeat(some[^1], Together - some.Length));
                        changing.Execute(s_doomSome, [Now, .. ids]);
                    }
                })
            );
        }
    }

    /// <summary>Those whose objects are to be removed: at once, and once more when nobody has an address any more to put one to.</summary>
    public IReadOnlyList<Attachment> Doomed(int limit) =>
        Read(
            $"SELECT {Columns} FROM attachments WHERE state = 2 OR (state = 3 AND created < @2) ORDER BY created LIMIT @1",
            (long)limit,
            Settled
        );

    /// <summary>Their objects were removed, and if no address to put them to was good any more at that time they are forgotten.</summary>
    /// <param name="removed">Which.</param>
    /// <param name="settled">What was doomed before that, ms since 1970, cannot be put any more.</param>
    public Task SetRemovedAsync(IEnumerable<Attachment> removed, long settled) =>
        writer.RunAsync(batch =>
            batch.Patiently(changing =>
            {
                foreach (var one in removed)
                {
                    changing.Execute(
                        one.Created < settled
                            ? "DELETE FROM attachments WHERE id = @1"
                            : "UPDATE attachments SET state = 3 WHERE id = @1",
                        one.Id
                    );
                }
            })
        );

    /// <summary>Some of those that were announced without a size, and can be put no more; the oldest behind one.</summary>
    /// <param name="limit">How many.</param>
    /// <param name="after">The last one that was looked at; null to begin with the oldest.</param>
    public IReadOnlyList<Attachment> Unmeasured(int limit, Attachment? after) =>
        Read(
            $"""
            SELECT {Columns} FROM attachments WHERE state = 0 AND bytes = 0 AND created < @2
              AND (created > @3 OR (created = @3 AND id > @4)) ORDER BY created, id LIMIT @1
            """,
            (long)limit,
            Settled,
            after?.Created ?? -1L,
            after?.Id ?? ""
        );

    /// <summary>Whether nobody has asked for an address to put it to for so long that it is not awaited any more.</summary>
    public bool IsOverdue(Attachment attachment) => attachment.Asked < Overdue;

    /// <summary>The store did not remove it: the others come first.</summary>
    public Task PostponeAsync(string id) =>
        writer.RunAsync(batch => batch.Changing.Execute("UPDATE attachments SET created = @2 WHERE id = @1", id, Now));

    /// <summary>How many there are, and their bytes.</summary>
    public (long Count, long Bytes) Totals() =>
        database.Answering(db =>
        {
            using var connection = db.Connect();
            using var statements = new Statements(connection);
            var (count, bytes, _) = Sum(statements, "state < 2");
            return (count, bytes);
        });

    private bool Fits(Statements reading, Attachment wanted)
    {
        var wants = wanted.Bytes > 0 ? wanted.Bytes : Unsized;
        if (Sum(reading, "channel = @1 AND state < 2", StoredText.Of(wanted.Channel)).Bytes + wants > quota.RoomBytes)
        {
            return false;
        }
        foreach (var (column, whose) in new[] { ("owner", wanted.Owner), ("address", wanted.Address) })
        {
            var (count, bytes, pending) = Sum(reading, $"{column} = @1 AND created > @2", whose, Now - Day);
            if (count >= quota.DayCount || bytes + wants > quota.DayBytes || pending >= Quota.MaxPending)
            {
                return false;
            }
        }
        return true;
    }

    // What was announced without a size counts, until it is measured, as the most that one request brings.
    private long Unsized => Math.Min(MaxUnsized, quota.FileBytes);

    private (long Count, long Bytes, long Pending) Sum(Statements reading, string which, params object?[] values) =>
        reading.Query(
            $"""
            SELECT count(*), coalesce(sum(bytes), 0), count(CASE WHEN state = 0 THEN 1 END),
              count(CASE WHEN state = 0 AND bytes = 0 THEN 1 END) FROM attachments WHERE {which}
            """,
            // PostgreSQL sums to numeric.
            row =>
                (
                    row.GetInt64(0),
                    Convert.ToInt64(row.GetValue(1), null) + (row.GetInt64(3) * Unsized),
                    row.GetInt64(2)
                ),
            values
        )[0];

    // Of those that a kept message has named: the ones of which it is kept no more.
    private List<string> Left() =>
        database.Answering(db =>
        {
            using var connection = db.Connect();
            using var statements = new Statements(connection) { IsPatient = true };
            return statements.Query(
                """
                SELECT id FROM attachments a WHERE room IS NOT NULL AND state < 2 AND NOT EXISTS (SELECT 1 FROM messages m
                  WHERE m.room = a.room AND m.epoch = a.epoch AND m.seq = a.seq AND m.frame IS NOT NULL)
                """,
                row => row.GetString(0)
            );
        });

    private List<Attachment> Read(string sql, params object?[] values) =>
        database.Answering(db =>
        {
            using var connection = db.Connect();
            using var statements = new Statements(connection);
            return statements.Query(sql, ReadRow, values);
        });

    private static Attachment ReadRow(DbDataReader row) =>
        new(
            row.GetString(0),
            StoredText.Read(row.GetString(1)),
            StoredText.Read(row.GetString(2)),
            row.GetInt64(3),
            row.IsDBNull(4) ? null : row.GetString(4),
            row.IsDBNull(5) ? null : row.GetString(5),
            row.GetInt64(6),
            row.GetString(7),
            row.GetString(8),
            (AttachmentState)row.GetInt64(9),
            row.GetInt64(10)
        )
        {
            Claim = row.IsDBNull(11) ? null : row.GetString(11),
            Asked = row.GetInt64(12),
        };
}
