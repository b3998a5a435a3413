using HCChat.Server.Database;

namespace HCChat.Server.Messages;

/// <summary>What the database keeps, in numbers; null for what cannot be found out now.</summary>
/// <param name="IsPostgres">Whether it is PostgreSQL rather than a file.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Free">What the disk still takes, bytes.</param>
/// <param name="Rooms">Rooms of which something is kept.</param>
/// <param name="Messages">Rows of messages, also of those that were deleted within the last day.</param>
internal sealed record Stored(bool IsPostgres, long? Size, long? Free, long? Rooms, long? Messages)
{
    /// <summary>Counts what is there.</summary>
    public static Stored Of(SqlDatabase database)
    {
        var (size, free) = Ask(database, d => d.Measure());
        return new Stored(
            database.IsPostgres,
            size,
            free,
            Count(database, "SELECT count(*) FROM rooms WHERE owner = ''"),
            Count(database, "SELECT count(*) FROM messages")
        );
    }

    private static long? Count(SqlDatabase database, string sql) =>
        Ask(
            database,
            d =>
            {
                using var connection = d.Connect();
                using var statements = new Statements(connection);
                return (long?)statements.Query(sql, row => row.GetInt64(0)).Single();
            }
        );

    // A count that takes too long is not worth an error.
    private static T? Ask<T>(SqlDatabase database, Func<SqlDatabase, T> ask)
    {
        try
        {
            return database.Answering(ask);
        }
        catch (TimeoutException)
        {
            return default;
        }
    }
}
