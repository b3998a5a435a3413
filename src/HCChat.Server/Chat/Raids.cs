using System.Collections.Concurrent;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>What the operator says about raids.</summary>
internal enum RaidMode
{
    /// <summary>Where so many come that it must be one.</summary>
    Auto,

    /// <summary>Everywhere, now.</summary>
    On,

    /// <summary>Nowhere, unless a room says so itself.</summary>
    Off,
}

/// <summary>
/// Whether a room, or the server, is under attack, so that newcomers pay before they are let in (spec/protocol.md, Raids). Newcomers are counted, per room and in all, in a number that halves
/// every half-minute; above the limit it is a raid, until five minutes after it was last above. It ends by itself.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="watches">Whether anybody is counted.</param>
internal sealed class Raids(TimeProvider time, bool watches)
{
    /// <summary>Newcomers into one room in half a minute: more than a class that opens the same link.</summary>
    private const double RoomArrivals = 60;

    /// <summary>The same in all rooms together.</summary>
    private const double ServerArrivals = 600;

    /// <summary>Rooms that are counted at a time; what comes into others then counts for the server only.</summary>
    private const int MaxWatched = 100_000;

    private static readonly TimeSpan s_halfLife = TimeSpan.FromSeconds(30);

    /// <summary>How long a raid outlives the last moment at which it was one.</summary>
    private static readonly TimeSpan s_lasts = TimeSpan.FromMinutes(5);

    /// <summary>After a start everybody comes back at once, which is no raid.</summary>
    private static readonly TimeSpan s_starting = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<string, Score> _arrivals = new(StringComparer.Ordinal);

    // When a room was last above the limit.
    private readonly ConcurrentDictionary<string, long> _raided = new(StringComparer.Ordinal);
    private readonly Score _all = new(time, s_halfLife);
    private readonly long _started = time.GetTimestamp();
    private long _serverAt;
    private volatile bool _serverRaided;

    /// <summary>What the operator says.</summary>
    public RaidMode Mode { get; set; }

    /// <summary>Whether newcomers pay in all rooms.</summary>
    public bool IsEverywhere => Mode == RaidMode.On || (Mode == RaidMode.Auto && _serverRaided);

    /// <summary>In how many rooms it was found that they are under attack.</summary>
    public int Found => Mode == RaidMode.Off ? 0 : _raided.Count;

    /// <summary>Whether newcomers pay in that room.</summary>
    public bool IsOn(Room room) =>
        room.Rules.Raid || IsEverywhere || (Mode != RaidMode.Off && _raided.ContainsKey(room.Channel));

    /// <summary>Somebody new has come into a room, or has been asked to pay for it.</summary>
    public void Count(string channel)
    {
        if (!watches || Mode == RaidMode.Off || time.GetElapsedTime(_started) < s_starting)
        {
            return;
        }
        _all.Add(1);
        if (_all.Cost >= ServerArrivals)
        {
            Volatile.Write(ref _serverAt, time.GetTimestamp());
            _serverRaided = true;
        }
        var room =
            _arrivals.Count < MaxWatched
                ? _arrivals.GetOrAdd(channel, _ => new Score(time, s_halfLife))
                : _arrivals.GetValueOrDefault(channel);
        room?.Add(1);
        if (room?.Cost >= RoomArrivals)
        {
            _raided[channel] = time.GetTimestamp();
        }
    }

    /// <summary>Ends what is over; called every second.</summary>
    public void Tick()
    {
        if (_serverRaided && time.GetElapsedTime(Volatile.Read(ref _serverAt)) > s_lasts)
        {
            _serverRaided = false;
        }
        foreach (var raid in _raided)
        {
            if (time.GetElapsedTime(raid.Value) > s_lasts)
            {
                _raided.TryRemove(raid);
            }
        }
        foreach (var (channel, score) in _arrivals)
        {
            if (score.IsOver)
            {
                _arrivals.TryRemove(channel, out _);
            }
        }
    }
}
