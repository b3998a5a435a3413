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

    /// <summary>What one address adds to these numbers at most: alone it is no raid, but a nuisance that its own limit deals with.</summary>
    private const double AddressArrivals = 20;

    /// <summary>Rooms, and addresses, that are counted at a time.</summary>
    private const int MaxWatched = 100_000;

    private static readonly TimeSpan s_halfLife = TimeSpan.FromSeconds(30);

    /// <summary>How long a raid outlives the last moment at which it was one.</summary>
    private static readonly TimeSpan s_lasts = TimeSpan.FromMinutes(5);

    /// <summary>After a start everybody comes back at once, which is no raid.</summary>
    private static readonly TimeSpan s_starting = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<string, Score> _arrivals = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Score> _addresses = new(StringComparer.Ordinal);

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
    /// <param name="channel">The room.</param>
    /// <param name="addressKey">From where.</param>
    public void Count(string channel, string addressKey)
    {
        if (
            !watches
            || Mode == RaidMode.Off
            || time.GetElapsedTime(_started) < s_starting
            || Add(_addresses, addressKey) > AddressArrivals
        )
        {
            return;
        }
        _all.Add(1);
        if (_all.Cost >= ServerArrivals)
        {
            Volatile.Write(ref _serverAt, time.GetTimestamp());
            _serverRaided = true;
        }
        if (Add(_arrivals, channel) >= RoomArrivals)
        {
            _raided[channel] = time.GetTimestamp();
        }
    }

    // One more; gives how many there are by now.
    private double Add(ConcurrentDictionary<string, Score> counts, string name)
    {
        var count =
            counts.Count < MaxWatched
                ? counts.GetOrAdd(name, _ => new Score(time, s_halfLife))
                : counts.GetValueOrDefault(name);
        count?.Add(1);
        return count?.Cost ?? 0;
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
        Forget(_arrivals);
        Forget(_addresses);
    }

    private static void Forget(ConcurrentDictionary<string, Score> counts)
    {
        foreach (var (name, score) in counts)
        {
            if (score.IsOver)
            {
                counts.TryRemove(name, out _);
            }
        }
    }
}
