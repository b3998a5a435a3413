namespace HCChat.Client;

/// <summary>The order of the whispers to us in one room: each is shown once, and the server is told up to where none lacks.</summary>
internal sealed class WhisperOrder
{
    private const int Remembered = 1_000;

    private readonly RecentSet<RoomPosition> _shown = new(Remembered);

    /// <summary>Every whisper from the first heard up to here was shown.</summary>
    public RoomPosition? Position { get; private set; }

    /// <summary>Takes a whisper; false when it was shown before.</summary>
    public bool Accept(RoomPosition place)
    {
        if (Position is { } at && at.Epoch == place.Epoch && place.Seq == at.Seq || !_shown.Add(place))
        {
            return false;
        }
        if (Position?.Epoch != place.Epoch)
        {
            Position = place;
        }
        while (_shown.Contains(Position!.Value.Next))
        {
            Position = Position.Value.Next;
        }
        return true;
    }
}
