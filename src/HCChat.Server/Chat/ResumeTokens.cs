using System.Buffers.Text;
using System.Security.Cryptography;
using HCChat.Server.Database;
using HCChat.Server.Messages;

namespace HCChat.Server.Chat;

/// <summary>
/// The tokens of our own clients: random, each for one return, good for a day, on the disk before they are given out so that they outlive a crash. An older
/// one dies when the peer has certainly received its successor, or has used it.
/// </summary>
internal sealed class ResumeTokens(SqlDatabase database, Writer writer, TimeProvider time)
{
    private const int Bytes = 32;

    private static readonly TimeSpan s_lifetime = TimeSpan.FromHours(24);

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>What a good token says.</summary>
    /// <param name="Claims">Who somebody was, and where.</param>
    /// <param name="Number">The highest number among the session's tokens.</param>
    internal sealed record Returning(SessionTokens.Claims Claims, long Number);

    /// <summary>A token for the session as it is now; empty when it cannot be kept.</summary>
    /// <param name="claims">The session.</param>
    /// <param name="number">Higher than that of the session's earlier tokens.</param>
    public async Task<string> IssueAsync(SessionTokens.Claims claims, long number)
    {
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));
        var issue = new Issue(claims, Hash(token), number, Now + (long)s_lifetime.TotalMilliseconds);
        return writer.TryEnqueue(issue) && await issue.Kept ? token : "";
    }

    /// <summary>Takes a token; null when it is not good. Its predecessors die.</summary>
    /// <exception cref="TimeoutException">That cannot be found out now.</exception>
    public async Task<Returning?> UseAsync(string token)
    {
        try
        {
            await using var connection = writer.IsDown ? throw new TimeoutException() : await database.ConnectAsync();
            using var statements = new Statements(connection);
            var found = statements.Query(
                """
                SELECT s.id, s.userid, t.number, (SELECT max(number) FROM tokens WHERE session = s.id)
                FROM tokens t JOIN sessions s ON s.id = t.session WHERE t.hash = @1 AND s.expires > @2
                """,
                row => (Id: row.GetString(0), UserId: row.GetInt64(1), Number: row.GetInt64(2), Last: row.GetInt64(3)),
                Hash(token),
                Now
            );
            if (found is not [var (id, userId, number, last)])
            {
                return null;
            }
            var seats = statements.Query(
                "SELECT channel, nick, trip, color FROM seats WHERE session = @1",
                row => new SessionTokens.Seat(
                    StoredText.Read(row.GetString(0)),
                    StoredText.Read(row.GetString(1)),
                    row.GetString(2),
                    row.IsDBNull(3) ? null : row.GetString(3)
                ),
                id
            );
            Outdate(id, number);
            return new Returning(new SessionTokens.Claims(id, userId, seats), last);
        }
        catch (Exception e) when (e is not TimeoutException && database.Classify(e) is not null)
        {
            throw new TimeoutException("the database does not answer", e);
        }
    }

    /// <summary>Ends the tokens of a session below a number.</summary>
    public void Outdate(string session, long number) =>
        writer.TryEnqueue(new End("DELETE FROM tokens WHERE session = @1 AND number < @2", session, number));

    /// <summary>Ends a session for good.</summary>
    public void Revoke(string session) =>
        writer.TryEnqueue(new End("DELETE FROM tokens WHERE session = @1 AND number < @2", session, long.MaxValue));

    private static string Hash(string token) =>
        Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(token)));

    private sealed class Issue(SessionTokens.Claims claims, string hash, long number, long expires) : Write
    {
        private readonly TaskCompletionSource<bool> _kept = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<bool> Kept => _kept.Task;

        public override void Apply(Batch batch)
        {
            batch.Changing.Execute(
                """
                INSERT INTO sessions (id, userid, expires) VALUES (@1, @2, @3)
                ON CONFLICT (id) DO UPDATE SET userid = excluded.userid, expires = excluded.expires
                """,
                claims.SessionId,
                claims.UserId,
                expires
            );
            batch.Changing.Execute("DELETE FROM seats WHERE session = @1", claims.SessionId);
            foreach (var seat in claims.Seats)
            {
                batch.Changing.Execute(
                    "INSERT INTO seats (session, channel, nick, trip, color) VALUES (@1, @2, @3, @4, @5)",
                    claims.SessionId,
                    StoredText.Of(seat.Channel),
                    StoredText.Of(seat.Nick),
                    seat.Trip,
                    seat.Color
                );
            }
            batch.Changing.Execute(
                "INSERT INTO tokens (hash, session, number) VALUES (@1, @2, @3)",
                hash,
                claims.SessionId,
                number
            );
        }

        public override void Finish(Failure? failure) => _kept.SetResult(failure is null);
    }

    private sealed class End(string sql, string session, long number) : Write
    {
        public override void Apply(Batch batch) => batch.Changing.Execute(sql, session, number);

        public override void Finish(Failure? failure) { }
    }
}
