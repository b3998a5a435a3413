using System.Buffers.Text;
using System.Security.Cryptography;
using HCChat.Server.Database;

namespace HCChat.Server.Chat;

/// <summary>
/// The tokens of our own clients: random, each for one return, good for a day, on the disk before they are given out so that they outlive a crash. An older
/// one dies when the peer has certainly received its successor, or has used it.
/// </summary>
internal sealed class ResumeTokens(Writer writer, TimeProvider time)
{
    private const int Bytes = 32;

    // What the disk has of a seat that is gone.
    private const long PutOut = 1;
    private const long Banned = 2;

    private static readonly TimeSpan s_lifetime = TimeSpan.FromHours(24);

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>What a good token says.</summary>
    /// <param name="Claims">Who somebody was, and where.</param>
    /// <param name="Number">The token's number.</param>
    /// <param name="Last">The highest number among the session's tokens.</param>
    /// <param name="Gone">Rooms out of which the session was put, of which it may not know.</param>
    internal sealed record Returning(SessionTokens.Claims Claims, long Number, long Last, IReadOnlyList<GoneSeat> Gone);

    /// <summary>A seat that was taken from a session.</summary>
    internal sealed record GoneSeat(string Channel, string Nick, bool Banned);

    /// <summary>A token for the session as it is now; empty when it cannot be kept.</summary>
    /// <param name="claims">The session.</param>
    /// <param name="number">Higher than that of the session's earlier tokens.</param>
    public async Task<string> IssueAsync(SessionTokens.Claims claims, long number)
    {
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));
        var issue = new Issue(claims, StoredSecret.Of(token), number, Now + (long)s_lifetime.TotalMilliseconds);
        return writer.TryEnqueue(issue) && await issue.Kept ? token : "";
    }

    /// <summary>Takes a token; null when it is not good. Its predecessors die.</summary>
    /// <exception cref="TimeoutException">That cannot be found out now.</exception>
    public async Task<Returning?> UseAsync(string token)
    {
        // In the writer's order: what has been taken from a session is out of it.
        var use = new Use(StoredSecret.Of(token), Now);
        var found = writer.TryEnqueue(use)
            ? await use.Done
            : throw new TimeoutException("the database does not answer");
        if (found is not null)
        {
            Outdate(found.Claims.SessionId, found.Number);
        }
        return found;
    }

    /// <summary>Ends the tokens of a session below a number.</summary>
    public void Outdate(string session, long number) =>
        writer.TryEnqueue(new Statement("DELETE FROM tokens WHERE session = @1 AND number < @2", session, number));

    /// <summary>Takes a room out of a session, so that its tokens do not bring anybody back there; whoever uses them is told.</summary>
    /// <param name="session">Its id.</param>
    /// <param name="channel">The room.</param>
    /// <param name="banned">Whether nobody lets them in again for a while.</param>
    public void Forget(string session, string channel, bool banned) =>
        writer.TryEnqueue(
            new Statement(
                "UPDATE seats SET gone = @3 WHERE session = @1 AND channel = @2",
                session,
                StoredText.Of(channel),
                banned ? Banned : PutOut
            )
        );

    /// <summary>The session has certainly been told that it is out of that room.</summary>
    public void Told(string session, string channel) =>
        writer.TryEnqueue(
            new Statement(
                "DELETE FROM seats WHERE session = @1 AND channel = @2 AND gone <> 0",
                session,
                StoredText.Of(channel)
            )
        );

    /// <summary>Ends a session for good.</summary>
    public void Revoke(string session) =>
        writer.TryEnqueue(
            new Statement("DELETE FROM tokens WHERE session = @1 AND number < @2", session, long.MaxValue)
        );

    /// <summary>Ends all sessions of an account for good, also those that are away.</summary>
    public void RevokeAccount(string account) =>
        writer.TryEnqueue(
            new Statement("DELETE FROM tokens WHERE session IN (SELECT id FROM sessions WHERE account = @1)", account)
        );

    /// <summary>Takes the account away from all sessions of a login, also those that are away.</summary>
    public void LogOut(string login) =>
        writer.TryEnqueue(new Statement("UPDATE sessions SET account = NULL, login = NULL WHERE login = @1", login));

    private sealed class Issue(SessionTokens.Claims claims, string hash, long number, long expires) : Write
    {
        private readonly TaskCompletionSource<bool> _kept = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<bool> Kept => _kept.Task;

        public override void Apply(Batch batch)
        {
            batch.Changing.Execute(
                """
                INSERT INTO sessions (id, userid, expires, identity, account, login) VALUES (@1, @2, @3, @4, @5, @6)
                ON CONFLICT (id) DO UPDATE SET userid = excluded.userid, expires = excluded.expires,
                  identity = excluded.identity, account = excluded.account, login = excluded.login
                """,
                claims.SessionId,
                claims.UserId,
                expires,
                claims.Key,
                claims.Account,
                claims.Login
            );
            batch.Changing.Execute("DELETE FROM seats WHERE session = @1 AND gone = 0", claims.SessionId);
            foreach (var seat in claims.Seats)
            {
                batch.Changing.Execute(
                    """
                    INSERT INTO seats (session, channel, nick, trip, color, admitted) VALUES (@1, @2, @3, @4, @5, @6)
                    ON CONFLICT (session, channel) DO UPDATE SET nick = excluded.nick, trip = excluded.trip,
                      color = excluded.color, admitted = excluded.admitted, gone = 0
                    """,
                    claims.SessionId,
                    StoredText.Of(seat.Channel),
                    StoredText.Of(seat.Nick),
                    seat.Trip,
                    seat.Color,
                    seat.Admitted ? 1L : 0L
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

    private sealed class Use(string hash, long now) : Write
    {
        private readonly TaskCompletionSource<Returning?> _done = new(
            TaskCreationOptions.RunContinuationsAsynchronously
        );
        private Returning? _found;
        private bool _wasAsked;

        public Task<Returning?> Done => _done.Task;

        public override void Apply(Batch batch)
        {
            _found = batch
                .Reading.Query(
                    """
                    SELECT s.id, s.userid, s.identity, s.account, s.login, t.number, (SELECT max(number) FROM tokens WHERE session = s.id)
                    FROM tokens t JOIN sessions s ON s.id = t.session WHERE t.hash = @1 AND s.expires > @2
                    """,
                    row =>
                    {
                        var key = row.IsDBNull(2) ? null : row.GetString(2);
                        var account = row.IsDBNull(3) ? null : row.GetString(3);
                        var login = row.IsDBNull(4) ? null : row.GetString(4);
                        var claims = new SessionTokens.Claims(
                            row.GetString(0),
                            row.GetInt64(1),
                            [],
                            key,
                            account,
                            login
                        );
                        return new Returning(claims, row.GetInt64(5), row.GetInt64(6), []);
                    },
                    hash,
                    now
                )
                .Select(found =>
                    found with
                    {
                        Claims = found.Claims with { Seats = Seats(batch, found.Claims.SessionId) },
                        Gone = Gone(batch, found.Claims.SessionId),
                    }
                )
                .SingleOrDefault();
            _wasAsked = true;
        }

        public override void Finish(Failure? failure)
        {
            // What others wanted to write may have found no space; this only reads.
            if (failure is null || (failure == Failure.Full && _wasAsked))
            {
                _done.SetResult(_found);
            }
            else
            {
                _done.SetException(new TimeoutException("the database does not answer"));
            }
        }

        private static List<GoneSeat> Gone(Batch batch, string session) =>
            batch.Reading.Query(
                "SELECT channel, nick, gone FROM seats WHERE session = @1 AND gone <> 0",
                row => new GoneSeat(
                    StoredText.Read(row.GetString(0)),
                    StoredText.Read(row.GetString(1)),
                    row.GetInt64(2) == Banned
                ),
                session
            );

        private static List<SessionTokens.Seat> Seats(Batch batch, string session) =>
            batch.Reading.Query(
                "SELECT channel, nick, trip, color, admitted FROM seats WHERE session = @1 AND gone = 0",
                row => new SessionTokens.Seat(
                    StoredText.Read(row.GetString(0)),
                    StoredText.Read(row.GetString(1)),
                    row.GetString(2),
                    row.IsDBNull(3) ? null : row.GetString(3),
                    row.GetInt64(4) != 0
                ),
                session
            );
    }
}
