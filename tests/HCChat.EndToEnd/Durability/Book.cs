using System.Text.Json.Nodes;

namespace HCChat.EndToEnd.Durability;

/// <summary>
/// What a client has shown of one room, by the rules of spec/protocol.md ("Receiving"): in order, each number once, a live event ahead of a hole held
/// back until a replay covers the hole. It counts what must not happen. Thread-safe.
/// </summary>
internal sealed class Book
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, Event> _held = [];
    private readonly List<Event> _shown = [];
    private long _next;

    /// <summary>The list that is followed; null before the first join.</summary>
    public string? Epoch { get; private set; }

    /// <summary>Whether a replay is awaited.</summary>
    public bool IsCatching { get; private set; }

    /// <summary>Replays that could not go on where the client was.</summary>
    public int Unrecovered { get; private set; }

    /// <summary>Numbers that a replay claimed to cover without having their event: nothing is deleted in these tests.</summary>
    public int Missing { get; private set; }

    /// <summary>Changes of the list in the middle.</summary>
    public int NewEpochs { get; private set; }

    /// <summary>Events that came by replays.</summary>
    public int Replayed { get; private set; }

    /// <summary>The number that was shown last.</summary>
    public long Position
    {
        get
        {
            lock (_lock)
            {
                return _next - 1;
            }
        }
    }

    /// <summary>A copy of what was shown.</summary>
    public IReadOnlyList<Event> Shown
    {
        get
        {
            lock (_lock)
            {
                return [.. _shown];
            }
        }
    }

    /// <summary>The client is in the room.</summary>
    /// <param name="epoch">The room's list.</param>
    /// <param name="head">Where it stands.</param>
    public void Enter(string epoch, long head)
    {
        lock (_lock)
        {
            _held.Clear();
            if (Epoch is null)
            {
                (Epoch, _next) = (epoch, head + 1);
                return;
            }
            // It told its position, so a replay follows.
            IsCatching = true;
        }
    }

    /// <summary>Takes a live event.</summary>
    /// <returns>Whether the client has to ask for what follows <see cref="Position"/>.</returns>
    public bool Take(Event happened)
    {
        lock (_lock)
        {
            if (IsCatching || happened.Epoch != Epoch || happened.Seq > _next)
            {
                _held[happened.Seq] = happened;
                var ask = !IsCatching;
                IsCatching = true;
                return ask;
            }
            Show(happened);
            return false;
        }
    }

    /// <summary>Takes a replay.</summary>
    /// <returns>Whether there is more to ask for.</returns>
    public bool Take(JsonObject replay)
    {
        lock (_lock)
        {
            if ((bool)replay["recovered"]! == false)
            {
                Unrecovered++;
                NewEpochs += (string)replay["epoch"]! == Epoch ? 0 : 1;
                Epoch = (string)replay["epoch"]!;
                _next = (long)replay["head"]! + 1;
                return Drain();
            }
            foreach (var happened in replay["events"]!.AsArray().Select(e => Event.Of(e!.AsObject())))
            {
                Replayed++;
                Missing += (int)Math.Max(0, happened.Seq - _next);
                _next = Math.Max(_next, happened.Seq);
                Show(happened);
            }
            var to = (long)replay["to"]!;
            Missing += (int)Math.Max(0, to + 1 - _next);
            _next = Math.Max(_next, to + 1);
            return (bool)replay["more"]! || Drain();
        }
    }

    private bool Drain()
    {
        IsCatching = false;
        while (_held.Count > 0)
        {
            var (seq, first) = _held.First();
            if (seq > _next)
            {
                IsCatching = true;
                return true;
            }
            _held.Remove(seq);
            Show(first);
        }
        return false;
    }

    private void Show(Event happened)
    {
        if (happened.Seq < _next)
        {
            return;
        }
        _shown.Add(happened);
        _next = happened.Seq + 1;
    }
}
