namespace HCChat.Crypto;

/// <summary>What <see cref="ReplayGuard"/> makes of an authentic message.</summary>
public enum Delivery
{
    /// <summary>Not seen before.</summary>
    New,

    /// <summary>The same message once more, as history and live delivery overlap: drop it without a word.</summary>
    Duplicate,

    /// <summary>Its place was taken by another message: drop it and count it (<see cref="E2eeError.Replay"/>).</summary>
    Replay,
}

/// <summary>Messages that never came.</summary>
/// <param name="Sid">Of this client of the sender.</param>
/// <param name="Count">So many of them.</param>
public readonly record struct Gap(string Sid, long Count);

/// <summary>
/// Finds repeated and missing messages of one room (spec/crypto.md §5). Memory is bounded: the last 10,000 ids, and for each of the last
/// 4,096 senders a window of 1,024 numbers. Not safe for concurrent use.
/// </summary>
public sealed class ReplayGuard
{
    /// <summary>Numbers behind the highest one that are still told apart.</summary>
    public const int Window = 1_024;

    /// <summary>Ids that are remembered.</summary>
    public const int Ids = 10_000;

    /// <summary>A gap is reported when it has lasted this long.</summary>
    public static readonly TimeSpan GapPatience = TimeSpan.FromSeconds(30);

    private const int MaxSenders = 4_096;

    private readonly TimeProvider _time;
    private readonly HashSet<string> _ids = [];
    private readonly Queue<string> _idsByAge = [];
    private readonly Dictionary<(string Kid, string Sid, IdentityKey? Signer), Sender> _senders = [];
    private readonly Queue<(string Kid, string Sid, IdentityKey? Signer)> _sendersByAge = [];
    private readonly List<OpenGap> _gaps = [];

    /// <summary>A guard that has seen nothing.</summary>
    public ReplayGuard(TimeProvider time) => _time = time;

    /// <summary>Judges one message, and remembers it when it is new.</summary>
    /// <param name="kid">The key that it was sealed with.</param>
    /// <param name="sid">The sender's running client.</param>
    /// <param name="number">Its number there.</param>
    /// <param name="id">The message's id.</param>
    /// <param name="signer">Who signed it: nobody uses up the numbers of somebody else.</param>
    public Delivery Accept(string kid, string sid, long number, string id, IdentityKey? signer = null)
    {
        if (_ids.Contains(id))
        {
            return Delivery.Duplicate;
        }
        if (!_senders.TryGetValue((kid, sid, signer), out var sender))
        {
            sender = AddSender((kid, sid, signer), number);
        }
        else if (number > sender.Highest)
        {
            OpenGapBefore(number, sid, sender);
            sender.Advance(number);
        }
        else if (!sender.TryMark(number))
        {
            return Delivery.Replay;
        }
        else
        {
            _gaps.Find(gap => gap.Sender == sender && number >= gap.From && number <= gap.To)?.Fill();
        }
        Remember(id);
        return Delivery.New;
    }

    /// <summary>Judges one message of history, from before our time: known by its id alone, it opens no counting and closes none.</summary>
    public Delivery AcceptHistory(string id)
    {
        if (_ids.Contains(id))
        {
            return Delivery.Duplicate;
        }
        Remember(id);
        return Delivery.New;
    }

    /// <summary>The gaps that have lasted <see cref="GapPatience"/>; each is reported once.</summary>
    public IReadOnlyList<Gap> TakeGaps()
    {
        var due = _time.GetUtcNow() - GapPatience;
        var taken = _gaps.FindAll(gap => gap.Since <= due);
        _gaps.RemoveAll(gap => gap.Since <= due);
        return [.. taken.Where(gap => gap.Missing > 0).Select(gap => new Gap(gap.Sid, gap.Missing))];
    }

    private Sender AddSender((string, string, IdentityKey?) key, long number)
    {
        if (_senders.Count == MaxSenders)
        {
            _senders.Remove(_sendersByAge.Dequeue());
        }
        _sendersByAge.Enqueue(key);
        // A sender that spoke before we came is not a gap: count from where we first hear it.
        return _senders[key] = new Sender(number);
    }

    private void OpenGapBefore(long number, string sid, Sender sender)
    {
        if (number > sender.Highest + 1)
        {
            _gaps.Add(new OpenGap(sender, sid, sender.Highest + 1, number - 1, _time.GetUtcNow()));
        }
        if (_gaps.Count > Ids)
        {
            _gaps.RemoveAt(0);
        }
    }

    private void Remember(string id)
    {
        if (_idsByAge.Count == Ids)
        {
            _ids.Remove(_idsByAge.Dequeue());
        }
        _ids.Add(id);
        _idsByAge.Enqueue(id);
    }

    /// <summary>The highest number heard, and a ring of bits for it and the 1,023 before.</summary>
    private sealed class Sender
    {
        private readonly bool[] _seen = new bool[Window];

        public Sender(long first)
        {
            Highest = first;
            _seen[first % Window] = true;
        }

        public long Highest { get; private set; }

        public void Advance(long number)
        {
            var cleared = Math.Min(number - Highest, Window);
            for (var i = 1; i <= cleared; i++)
            {
                _seen[(Highest + i) % Window] = false;
            }
            _seen[number % Window] = true;
            Highest = number;
        }

        /// <summary>Marks a number at or below the highest; false when it is taken, or too old to tell.</summary>
        public bool TryMark(long number)
        {
            if (number <= Highest - Window || _seen[number % Window])
            {
                return false;
            }
            return _seen[number % Window] = true;
        }
    }

    private sealed class OpenGap(Sender sender, string sid, long from, long to, DateTimeOffset since)
    {
        public Sender Sender => sender;
        public string Sid => sid;
        public long From => from;
        public long To => to;
        public DateTimeOffset Since => since;
        public long Missing { get; private set; } = to - from + 1;

        public void Fill() => Missing--;
    }
}
