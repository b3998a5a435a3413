using System.Collections.Concurrent;
using HCChat.Server.Messages;

namespace HCChat.Server.Rooms;

/// <summary>
/// All rooms of this node, by channel. A room comes with the first join and is without people after the last leave; it goes as soon as its list holds
/// nothing in memory any more.
/// </summary>
internal sealed class RoomDirectory(MessageLog messages, RuleStore rules, TimeProvider time)
{
    /// <summary>How long what only memory has outlives the last member.</summary>
    private static readonly TimeSpan Linger = TimeSpan.FromMinutes(2);

    /// <summary>Keeps what belongs to rooms.</summary>
    public RuleStore Rules => rules;

    private readonly ConcurrentDictionary<string, Room> _rooms = new(StringComparer.Ordinal);

    /// <summary>Runs <paramref name="action"/> under the gate of the room, which is made when there is none.</summary>
    /// <param name="channel">The room.</param>
    /// <param name="action">What to do.</param>
    /// <param name="fromOutside">Whether whoever asks may be told nothing of rooms: what is in memory is then looked for as well, so that the time tells no more than the words.</param>
    /// <returns>False when nothing was run, because what is kept of the room cannot be read now.</returns>
    /// <remarks>A room that is empty afterwards and holds nothing is gone, so a refused join leaves nothing behind.</remarks>
    public async ValueTask<bool> InAsync(string channel, Action<Room> action, bool fromOutside = false)
    {
        if (fromOutside && _rooms.ContainsKey(channel))
        {
            await messages.LookInVainAsync();
            await rules.LoadAsync("");
        }
        while (true)
        {
            if (!_rooms.TryGetValue(channel, out var room))
            {
                if (await messages.OpenAsync(channel) is not { } log || await rules.LoadAsync(channel) is not { } kept)
                {
                    return false;
                }
                room = _rooms.GetOrAdd(channel, static (_, a) => new Room(a.log, a.kept, a.time), (log, kept, time));
            }
            if (TryRun(room, action))
            {
                return true;
            }
        }
    }

    /// <summary>Runs <paramref name="action"/> under the gate of a room that somebody is in; does nothing when it is gone.</summary>
    public void With(Room room, Action<Room> action) => TryRun(room, action);

    /// <summary>The room if it is there; perhaps nobody is in it.</summary>
    public Room? Find(string channel) => _rooms.GetValueOrDefault(channel);

    /// <summary>A moment's view of the rooms that somebody is in.</summary>
    public IReadOnlyList<Room> All => [.. _rooms.Values.Where(room => room.Members.Count > 0)];

    /// <summary>Puts away what nobody has been in for a while. Called every second.</summary>
    public void Tick()
    {
        foreach (var room in _rooms.Values)
        {
            lock (room.Gate)
            {
                if (HasLingered(room) && room.Log.IsIdle)
                {
                    room.Log.Trim(everything: true);
                    room.Log.Recheck();
                    room.Log.Seal();
                }
                Forget(room);
            }
        }
    }

    /// <summary>Lets go of a room that nobody is in any more and of which nothing is left. Under its gate.</summary>
    public void Close(Room room)
    {
        room.Close();
        _rooms.TryRemove(KeyValuePair.Create(room.Channel, room));
        messages.Close(room.Log);
    }

    private bool TryRun(Room room, Action<Room> action)
    {
        lock (room.Gate)
        {
            if (room.Closed)
            {
                return false;
            }
            try
            {
                action(room);
            }
            finally
            {
                Forget(room);
            }
            return true;
        }
    }

    private bool HasLingered(Room room) => room.EmptySince is { } since && time.GetElapsedTime(since) >= Linger;

    private void Forget(Room room)
    {
        // Whoever comes while a call goes on is told of it, be it that nobody sits in the room meanwhile.
        var over = room.Members.Count == 0 && (!room.WasEntered || HasLingered(room)) && room.Call is null;
        if (!room.Closed && over && room.Changes == 0 && room.Log.IsForgettable)
        {
            Close(room);
        }
    }
}
