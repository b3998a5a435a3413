namespace HCChat.Client;

/// <summary>The last so many things of a kind.</summary>
internal sealed class RecentSet<T>(int capacity)
    where T : notnull
{
    private readonly HashSet<T> _known = [];
    private readonly Queue<T> _byAge = [];

    /// <summary>Remembers; false when it is known already.</summary>
    public bool Add(T item)
    {
        if (!_known.Add(item))
        {
            return false;
        }
        _byAge.Enqueue(item);
        if (_byAge.Count > capacity)
        {
            _known.Remove(_byAge.Dequeue());
        }
        return true;
    }

    public bool Contains(T item) => _known.Contains(item);
}
