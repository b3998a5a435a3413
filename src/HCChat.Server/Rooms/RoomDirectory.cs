using System.Collections.Concurrent;

namespace HCChat.Server.Rooms;

/// <summary>All rooms of this node, by channel. Rooms come with the first join and go with the last leave.</summary>
internal sealed class RoomDirectory(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Room> _rooms = new(StringComparer.Ordinal);

    /// <summary>Runs <paramref name="action"/> under the gate of the room, which is made when there is none.</summary>
    /// <remarks>A room that is empty afterwards is gone, so a refused join leaves nothing behind.</remarks>
    public T In<T>(string channel, Func<Room, T> action)
    {
        while (true)
        {
            var room = _rooms.GetOrAdd(channel, static (name, time) => new Room(name, time), time);
            lock (room.Gate)
            {
                if (room.Closed)
                {
                    continue;
                }
                try
                {
                    return action(room);
                }
                finally
                {
                    Forget(room);
                }
            }
        }
    }

    /// <summary>Runs <paramref name="action"/> under the gate of a room that somebody is in; does nothing when it is gone.</summary>
    public void With(Room room, Action<Room> action)
    {
        lock (room.Gate)
        {
            if (!room.Closed)
            {
                action(room);
                Forget(room);
            }
        }
    }

    /// <summary>The room if somebody is in it.</summary>
    public Room? Find(string channel) => _rooms.GetValueOrDefault(channel);

    /// <summary>A moment's view of all rooms.</summary>
    public ICollection<Room> All => _rooms.Values;

    private void Forget(Room room)
    {
        if (room.Members.Count == 0)
        {
            room.Close();
            _rooms.TryRemove(KeyValuePair.Create(room.Channel, room));
        }
    }
}
