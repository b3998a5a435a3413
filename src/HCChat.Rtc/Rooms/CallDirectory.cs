using HCChat.Rtc.Signal;
using HCChat.Rtc.Signal.Wire;

namespace HCChat.Rtc.Rooms;

/// <summary>The calls by their names. Its own lock is held for a look-up only, and never while a call's is asked for.</summary>
internal sealed class CallDirectory
{
    private const int MaxPreferences = 256;
    private static readonly TimeSpan s_preference = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, CallRoom> _rooms = [];
    private readonly Dictionary<(string Room, string Identity), long> _preferTcp = [];
    private readonly CallContext _context;
    private bool _isClosed;

    /// <param name="context">What the calls share; that they are finished and who prefers TCP is ours.</param>
    public CallDirectory(CallContext context) => _context = context with { Finished = Finish, PreferTcp = PreferTcp };

    public bool Admits(Grant grant) => _context.Admits(grant);

    /// <summary>The calls that are going on.</summary>
    public IReadOnlyList<CallRoom> Rooms
    {
        get
        {
            lock (_gate)
                return [.. _rooms.Values];
        }
    }

    public CallRoom? Find(string name)
    {
        lock (_gate)
            return _rooms.GetValueOrDefault(name);
    }

    /// <summary>Whether one more can come in.</summary>
    public bool HasRoomFor(string name, string identity)
    {
        if (Find(name) is not { } room)
            lock (_gate)
                return !_isClosed && _rooms.Count < _context.Options.MaxRooms;
        lock (room.Gate)
            return room.HasRoomFor(identity);
    }

    /// <summary>Somebody comes in; the first one makes the call. Null: there is no room.</summary>
    public (CallRoom, CallMember)? Enter(Arrival arrival, SignalSocket socket, JoinRequest request)
    {
        // A call that ends in this moment is looked for anew.
        while (FindOrMake(arrival.Grant.Room) is { } room)
        {
            if (room.Enter(arrival, socket, request) is { } member)
                return (room, member);
            if (!room.IsOver)
                return null;
        }
        return null;
    }

    /// <summary>Somebody comes back to a stay. Null: there is none.</summary>
    public (CallRoom, CallMember)? Return(Grant grant, string sid, SignalSocket socket) =>
        Find(grant.Room) is { } room && room.Return(grant, sid, socket) is { } member ? (room, member) : null;

    /// <summary>Whether somebody has asked for TCP a moment ago.</summary>
    public bool PrefersTcp(Grant grant)
    {
        lock (_gate)
            return _preferTcp.TryGetValue((grant.Room, grant.Identity), out var at)
                && _context.Since(at) < s_preference;
    }

    /// <summary>Ends all calls; no new one begins.</summary>
    public void Close()
    {
        lock (_gate)
            _isClosed = true;
        foreach (var room in Rooms)
            room.Close(LeaveReason.ServerShutdown, LeaveAction.Reconnect);
    }

    private CallRoom? FindOrMake(string name)
    {
        lock (_gate)
        {
            if (_rooms.TryGetValue(name, out var room))
                return room;
            if (_isClosed || _rooms.Count >= _context.Options.MaxRooms)
                return null;
            return _rooms[name] = new CallRoom(_context, name);
        }
    }

    private void Finish(CallRoom room)
    {
        lock (_gate)
            _rooms.Remove(room.Name);
    }

    private void PreferTcp(string room, string identity)
    {
        lock (_gate)
        {
            if (_preferTcp.Count >= MaxPreferences)
                _preferTcp.Clear();
            _preferTcp[(room, identity)] = _context.Time.GetTimestamp();
        }
    }
}
