using HCChat.Server.Database;

namespace HCChat.Server.Messages;

/// <summary>
/// Brings the rows of lists in line with what their rooms keep now: those that are not kept any more go, the others get the end that the settings say. Piece by
/// piece, because everybody's messages wait for the same thread; what is read follows the settings at once.
/// </summary>
/// <param name="messages">The log.</param>
/// <param name="channel">A room whose settings were changed; null for all rooms for which the operator's were.</param>
internal sealed class Reapply(MessageLog messages, string? channel) : Write
{
    private const long Day = 24 * 60 * 60 * 1000;

    /// <summary>Lists that one of these sees to; the hourly sweep finds the rest.</summary>
    private const long MaxLists = 10_000;

    private static readonly (long Epoch, long Seq) s_start = (0, 0);
    private static readonly (long Epoch, long Seq) s_end = (long.MaxValue, long.MaxValue);

    // Of each list what goes goes up to where it ended when its settings were read: what is written under later ones is theirs.
    private Queue<(long Id, HistoryPolicy Policy, (long Epoch, long Seq) Until)>? _due;
    private (long Epoch, long Seq) _reached = s_start;
    private Action _succeed = () => { };

    /// <summary>How a list's rows stand when that policy has been applied to them.</summary>
    public static string Mark(HistoryPolicy policy) => $"{policy.ModeName}:{policy.Days}";

    /// <summary>Does a piece of a list.</summary>
    /// <param name="batch">In this transaction.</param>
    /// <param name="list">The list's key.</param>
    /// <param name="policy">What is kept.</param>
    /// <param name="until">Of those that go: up to this place; null for all that there are.</param>
    /// <param name="after">Behind this place.</param>
    /// <param name="losses">Told what is missing afterwards.</param>
    /// <returns>Up to where.</returns>
    public static (long Epoch, long Seq) Piece(
        Batch batch,
        long list,
        HistoryPolicy policy,
        (long Epoch, long Seq)? until,
        (long Epoch, long Seq) after,
        Losses losses
    )
    {
        var ends = batch.Reading.Query(
            "SELECT epoch, seq FROM messages WHERE room = @1 AND (epoch, seq) > (@2, @3) ORDER BY epoch, seq LIMIT 1 OFFSET @4",
            row => (row.GetInt64(0), row.GetInt64(1)),
            list,
            after.Epoch,
            after.Seq,
            Removal.MaxRows - 1
        );
        var end = ends is [var found] ? found : s_end;
        const string piece = "room = @1 AND (epoch, seq) > (@2, @3) AND (epoch, seq) <= (@4, @5) AND frame IS NOT NULL";
        // Which kinds go: none, those in clear (1), all.
        var (least, most) = policy.Mode switch
        {
            HistoryMode.On => (1L, 0L),
            HistoryMode.Encrypted => ((long)EventKind.Clear, (long)EventKind.Clear),
            _ => (0L, long.MaxValue),
        };
        var goes = piece + " AND kind >= @6 AND kind <= @7 AND (epoch, seq) <= (@8, @9)";
        var (lastEpoch, lastSeq) = until ?? s_end;
        object[] values = [list, after.Epoch, after.Seq, end.Item1, end.Item2, least, most, lastEpoch, lastSeq];
        var lost = batch.Reading.Query(
            $"SELECT epoch, max(seq) FROM messages WHERE {goes} GROUP BY epoch",
            row => (list, row.GetInt64(0), row.GetInt64(1)),
            values
        );
        batch.Patiently(changing =>
        {
            if (lost.Count > 0)
            {
                batch.Forgets = true;
                losses.Add(batch, lost);
                changing.Execute($"DELETE FROM messages WHERE {goes}", values);
            }
            changing.Execute(
                $"UPDATE messages SET expires = CASE WHEN dies < time + @6 THEN dies ELSE time + @6 END WHERE {piece}",
                list,
                after.Epoch,
                after.Seq,
                end.Item1,
                end.Item2,
                policy.Days * Day
            );
            if (end == s_end)
            {
                changing.Execute("UPDATE rooms SET applied = @1 WHERE id = @2", Mark(policy), list);
            }
        });
        return end;
    }

    /// <inheritdoc/>
    public override void Apply(Batch batch)
    {
        if (_due is null)
        {
            var due = Due(batch);
            _succeed = () => _due = due;
            return;
        }
        var (id, policy, until) = _due.Peek();
        var losses = new Losses();
        var reached = Piece(batch, id, policy, until, _reached, losses);
        _succeed = () =>
        {
            losses.Tell(messages);
            _reached = reached;
            if (reached == s_end)
            {
                _due.Dequeue();
                _reached = s_start;
            }
        };
    }

    /// <inheritdoc/>
    public override void Finish(Failure? failure)
    {
        if (failure is not null)
        {
            return; // the hourly sweep finds what is left
        }
        _succeed();
        if (_due!.Count > 0)
        {
            messages.Writer.TryEnqueue(this);
        }
    }

    // Lists that stand otherwise than they should.
    private Queue<(long, HistoryPolicy, (long, long))> Due(Batch batch)
    {
        var sql =
            """
                SELECT room.id, room.mode, room.days, room.most, room.ttl, list.id, list.applied, last.number, last.head FROM rooms list
                LEFT JOIN epochs last ON last.room = list.id AND last.number = (SELECT max(number) FROM epochs WHERE room = list.id)
                LEFT JOIN rooms room ON room.channel = list.channel AND room.owner = '' WHERE list.channel <> ''
                """ + (channel is null ? "" : " AND list.channel = @1");
        var found = batch.Reading.Query(
            sql,
            row =>
                (
                    Id: row.GetInt64(5),
                    Policy: messages.Rules.Of(Pages.ReadChoice(row)),
                    Applied: row.IsDBNull(6) ? null : row.GetString(6),
                    Until: row.IsDBNull(7) ? s_start : (row.GetInt64(7), row.GetInt64(8))
                ),
            channel is null ? [] : [StoredText.Of(channel)]
        );
        return new Queue<(long, HistoryPolicy, (long, long))>(
            found.Where(l => l.Applied != Mark(l.Policy)).Take((int)MaxLists).Select(l => (l.Id, l.Policy, l.Until))
        );
    }
}
