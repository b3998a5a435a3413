using System.Buffers.Text;
using System.Security.Cryptography;
using HCChat.Server.Database;

namespace HCChat.Server.Identities;

/// <summary>What operators have done, and what people have reported. What fails because the database does not answer throws <see cref="TimeoutException"/>.</summary>
internal sealed class AuditLog(SqlDatabase database, Writer writer, TimeProvider time)
{
    /// <summary>Most entries that are given at a time.</summary>
    public const int MaxEntries = 1_000;

    /// <summary>Reports that may wait; later ones are refused until somebody has looked at them.</summary>
    public const int MaxReports = 10_000;

    private const int IdSize = 9;

    /// <summary>Something that an operator did.</summary>
    internal sealed record Entry(long Time, string Actor, string Act, string Subject);

    /// <summary>Something that somebody has reported.</summary>
    /// <param name="Id">Names it.</param>
    /// <param name="Time">When, ms since 1970.</param>
    /// <param name="Channel">The room.</param>
    /// <param name="Mid">The message, or null for the room as such.</param>
    /// <param name="Reason">In the reporter's words.</param>
    /// <param name="Reporter">A name for the reporter's address.</param>
    internal sealed record Report(string Id, long Time, string Channel, string? Mid, string Reason, string Reporter);

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Writes down an act before it is done: what is not written down is not done.</summary>
    /// <param name="actor">Who.</param>
    /// <param name="act">What.</param>
    /// <param name="subject">To whom or what.</param>
    public Task AddAsync(string actor, string act, string subject) =>
        writer.RunAsync(batch => Entered(actor, act, subject).Apply(batch));

    /// <summary>The same for what is done from inside the chat, where nobody waits for the disk.</summary>
    /// <returns>False when it will not be written down.</returns>
    public bool TryAdd(string actor, string act, string subject) => writer.TryEnqueue(Entered(actor, act, subject));

    /// <summary>The newest entries.</summary>
    public IReadOnlyList<Entry> Entries() =>
        Read(
            "SELECT time, actor, act, subject FROM audit ORDER BY time DESC LIMIT @1",
            row => new Entry(row.GetInt64(0), row.GetString(1), row.GetString(2), StoredText.Read(row.GetString(3))),
            (long)MaxEntries
        );

    /// <summary>Keeps a report.</summary>
    /// <returns>False when too many wait already.</returns>
    public async Task<bool> ReportAsync(string channel, string? mid, string reason, string reporter)
    {
        var isKept = false;
        await writer.RunAsync(batch =>
            isKept =
                batch.Changing.Execute(
                    """
                    INSERT INTO reports (id, time, channel, mid, reason, reporter, done)
                    SELECT @1, @2, @3, @4, @5, @6, 0 WHERE (SELECT count(*) FROM reports WHERE done = 0) < @7
                    """,
                    NewId(),
                    Now,
                    StoredText.Of(channel),
                    mid,
                    StoredText.Of(reason),
                    reporter,
                    (long)MaxReports
                ) > 0
        );
        return isKept;
    }

    /// <summary>The reports that nobody has dealt with, the oldest first.</summary>
    public IReadOnlyList<Report> Reports() =>
        Read(
            "SELECT id, time, channel, mid, reason, reporter FROM reports WHERE done = 0 ORDER BY time LIMIT @1",
            row => new Report(
                row.GetString(0),
                row.GetInt64(1),
                StoredText.Read(row.GetString(2)),
                row.IsDBNull(3) ? null : row.GetString(3),
                StoredText.Read(row.GetString(4)),
                row.GetString(5)
            ),
            (long)MaxEntries
        );

    /// <summary>Somebody has dealt with a report.</summary>
    /// <returns>False when there is none of that name.</returns>
    public async Task<bool> FinishAsync(string id)
    {
        var isThere = false;
        await writer.RunAsync(batch =>
            isThere = batch.Changing.Execute("UPDATE reports SET done = 1 WHERE id = @1 AND done = 0", id) > 0
        );
        return isThere;
    }

    private List<T> Read<T>(
        string sql,
        Func<System.Data.Common.DbDataReader, T> row,
        params ReadOnlySpan<object?> values
    )
    {
        object?[] all = [.. values];
        return database.Answering(d =>
        {
            using var connection = d.Connect();
            using var statements = new Statements(connection);
            return statements.Query(sql, row, all);
        });
    }

    private Statement Entered(string actor, string act, string subject) =>
        new(
            "INSERT INTO audit (id, time, actor, act, subject) VALUES (@1, @2, @3, @4, @5)",
            NewId(),
            Now,
            actor,
            act,
            StoredText.Of(subject)
        );

    private static string NewId() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(IdSize));
}
