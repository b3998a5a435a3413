using System.Collections.Immutable;
using HCChat.Server.Database;

namespace HCChat.Server.Rooms;

/// <summary>Keeps what belongs to rooms.</summary>
internal sealed class RuleStore(SqlDatabase database, Writer writer, TimeProvider time)
{
    /// <summary>A statement with its values.</summary>
    internal sealed record Step(string Sql, params object?[] Values);

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>What is kept of a room; null when the database does not answer.</summary>
    public async ValueTask<RoomRules?> LoadAsync(string channel)
    {
        try
        {
            await using var connection =
                writer.IsDown && database.IsPostgres ? throw new TimeoutException() : await database.ConnectAsync();
            using var statements = new Statements(connection);
            var name = StoredText.Of(channel);
            var found = statements.Query(
                "SELECT access, knock, slow, password, motd, listed, raid FROM rules WHERE channel = @1",
                row => new RoomRules
                {
                    Access = RoomRules.ParseAccess(row.GetString(0)) ?? Access.Locked,
                    Knock = row.GetInt64(1) != 0,
                    Slow = row.GetInt64(2),
                    Password = row.GetString(3),
                    Motd = row.IsDBNull(4) ? null : StoredText.Read(row.GetString(4)),
                    Listed = row.GetInt64(5) != 0,
                    Raid = row.GetInt64(6) != 0,
                },
                name
            );
            if (found is not [var rules])
            {
                return RoomRules.None;
            }
            var roles = statements.Query(
                "SELECT identity, role FROM roles WHERE channel = @1",
                row => KeyValuePair.Create(row.GetString(0), RoomRules.ParseRole(row.GetString(1)) ?? Role.None),
                name
            );
            return rules with { Roles = roles.ToImmutableDictionary(), Bans = [.. Bans(statements, name)] };
        }
        catch (Exception e) when (database.Classify(e) is not null)
        {
            return null;
        }
    }

    /// <summary>Who may not come in at all.</summary>
    /// <exception cref="TimeoutException">The database does not answer.</exception>
    public IReadOnlyList<RoomBan> LoadBans() =>
        database.Answering(d =>
        {
            using var connection = d.Connect();
            using var statements = new Statements(connection);
            return Bans(statements, "");
        });

    /// <summary>Changes what belongs to a room, on the disk and then here. Under its gate, one change at a time.</summary>
    /// <param name="room">The room.</param>
    /// <param name="change">Makes the new rules of the old.</param>
    /// <param name="done">Told under the gate whether it is kept.</param>
    /// <param name="steps">The same in SQL.</param>
    /// <returns>False when it cannot be done now.</returns>
    public bool TryChange(Room room, Func<RoomRules, RoomRules> change, Action<bool> done, params Step[] steps) =>
        room.Changes == 0 && TryAdd(room, change, done, steps);

    /// <summary>The same, also behind a change that is on its way: for what does not depend on what there is.</summary>
    public bool TryAdd(Room room, Func<RoomRules, RoomRules> change, Action<bool> done, params Step[] steps)
    {
        if (!writer.TryEnqueue(new Change(room, change, done, steps)))
        {
            return false;
        }
        room.Changes++;
        return true;
    }

    /// <summary>How many rooms belong to an identity; null when the database does not answer.</summary>
    public async Task<long?> CountOwnedAsync(string identity)
    {
        try
        {
            await using var connection = await database.ConnectAsync();
            using var statements = new Statements(connection);
            return statements
                .Query(
                    "SELECT count(*) FROM roles WHERE identity = @1 AND role = 'owner'",
                    row => row.GetInt64(0),
                    identity
                )
                .Single();
        }
        catch (Exception e) when (database.Classify(e) is not null)
        {
            return null;
        }
    }

    /// <summary>Uses an invitation up by one.</summary>
    /// <returns>Whether it was good; null when that cannot be found out now.</returns>
    public Task<bool?> RedeemAsync(string hash, string channel)
    {
        var redeem = new Redeem(hash, StoredText.Of(channel), Now);
        return writer.TryEnqueue(redeem) ? redeem.Done : Task.FromResult<bool?>(null);
    }

    /// <summary>Gives an invitation back that was used up for nothing: whoever brought it was not let in all the same.</summary>
    public void Return(string hash, string channel) =>
        writer.TryEnqueue(
            new Statement(
                "UPDATE invites SET uses = uses + 1 WHERE hash = @1 AND channel = @2",
                hash,
                StoredText.Of(channel)
            )
        );

    /// <summary>The invitations of a room that are still good; null when the database does not answer.</summary>
    public async Task<IReadOnlyList<(string Id, long Uses, long Expires)>?> InvitesAsync(string channel)
    {
        try
        {
            await using var connection = await database.ConnectAsync();
            using var statements = new Statements(connection);
            return statements.Query(
                "SELECT id, uses, expires FROM invites WHERE channel = @1 AND uses > 0 AND expires > @2 ORDER BY expires",
                row => (row.GetString(0), row.GetInt64(1), row.GetInt64(2)),
                StoredText.Of(channel),
                Now
            );
        }
        catch (Exception e) when (database.Classify(e) is not null)
        {
            return null;
        }
    }

    private List<RoomBan> Bans(Statements statements, string channel) =>
        statements.Query(
            "SELECT id, subjects, nick, muted, expires FROM bans WHERE channel = @1 AND expires > @2 ORDER BY expires",
            row => new RoomBan(
                row.GetString(0),
                [.. row.GetString(1).Split(' ')],
                StoredText.Read(row.GetString(2)),
                row.GetInt64(3) != 0,
                row.GetInt64(4)
            ),
            channel,
            Now
        );

    private sealed class Change(Room room, Func<RoomRules, RoomRules> change, Action<bool> done, Step[] steps) : Write
    {
        public override void Apply(Batch batch)
        {
            var channel = StoredText.Of(room.Channel);
            batch.Changing.Execute("INSERT INTO rules (channel) VALUES (@1) ON CONFLICT (channel) DO NOTHING", channel);
            foreach (var (sql, values) in steps)
            {
                // The channel is the first value of each.
                batch.Changing.Execute(sql, [channel, .. values]);
            }
        }

        public override void Finish(Failure? failure)
        {
            lock (room.Gate)
            {
                room.Changes--;
                if (failure is null)
                {
                    room.Rules = change(room.Rules);
                }
                done(failure is null);
            }
        }
    }

    private sealed class Redeem(string hash, string channel, long now) : Write
    {
        private readonly TaskCompletionSource<bool?> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool _isGood;

        public Task<bool?> Done => _done.Task;

        public override void Apply(Batch batch) =>
            _isGood =
                batch.Changing.Execute(
                    "UPDATE invites SET uses = uses - 1 WHERE hash = @1 AND channel = @2 AND uses > 0 AND expires > @3",
                    hash,
                    channel,
                    now
                ) > 0;

        public override void Finish(Failure? failure) => _done.SetResult(failure is null ? _isGood : null);
    }
}
