namespace HCChat.Client;

/// <summary>
/// Pages from the newest backwards, over the beginnings of epochs, until something is met that was shown before. What lies between was missed.
/// </summary>
/// <param name="shown">Of each epoch that is known the highest number that was shown.</param>
/// <param name="epoch">The epoch of now, as far as we know.</param>
internal sealed class Bridge(IReadOnlyDictionary<string, long> shown, string epoch)
{
    /// <summary>Pages that are read at most; with <see cref="PageRequest.Limit"/> events each they fit the queue of events.</summary>
    public const int MaxPages = 16;

    private readonly List<Page> _pages = [];

    /// <summary>The epoch of now, as far as we know.</summary>
    public string Epoch => epoch;

    /// <summary>Nothing was read yet.</summary>
    public bool IsEmpty => _pages.Count == 0;

    /// <summary>Nothing lacks between what was shown and the newest.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>There is more that was not read.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Up to where each epoch is known now, the current one last.</summary>
    public IEnumerable<RoomPosition> Ends =>
        _pages.DistinctBy(page => page.Epoch).Select(page => new RoomPosition(page.Epoch, page.To)).Reverse();

    /// <summary>Takes a page, and says what to ask next: what is before a number of an epoch, or its newest; null at the end.</summary>
    public (string Epoch, long? Before)? Add(Page page)
    {
        if (!page.Recovered)
        {
            return null;
        }
        _pages.Add(page);
        if (shown.TryGetValue(page.Epoch, out var last) && page.From <= last + 1)
        {
            IsComplete = page.To >= last || _pages[0].Epoch != page.Epoch;
            return null;
        }
        if (_pages.Count == MaxPages)
        {
            IsCut = page.More || page.Previous is not null;
            return null;
        }
        if (page.More)
        {
            return (page.Epoch, page.From);
        }
        return page.Previous is { } previous && _pages.TrueForAll(known => known.Epoch != previous)
            ? (previous, null)
            : null;
    }

    /// <summary>What was missed, in order.</summary>
    public IReadOnlyList<SequencedFrame> TakeAscending() =>
        [.. _pages.AsEnumerable().Reverse().SelectMany(page => page.Events).Where(e => IsMissed(e.Position))];

    private bool IsMissed(RoomPosition place) => !shown.TryGetValue(place.Epoch, out var last) || place.Seq > last;
}
