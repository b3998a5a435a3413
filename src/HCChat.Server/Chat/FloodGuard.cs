using System.Collections.Concurrent;

namespace HCChat.Server.Chat;

/// <summary>
/// Scores that decay, as hack.chat's limiter, of the connection, of its address, and of whoever it has shown to be: each frame adds to all of them, and one that
/// would pass a limit is refused. Unlike there a refusal adds nothing, so that whoever retries gets in as soon as there is room, and is told when.
/// </summary>
internal sealed class FloodGuard(TimeProvider time, bool enabled)
{
    /// <summary>A burst of about twenty short messages, then two a second: faster than people type.</summary>
    private const double ConnectionLimit = 30;

    /// <summary>Everybody behind one address, which may be an office or a proxy that the operator forgot to name.</summary>
    private const double AddressLimit = 1_000;

    /// <summary>One key, account or trip, over all its connections from wherever: somebody's four devices, or programs that speak with one voice.</summary>
    private const double IdentityLimit = 120;

    /// <summary>Four frames of the largest size at once, then about one in four seconds: what text costs stops people before.</summary>
    private const double ConnectionBytes = 262_144;

    /// <summary>The same for everybody behind one address: about half a megabyte a second.</summary>
    private const double AddressBytes = 8_388_608;

    /// <summary>The same for one key, account or trip.</summary>
    private const double IdentityBytes = 1_048_576;

    /// <summary>A score halves in this time.</summary>
    private static readonly TimeSpan s_halfLife = TimeSpan.FromSeconds(10);

    /// <summary>After this many refusals without one success in between the connection is closed.</summary>
    private const int Patience = 200;

    /// <summary>Most addresses and identities remembered; beyond it the table is swept, and a full table forgets all rather than grow.</summary>
    private const int MaxAddresses = 100_000;

    private static readonly Allowance s_connection = new(ConnectionLimit, ConnectionBytes);
    private static readonly Allowance s_address = new(AddressLimit, AddressBytes);
    private static readonly Allowance s_identity = new(IdentityLimit, IdentityBytes);

    private readonly ConcurrentDictionary<string, Score> _shared = new();

    /// <summary>Whether anything is limited.</summary>
    public bool IsEnabled => enabled;

    /// <summary>A limiter for a new connection.</summary>
    /// <param name="addressKey">IPv4 address or IPv6 /64.</param>
    public Charges ForConnection(string addressKey) => new(this, Shared(addressKey));

    private Score NewScore() => new(time, s_halfLife);

    private Score Shared(string name)
    {
        if (_shared.Count >= MaxAddresses)
        {
            Sweep();
        }
        return _shared.GetOrAdd(name, _ => NewScore());
    }

    private void Sweep()
    {
        foreach (var (key, score) in _shared)
        {
            if (score.IsOver)
            {
                _shared.TryRemove(key, out _);
            }
        }
        if (_shared.Count >= MaxAddresses)
        {
            _shared.Clear();
        }
    }

    /// <summary>What one connection has been charged.</summary>
    internal sealed class Charges(FloodGuard guard, Score address)
    {
        /// <summary>What every frame costs, besides its verb.</summary>
        private const double Frame = 1;

        private readonly Score _own = guard.NewScore();

        // One of each kind: of each the newest counts, so that the list stays short.
        private volatile (string Name, Score Score)[] _identities = [];
        private double _pending;
        private int _pendingBytes;
        private int _refusals;

        /// <summary>Moderators are not limited.</summary>
        public bool Immune { get; set; }

        /// <summary>Whether the peer has ignored so many refusals that it should be closed.</summary>
        public bool OutOfPatience => _refusals > Patience;

        private bool Limited => guard.IsEnabled && !Immune;

        /// <summary>The peer has shown to be that: <c>key:</c>, <c>account:</c> or <c>trip:</c> and a name. From now on it is charged under it, too.</summary>
        public void Recognize(string identity)
        {
            var known = _identities;
            if (!Array.Exists(known, i => i.Name == identity))
            {
                var kind = identity[..(identity.IndexOf(':', StringComparison.Ordinal) + 1)];
                _identities =
                [
                    .. known.Where(i => !i.Name.StartsWith(kind, StringComparison.Ordinal)),
                    (identity, guard.Shared(identity)),
                ];
            }
        }

        /// <summary>Begins a frame. Its own cost is charged with its verb's, or by <see cref="EndFrame"/>.</summary>
        /// <param name="bytes">Its size.</param>
        /// <param name="retryAfter">When a frame would be taken, if this one is not.</param>
        public bool TryBeginFrame(int bytes, out TimeSpan retryAfter)
        {
            (_pending, _pendingBytes) = (Frame, bytes);
            retryAfter = Wait(Frame);
            return retryAfter <= TimeSpan.Zero || Refuse();
        }

        /// <summary>Charges <paramref name="cost"/> when all scores allow it. A refusal charges nothing at all, the frame included.</summary>
        /// <param name="cost">1 is a short message.</param>
        /// <param name="retryAfter">When the same frame would be allowed.</param>
        public bool TryCharge(double cost, out TimeSpan retryAfter)
        {
            retryAfter = Wait(cost + _pending);
            if (retryAfter > TimeSpan.Zero)
            {
                return Refuse();
            }
            _refusals = 0;
            Settle(cost);
            return true;
        }

        /// <summary>Makes the frame itself cost something else: a sign of typing is small and comes often.</summary>
        public void Reprice(double cost) => _pending = cost;

        /// <summary>Ends a frame whose verb charged nothing.</summary>
        public void EndFrame()
        {
            if (_pending > 0)
            {
                _refusals = 0;
            }
            Settle(0);
        }

        /// <summary>Adds to the scores whatever they are: for misbehaviour that gets no answer.</summary>
        public void Penalize(double cost) => Add(cost, 0);

        private void Settle(double cost)
        {
            Add(cost + _pending, _pendingBytes);
            (_pending, _pendingBytes) = (0, 0);
        }

        private void Add(double cost, double bytes)
        {
            if (!Limited)
            {
                return;
            }
            _own.Add(cost, bytes);
            address.Add(cost, bytes);
            foreach (var (_, identity) in _identities)
            {
                identity.Add(cost, bytes);
            }
        }

        private TimeSpan Wait(double cost)
        {
            if (!Limited)
            {
                return TimeSpan.Zero;
            }
            var wait = Max(_own.Wait(cost, _pendingBytes, s_connection), address.Wait(cost, _pendingBytes, s_address));
            foreach (var (_, identity) in _identities)
            {
                wait = Max(wait, identity.Wait(cost, _pendingBytes, s_identity));
            }
            return wait;
        }

        private bool Refuse()
        {
            (_pending, _pendingBytes) = (0, 0);
            _refusals++;
            return false;
        }

        private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
    }
}
