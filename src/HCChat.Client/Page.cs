using System.Text.Json;

namespace HCChat.Client;

/// <summary>
/// A <c>replay</c>: what the server has of the numbers <paramref name="From"/> to <paramref name="To"/>. A number within that has no event is gone for good.
/// </summary>
/// <param name="Recovered">The place asked for can be continued; otherwise there are no events.</param>
/// <param name="Oldest">From here on the epoch is complete but for what was deleted or has run out.</param>
/// <param name="Events">Ascending, each number once, all of this epoch and within the range.</param>
/// <param name="More">There is more in the direction asked for.</param>
/// <param name="Previous">The epoch before, on a page that reaches the beginning of this one.</param>
/// <param name="IsInbox">It is of the whispers to us.</param>
internal sealed record Page(
    string Epoch,
    bool Recovered,
    long Oldest,
    long Head,
    long From,
    long To,
    IReadOnlyList<SequencedFrame> Events,
    bool More,
    string? Previous,
    bool IsInbox = false
)
{
    /// <summary>Reads a frame; null when it makes no sense.</summary>
    public static Page? Read(JsonElement replay)
    {
        if (replay.Text("epoch") is not { } epoch)
        {
            return null;
        }
        var list = new EventList(replay.Text("channel") ?? "", replay.Flag("inbox"));
        var (oldest, head) = (replay.Integer("oldest") ?? 0, replay.Integer("head") ?? 0);
        if (!replay.Flag("recovered"))
        {
            return new Page(epoch, false, oldest, head, 0, 0, [], false, null, list.IsInbox);
        }
        if (replay.Integer("from") is not { } from || replay.Integer("to") is not { } to || to < from - 1)
        {
            return null;
        }
        var events = replay
            .Clone()
            .List("events")
            .Select(frame => SequencedFrame.Of(frame, list))
            .OfType<SequencedFrame>()
            .Where(e => e.Position.Epoch == epoch && e.Position.Seq >= from && e.Position.Seq <= to)
            .DistinctBy(e => e.Position.Seq)
            .OrderBy(e => e.Position.Seq)
            .Select(e => e with { IsBelowOldest = e.Position.Seq < oldest });
        return new Page(
            epoch,
            true,
            oldest,
            head,
            from,
            to,
            [.. events],
            replay.Flag("more"),
            replay.Text("previous"),
            list.IsInbox
        );
    }
}

/// <summary>A frame that has a place in a list. It must outlive the message that it came in.</summary>
internal sealed record SequencedFrame(RoomPosition Position, JsonElement Frame)
{
    /// <summary>What followed it may be lost for age.</summary>
    public bool IsBelowOldest { get; init; }

    public static SequencedFrame? Of(JsonElement frame, EventList list) =>
        frame.ValueKind == JsonValueKind.Object && list.PlaceOf(frame) is { } position
            ? new SequencedFrame(position, frame)
            : null;
}
