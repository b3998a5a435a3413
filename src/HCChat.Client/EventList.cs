using System.Text.Json;

namespace HCChat.Client;

/// <summary>A list that the server keeps: what happens in a room, or the whispers to us in it.</summary>
internal readonly record struct EventList(string Channel, bool IsInbox)
{
    /// <summary>The place of a frame in it; null when it has none.</summary>
    public RoomPosition? PlaceOf(JsonElement frame) => IsInbox ? frame.Object("inbox")?.Position() : frame.Position();
}
