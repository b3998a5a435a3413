using HCChat.Server.Database;

namespace HCChat.Server.Messages;

/// <summary>Where rows have gone that were not meant to disappear, so that whoever was away learns that something is missing.</summary>
internal sealed class Losses
{
    private readonly List<(long Room, long Epoch, long Seq)> _floors = [];

    /// <summary>Notes that a list has losses up to these numbers.</summary>
    public void Add(Batch batch, IReadOnlyCollection<(long Room, long Epoch, long Seq)> floors)
    {
        foreach (var (room, epoch, seq) in floors)
        {
            batch.Changing.Execute(
                "UPDATE epochs SET floor = @1 WHERE room = @2 AND number = @3 AND floor < @1",
                seq,
                room,
                epoch
            );
        }
        _floors.AddRange(floors);
    }

    /// <summary>Tells the lists in memory, once it is on the disk.</summary>
    public void Tell(MessageLog messages)
    {
        foreach (var (room, epoch, seq) in _floors)
        {
            messages.Lists.FirstOrDefault(log => log.Stored.Id == room)?.Raise(epoch, seq);
        }
    }
}
