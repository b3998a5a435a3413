using System.Collections.Concurrent;

namespace HCChat.Server.Chat;

/// <summary>
/// Scores that decay, per connection and per address, as hack.chat's limiter: each frame adds to them and one that would pass the limit is
/// refused. Unlike there a refusal adds nothing, so that whoever retries gets in as soon as there is room, and is told when.
/// </summary>
internal sealed class FloodGuard(TimeProvider time, bool enabled)
{
    /// <summary>A burst of about twenty short messages, then two a second: faster than people type.</summary>
    private const double ConnectionLimit = 30;

    /// <summary>Everybody behind one address, which may be an office or a proxy that the operator forgot to name.</summary>
    private const double AddressLimit = 1_000;

    /// <summary>A score halves in this time.</summary>
    private static readonly TimeSpan HalfLife = TimeSpan.FromSeconds(10);

    /// <summary>After this many refusals without one success in between the connection is closed.</summary>
    private const int Patience = 200;

    /// <summary>Most addresses remembered; beyond it the table is swept, and a full table forgets all rather than grow.</summary>
    private const int MaxAddresses = 100_000;

    private readonly ConcurrentDictionary<string, Score> _addresses = new();

    /// <summary>A limiter for a new connection.</summary>
    /// <param name="addressKey">IPv4 address or IPv6 /64.</param>
    public Charges ForConnection(string addressKey)
    {
        if (_addresses.Count >= MaxAddresses)
        {
            Sweep();
        }
        return new Charges(this, _addresses.GetOrAdd(addressKey, _ => new Score(time)));
    }

    private void Sweep()
    {
        foreach (var (key, score) in _addresses)
        {
            if (score.Now() < 1)
            {
                _addresses.TryRemove(key, out _);
            }
        }
        if (_addresses.Count >= MaxAddresses)
        {
            _addresses.Clear();
        }
    }

    /// <summary>What one connection has been charged.</summary>
    internal sealed class Charges(FloodGuard guard, Score address)
    {
        /// <summary>What every frame costs, besides its verb.</summary>
        private const double Frame = 1;

        private readonly Score _own = new(guard.Time);
        private double _pending;
        private int _refusals;

        /// <summary>Moderators are not limited.</summary>
        public bool Immune { get; set; }

        /// <summary>Whether the peer has ignored so many refusals that it should be closed.</summary>
        public bool OutOfPatience => _refusals > Patience;

        private bool Limited => guard.Enabled && !Immune;

        /// <summary>Begins a frame. Its own cost is charged with its verb's, or by <see cref="EndFrame"/>.</summary>
        /// <param name="retryAfter">When a frame would be taken, if this one is not.</param>
        public bool TryBeginFrame(out TimeSpan retryAfter)
        {
            _pending = Frame;
            retryAfter = Wait(Frame);
            return retryAfter <= TimeSpan.Zero || Refuse();
        }

        /// <summary>Charges <paramref name="cost"/> when both scores allow it. A refusal charges nothing at all, the frame included.</summary>
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
            Penalize(cost + _pending);
            _pending = 0;
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
            Penalize(_pending);
            _pending = 0;
        }

        /// <summary>Adds to the scores whatever they are: for misbehaviour that gets no answer.</summary>
        public void Penalize(double cost)
        {
            if (Limited)
            {
                _own.Add(cost);
                address.Add(cost);
            }
        }

        private TimeSpan Wait(double cost) =>
            Limited ? Max(_own.Wait(cost, ConnectionLimit), address.Wait(cost, AddressLimit)) : TimeSpan.Zero;

        private bool Refuse()
        {
            _pending = 0;
            _refusals++;
            return false;
        }

        private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
    }

    private TimeProvider Time => time;
    private bool Enabled => enabled;

    /// <summary>One decaying number.</summary>
    internal sealed class Score(TimeProvider time)
    {
        private readonly Lock _lock = new();
        private double _value;
        private long _at = time.GetTimestamp();

        public double Now()
        {
            lock (_lock)
            {
                Decay();
                return _value;
            }
        }

        public void Add(double cost)
        {
            lock (_lock)
            {
                Decay();
                _value += cost;
            }
        }

        /// <summary>How long until <paramref name="cost"/> fits under <paramref name="limit"/>; zero when it does now.</summary>
        public TimeSpan Wait(double cost, double limit)
        {
            var now = Now();
            // A cost above the limit itself could never be met: it waits for an empty score instead.
            var room = Math.Max(limit - cost, 1);
            return now <= room ? TimeSpan.Zero : HalfLife * Math.Log2(now / room);
        }

        private void Decay()
        {
            var now = time.GetTimestamp();
            _value *= Math.Pow(0.5, time.GetElapsedTime(_at, now) / HalfLife);
            _at = now;
        }
    }
}
