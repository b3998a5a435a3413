using HCChat.Server.Database;

namespace HCChat.Server.Messages;

/// <summary>
/// Takes lists away: off their names at once, so that nobody finds them any more, and their rows piece by piece, because everybody's messages wait for the same thread.
/// </summary>
internal sealed class Removal(Writer writer) : Write
{
    /// <summary>Rows that go at a time.</summary>
    public const long MaxRows = 2_000;

    private bool _more;

    /// <summary>Makes lists nobody's.</summary>
    /// <param name="batch">In this transaction.</param>
    /// <param name="which">A condition on <c>rooms</c>.</param>
    /// <param name="values">Its values.</param>
    /// <returns>How many.</returns>
    public static int Detach(Batch batch, string which, params ReadOnlySpan<object?> values)
    {
        batch.Forgets = true;
        batch.Changing.Execute($"DELETE FROM epochs WHERE room IN (SELECT id FROM rooms WHERE {which})", values);
        return batch.Changing.Execute($"UPDATE rooms SET channel = '', owner = CAST(id AS TEXT) WHERE {which}", values);
    }

    /// <summary>Removes as much of lists that are nobody's as may go at a time.</summary>
    /// <returns>Whether there may be more.</returns>
    public static bool Remove(Batch batch)
    {
        if (batch.Reading.Query("SELECT 1 FROM rooms WHERE channel = '' LIMIT 1", _ => true).Count == 0)
        {
            return false;
        }
        var removed = 0;
        batch.Forgets = true;
        batch.Patiently(changing =>
            removed = changing.Execute(
                """
                DELETE FROM messages WHERE (room, epoch, seq) IN (SELECT room, epoch, seq FROM messages
                  WHERE room IN (SELECT id FROM rooms WHERE channel = '') LIMIT @1)
                """,
                MaxRows
            )
        );
        if (removed == MaxRows)
        {
            return true;
        }
        batch.Changing.Execute("DELETE FROM rooms WHERE channel = ''");
        return false;
    }

    /// <inheritdoc/>
    public override void Apply(Batch batch) => _more = Remove(batch);

    /// <inheritdoc/>
    public override void Finish(Failure? failure)
    {
        if (failure is null && _more)
        {
            writer.TryEnqueue(this); // if it is not taken, the hourly sweep goes on
        }
    }
}
