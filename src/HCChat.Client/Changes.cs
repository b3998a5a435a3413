using HCChat.Crypto;

namespace HCChat.Client;

/// <summary>Whose a message is, as far as its frame and what is sealed in it tell.</summary>
/// <param name="Nick">Its own word where it is sealed, else the server's.</param>
/// <param name="Sid">The running client that sealed it; null when nothing is sealed.</param>
/// <param name="UserId">The connection, says the server.</param>
/// <param name="Trip">The trip code, says the server.</param>
/// <param name="Signer">The key that signed it; null when none did.</param>
internal sealed record Author(string Nick, string? Sid, long? UserId, string? Trip, IdentityKey? Signer)
{
    /// <summary>
    /// May <paramref name="other"/> change what this one said? The nick and one more thing have to be the same (spec/crypto.md §4); where it was signed, the key and nothing else (§4a).
    /// </summary>
    public bool Is(Author other) =>
        Nick == other.Nick
        && (
            Signer is not null
                ? Signer == other.Signer
                : (Sid is not null && Sid == other.Sid)
                    || (UserId is not null && UserId == other.UserId)
                    || (Trip is not null && Trip == other.Trip)
        );
}

/// <summary>An edit, deletion or reaction.</summary>
/// <param name="By">Who must be the target's author; null when anybody may, or the server has checked it.</param>
internal sealed record Change(string Target, Author? By, ChatEvent Happened);

/// <summary>
/// What changes messages: held to the rule that only an author may, and kept back until its target is known. Bounded: the last 10,000 authors, 1,000
/// changes that wait and 10,000 reactions; of each the oldest goes.
/// </summary>
/// <param name="backwards">The room is read backwards: every change waits for its target, also where there is nothing to prove.</param>
internal sealed class Changes(bool backwards)
{
    private const int MaxAuthors = 10_000;
    private const int MaxWaiting = 1_000;
    private const int MaxReactions = 10_000;

    private readonly Dictionary<string, Author> _authors = [];
    private readonly Queue<string> _authorsByAge = [];
    private readonly LinkedList<Change> _waiting = []; // in the order of coming
    private readonly Dictionary<string, int> _waitingFor = [];
    private readonly OrderedDictionary<(string Target, string Nick, string Key), IdentityKey> _reactions = [];

    /// <summary>A message is there. Gives what waited for it, in the order in which it happened.</summary>
    public IReadOnlyList<ChatEvent> Learn(string id, Author author)
    {
        if (_authors.TryAdd(id, author))
        {
            _authorsByAge.Enqueue(id);
            if (_authorsByAge.Count > MaxAuthors)
            {
                _authors.Remove(_authorsByAge.Dequeue());
            }
        }
        if (!_waitingFor.Remove(id))
        {
            return [];
        }
        var changes = _waiting.Where(change => change.Target == id).ToList();
        foreach (var change in changes)
        {
            _waiting.Remove(change);
        }
        if (backwards)
        {
            changes.Reverse();
        }
        return [.. changes.Where(change => IsAllowed(change, author)).Select(change => change.Happened)];
    }

    /// <summary>Takes a change: true when it may be shown now. Otherwise it waits for its target, or is nobody's right.</summary>
    public bool Accept(Change change)
    {
        if (_authors.TryGetValue(change.Target, out var author))
        {
            return IsAllowed(change, author);
        }
        if (change.By is null && !backwards)
        {
            return IsAllowed(change, null);
        }
        if (_waiting.Count == MaxWaiting)
        {
            var oldest = _waiting.First!.Value;
            _waiting.RemoveFirst();
            Count(oldest.Target, -1);
        }
        _waiting.AddLast(change);
        Count(change.Target, 1);
        return false;
    }

    private bool IsAllowed(Change change, Author? author) =>
        change.Happened is ReactionReceived reaction ? IsSameHand(reaction) : change.By is not { } by || author!.Is(by);

    /// <summary>What somebody signed, nobody else gives or takes back under that name.</summary>
    private bool IsSameHand(ReactionReceived reaction)
    {
        var place = (reaction.Target, reaction.Nick, reaction.Key);
        if (_reactions.TryGetValue(place, out var first))
        {
            return first == reaction.Authorship?.Signer;
        }
        if (reaction.Authorship is { Signer: { } signer, IsDoubtful: false })
        {
            _reactions.Add(place, signer); // a forger who comes first does not shut the other out
            if (_reactions.Count > MaxReactions)
            {
                _reactions.RemoveAt(0);
            }
        }
        return true;
    }

    private void Count(string target, int more)
    {
        var count = _waitingFor.GetValueOrDefault(target) + more;
        if (count == 0)
        {
            _waitingFor.Remove(target);
        }
        else
        {
            _waitingFor[target] = count;
        }
    }
}
