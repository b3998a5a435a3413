using HCChat.Server.Database;

namespace HCChat.Server.Messages;

/// <summary>
/// The objects that a message names, and whose they must be to become its own (spec/protocol.md, Attachments). An object belongs to the first message that names it, and goes with it.
/// </summary>
/// <param name="Keys">Keys in the store.</param>
/// <param name="Owners">Who the sender is, as whoever uploads is written down.</param>
internal sealed record NamedObjects(IReadOnlyList<string> Keys, IReadOnlyList<string> Owners)
{
    /// <summary>SHA-256 of the secrets by which they are the sender's, whoever has uploaded them. Whoever brings some wants to know when one is gone.</summary>
    public IReadOnlyList<string> Claims { get; init; } = [];

    /// <summary>Keys of one message that are looked at.</summary>
    public const int MaxKeys = 20;

    private const long Day = 24 * 60 * 60 * 1000;

    /// <summary>None.</summary>
    public static NamedObjects None { get; } = new([], []);

    /// <summary>Whether all are there that are said to be.</summary>
    public bool AreThere(Statements reading, string channel) =>
        Claims.Count == 0
        || Keys.All(key => Find(reading, channel, key).Any(found => found.IsNamed || IsTheirs(found)));

    /// <summary>Makes those the message's that are its sender's, whole, of the same room and nobody's yet. In the transaction of the message.</summary>
    /// <param name="batch">The transaction.</param>
    /// <param name="channel">The room.</param>
    /// <param name="room">The list where the message is kept.</param>
    /// <param name="happened">The message.</param>
    public void Bind(Batch batch, string channel, StoredRoom room, LogEvent happened)
    {
        var own = Keys.SelectMany(key => Find(batch.Reading, channel, key)).Where(o => !o.IsNamed && IsTheirs(o));
        foreach (var id in own.Select(o => o.Id))
        {
            if (happened.Durable)
            {
                batch.Changing.Execute(
                    "UPDATE attachments SET room = @2, epoch = @3, seq = @4 WHERE id = @1",
                    id,
                    room.Id,
                    room.EpochNumber,
                    happened.Seq
                );
            }
            else
            {
                batch.Changing.Execute(
                    "UPDATE attachments SET mid = @2, sender = @3, expires = @4 WHERE id = @1",
                    id,
                    StoredText.Of(happened.Of.Mid),
                    StoredText.Of(happened.Of.Sender),
                    Math.Min(happened.Dies ?? long.MaxValue, happened.Time + Day)
                );
            }
        }
    }

    /// <summary>Dooms the objects of a message that is being deleted.</summary>
    /// <param name="batch">The transaction of the deletion.</param>
    /// <param name="log">The list of the message.</param>
    /// <param name="room">The key of that list, 0 for none.</param>
    /// <param name="erased">The message.</param>
    /// <returns>Whether there were any.</returns>
    public static bool Doom(Batch batch, RoomLog log, long room, Identity erased)
    {
        var (mid, sender) = (StoredText.Of(erased.Mid), StoredText.Of(erased.Sender));
        var doomed = batch
            .Reading.Query(
                """
                SELECT a.id FROM messages m JOIN attachments a ON a.room = m.room AND a.epoch = m.epoch AND a.seq = m.seq
                WHERE m.room = @1 AND m.mid = @2 AND m.sender = @3 AND a.state < 2
                """,
                row => row.GetString(0),
                room,
                mid,
                sender
            )
            .Concat(
                batch.Reading.Query(
                    "SELECT id FROM attachments WHERE channel = @1 AND state < 2 AND expires IS NOT NULL AND mid = @2 AND sender = @3",
                    row => row.GetString(0),
                    StoredText.Of(log.Channel),
                    mid,
                    sender
                )
            )
            .ToList();
        foreach (var id in doomed)
        {
            batch.Changing.Execute(
                "UPDATE attachments SET state = 2, created = @2 WHERE id = @1",
                id,
                log.Messages.Now
            );
        }
        return doomed.Count > 0;
    }

    // What came without a size (the app's) does not say when it is whole; it may be so, and is measured later.
    private static List<Found> Find(Statements reading, string channel, string key) =>
        reading.Query(
            """
            SELECT id, owner, claim, CASE WHEN room IS NULL AND expires IS NULL THEN 0 ELSE 1 END FROM attachments
            WHERE object = @1 AND channel = @2 AND (state = 1 OR (state = 0 AND bytes = 0))
            """,
            row => new Found(
                row.GetString(0),
                row.GetString(1),
                row.IsDBNull(2) ? null : row.GetString(2),
                Convert.ToInt64(row.GetValue(3), null) == 1
            ),
            StoredText.Of(key),
            StoredText.Of(channel)
        );

    private bool IsTheirs(Found found) =>
        Owners.Contains(found.Owner) || (found.Claim is { } claim && Claims.Contains(claim));

    /// <summary>An object that is whole.</summary>
    private sealed record Found(string Id, string Owner, string? Claim, bool IsNamed);
}
