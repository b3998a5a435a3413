using System.Collections.Concurrent;
using HCChat.Server.Identities;

namespace HCChat.Server.Chat;

/// <summary>Who was lately put out of which room: what they were given before to show at other doors is worth nothing any more.</summary>
internal sealed class Expulsions(TimeProvider time)
{
    private const int Capacity = 100_000;

    private readonly ConcurrentDictionary<(string Channel, string Subject), long> _since = new();

    /// <summary>Somebody is put out.</summary>
    public void Add(string channel, IEnumerable<string> subjects)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var subject in subjects)
        {
            _since[(channel, subject)] = now;
        }
    }

    /// <summary>Whether one of these was put out after that moment, ms since 1970.</summary>
    public bool IsOut(string channel, IEnumerable<string> subjects, long issuedAt) =>
        subjects.Any(s => _since.TryGetValue((channel, s), out var since) && since >= issuedAt);

    /// <summary>Forgets what no token can be older than; called every second.</summary>
    public void Tick()
    {
        var oldest = (time.GetUtcNow() - Tokens.Lifetime).ToUnixTimeMilliseconds();
        foreach (var (key, since) in _since)
        {
            if (since < oldest || _since.Count > Capacity)
            {
                _since.TryRemove(key, out _);
            }
        }
    }
}
