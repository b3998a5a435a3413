using HCChat.Server.Identities;
using HCChat.Server.Rooms;

namespace HCChat.Server.Calls;

/// <summary>The seats of one room's call. Under the gate of <see cref="CallSeats"/>.</summary>
/// <param name="channel">The room.</param>
internal sealed class CallTable(string channel)
{
    private RoomRules? _rules;
    private bool _isDoubtful = true;

    /// <summary>The room.</summary>
    public string Channel => channel;

    /// <summary>By whom somebody is in the call.</summary>
    public Dictionary<string, Seat> Seats { get; } = [];

    /// <summary>When it was last looked who is in it, a timestamp of the clock.</summary>
    public long LookedAt { get; set; }

    /// <summary>
    /// Whether this call began a moment ago and nobody has looked yet who is there. Whoever is then, and has no seat, is left over from a call that was lost with an earlier process, and has other keys.
    /// </summary>
    public bool MayHaveLeftovers { get; set; }

    /// <summary>Somebody who may come in, or is in.</summary>
    /// <param name="who">What they have shown; how old it has become does not matter.</param>
    /// <param name="addressKey">Where from.</param>
    /// <param name="maySpeak">Whether they may send.</param>
    /// <param name="expires">When the newest token for it ends.</param>
    internal sealed class Seat(Tokens.Capability who, string addressKey, bool maySpeak, DateTimeOffset expires)
    {
        public Tokens.Capability Who => who;
        public string AddressKey => addressKey;
        public bool MaySpeak => maySpeak;
        public DateTimeOffset Expires => expires;

        /// <summary>Whether it is to be found out if they may have it still.</summary>
        public bool IsDoubtful { get; set; } = true;

        /// <summary>Whether they were put out: nothing of theirs is taken before <see cref="Expires"/>.</summary>
        public bool IsOut { get; private set; }

        /// <summary>Whether they are in the call, as far as is known.</summary>
        public bool IsIn { get; set; }

        /// <summary>Whether whoever has the calls is to be told that they are out.</summary>
        public bool IsOwed { get; set; }

        /// <summary>They are put out.</summary>
        public void PutOut() => (IsDoubtful, IsOut, IsOwed) = (false, true, true);

        /// <summary>Whoever is put out stays out for as long as a token could bring them back.</summary>
        public bool IsDone(DateTimeOffset now) => now >= expires && !IsOwed && (IsOut || !IsIn);
    }

    /// <summary>Something has happened that may have taken somebody's place.</summary>
    public void Doubt() => _isDoubtful = true;

    /// <summary>The seats that something is to be done about.</summary>
    /// <param name="rules">What holds in the room now; null when it is put away, and nothing changes.</param>
    public IReadOnlyList<(string Identity, Seat Seat)> Due(RoomRules? rules)
    {
        if (_isDoubtful || (rules is not null && !ReferenceEquals(rules, _rules)))
        {
            (_isDoubtful, _rules) = (false, rules ?? _rules);
            foreach (var seat in Seats.Values)
            {
                seat.IsDoubtful = !seat.IsOut;
            }
        }
        return [.. Seats.Where(s => s.Value.IsDoubtful || s.Value.IsOwed).Select(s => (s.Key, s.Value))];
    }
}
