using HCChat.Crypto;

namespace HCChat.Client;

/// <summary>
/// What the senders' own numbers prove of a stretch of the past: messages that were said between two that are there. Only where the server says that it may have
/// lost some: elsewhere they were deleted or have disappeared.
/// </summary>
internal sealed class MissingMessages
{
    private readonly Dictionary<string, List<Numbered>> _bySender = [];
    private readonly List<int> _unreadable = [];

    /// <summary>Content was read, in the order of the room.</summary>
    /// <param name="index">Where what is missing before it would stand among the events.</param>
    public void Add(Content content, SequencedFrame frame, int index)
    {
        if (!_bySender.TryGetValue(content.Sid, out var numbers))
        {
            _bySender.Add(content.Sid, numbers = []);
        }
        numbers.Add(new Numbered(content.Number, frame, index));
    }

    /// <summary>Something could not be opened: it may be what seems to be missing.</summary>
    public void AddUnreadable(int index) => _unreadable.Add(index);

    /// <summary>What is missing, the last first, so that it can be put in from the end.</summary>
    public IEnumerable<(int Index, SequencedFrame Before, long Count)> Find() =>
        _bySender
            .Values.SelectMany(numbers =>
            {
                var ordered = numbers.OrderBy(one => one.Number).ToList();
                return ordered.Zip(ordered.Skip(1)).Where(pair => IsLoss(pair.First, pair.Second));
            })
            .Select(pair => (pair.Second.Index, pair.Second.Frame, pair.Second.Number - pair.First.Number - 1))
            .OrderByDescending(found => found.Index);

    private sealed record Numbered(long Number, SequencedFrame Frame, int Index);

    private bool IsLoss(Numbered first, Numbered second) =>
        second.Number > first.Number + 1
        && (first.Frame.IsBelowOldest || first.Frame.Position.Epoch != second.Frame.Position.Epoch)
        && !_unreadable.Exists(index => index >= first.Index && index <= second.Index);
}
