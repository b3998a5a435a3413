namespace HCChat.Client;

/// <summary>A place in the list of what happened in a room. Places of two epochs cannot be compared.</summary>
/// <param name="Epoch">The list, by the name that the server gave it.</param>
/// <param name="Seq">The number in it, from 1 without gaps.</param>
public readonly record struct RoomPosition(string Epoch, long Seq)
{
    /// <summary>The next place.</summary>
    internal RoomPosition Next => this with { Seq = Seq + 1 };
}
