namespace HCChat.Server.Messages;

/// <summary>
/// The message ids that a room has lately seen, so that a message sent again after a lost answer is answered again and shown once, and
/// its author is known. Holds the newest <see cref="Capacity"/> for ten minutes; not thread-safe.
/// </summary>
internal sealed class KnownMessages
{
    private const int Capacity = 1_000;
    private const long Lifetime = 10 * 60 * 1000;

    private readonly Dictionary<string, List<Known>> _byMid = [];
    private readonly Queue<Known> _order = new();

    /// <summary>A message that has its place.</summary>
    public sealed record Known(Identity Of, Place Place)
    {
        /// <summary>Whether it was deleted since.</summary>
        public bool IsGone { get; set; }
    }

    /// <summary>Remembers a message that has a <c>mid</c>.</summary>
    public void Add(Identity of, Place place)
    {
        if (of.Mid is not { } mid)
        {
            return;
        }
        Forget(place.Time, Capacity - 1);
        var known = new Known(of, place);
        if (!_byMid.TryGetValue(mid, out var same))
        {
            _byMid.Add(mid, same = []);
        }
        same.Add(known);
        _order.Enqueue(known);
    }

    /// <summary>The messages of that id; each sender has its own ids.</summary>
    /// <param name="mid">The id.</param>
    /// <param name="now">Server clock, ms since 1970.</param>
    public IReadOnlyList<Known> Find(string mid, long now)
    {
        Forget(now, Capacity);
        return _byMid.TryGetValue(mid, out var same) ? same : [];
    }

    /// <summary>Says that a message was deleted. Its id stays known.</summary>
    public void Remove(string mid, string sender)
    {
        foreach (var known in _byMid.GetValueOrDefault(mid)?.Where(k => k.Of.Sender == sender) ?? [])
        {
            known.IsGone = true;
        }
    }

    private void Forget(long now, int keep)
    {
        while (_order.TryPeek(out var oldest) && (_order.Count > keep || now - oldest.Place.Time > Lifetime))
        {
            _order.Dequeue();
            var same = _byMid[oldest.Of.Mid!];
            same.Remove(oldest);
            if (same.Count == 0)
            {
                _byMid.Remove(oldest.Of.Mid!);
            }
        }
    }
}
