using HCChat.Server.Database;
using HCChat.Server.Messages;

namespace HCChat.Server.Chat;

/// <summary>
/// Which message began a room's call, on the disk, where calls outlive this process because a LiveKit server has them. The message itself is where all are kept: one that is not kept, or not any more, is
/// not found again, and whoever comes after a restart is not told of that call; who is still in it is put out when the room's next one begins.
/// </summary>
internal sealed class KeptCalls(SqlDatabase database, Writer writer)
{
    /// <summary>Where the message is that began a call.</summary>
    internal sealed record Kept(string Channel, string Epoch, long Seq);

    /// <summary>A call has begun.</summary>
    public void Add(string channel, LogEvent start)
    {
        if (start.Durable)
        {
            writer.TryEnqueue(
                new Statement(
                    "INSERT INTO calls (channel, epoch, seq) VALUES (@1, @2, @3) ON CONFLICT (channel) DO UPDATE SET epoch = @2, seq = @3",
                    channel,
                    start.Epoch,
                    start.Seq
                )
            );
        }
    }

    /// <summary>It is over.</summary>
    public void Remove(string channel) =>
        writer.TryEnqueue(new Statement("DELETE FROM calls WHERE channel = @1", channel));

    /// <summary>Those that were not over when the process ended.</summary>
    public IReadOnlyList<Kept> Load() =>
        database.Answering(d =>
        {
            using var connection = d.Connect();
            using var statements = new Statements(connection);
            return statements.Query(
                "SELECT channel, epoch, seq FROM calls",
                r => new Kept(r.GetString(0), r.GetString(1), r.GetInt64(2))
            );
        });
}
