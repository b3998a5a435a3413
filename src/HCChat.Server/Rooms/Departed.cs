namespace HCChat.Server.Rooms;

/// <summary>Whose inbox belonged to a number that has left: whoever saw it here may still write to it. The newest thousand; not thread-safe.</summary>
internal sealed class Departed
{
    private const int Capacity = 1_000;

    private readonly Dictionary<long, string> _owners = [];
    private readonly Queue<long> _order = new();

    public void Add(long userId, string owner)
    {
        if (!_owners.ContainsKey(userId))
        {
            _order.Enqueue(userId);
        }
        _owners[userId] = owner;
        if (_order.Count > Capacity)
        {
            _owners.Remove(_order.Dequeue());
        }
    }

    /// <summary>The owner, or null.</summary>
    public string? Find(long userId) => _owners.GetValueOrDefault(userId);
}
