using System.Collections.Concurrent;
using HCChat.Protocol;
using HCChat.Server.Identities;

namespace HCChat.Server.Chat;

/// <summary>Who was lately put out of which room: what they were given before to show at other doors is worth nothing any more.</summary>
internal sealed class Expulsions(TimeProvider time)
{
    /// <summary>In the place of a channel: the end of an account's logins.</summary>
    public const string Everywhere = "";

    private const string SessionPrefix = "session:";
    private const int Capacity = 100_000;
    private const int OutInfo = 1205;

    private readonly ConcurrentDictionary<(string Channel, string Subject), long> _since = new();

    /// <summary>Sessions that are put out: channel and session. Called where others wait; whoever listens does not keep them.</summary>
    public event Action<string, string>? SessionOut;

    /// <summary>Somebody is put out of a channel, or <see cref="Everywhere"/>. Called where others wait, too.</summary>
    public event Action<string>? Added;

    /// <summary>By what somebody is known again: whoever has no identity may have several capabilities, all given to one address.</summary>
    public static IEnumerable<string> SubjectsOf(IEnumerable<string> identities, string session, string address)
    {
        var known = identities.ToList();
        return known.Count > 0 ? known.Append(SessionPrefix + session) : [SessionPrefix + session, address];
    }

    /// <summary>Somebody is put out.</summary>
    public void Add(string channel, IEnumerable<string> subjects)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var subject in subjects)
        {
            _since[(channel, subject)] = now;
            if (subject.StartsWith(SessionPrefix, StringComparison.Ordinal))
            {
                SessionOut?.Invoke(channel, subject[SessionPrefix.Length..]);
            }
        }
        Added?.Invoke(channel);
    }

    /// <summary>Whether one of these was put out after that moment, ms since 1970.</summary>
    public bool IsOut(string channel, IEnumerable<string> subjects, long issuedAt) =>
        subjects.Any(s => _since.TryGetValue((channel, s), out var since) && since >= issuedAt);

    /// <summary>
    /// Tells somebody who comes back of the rooms out of which they were put meanwhile, in the words in which they would have been told: else their client would walk in again as if nothing
    /// had happened. It is said until it has certainly arrived.
    /// </summary>
    public static void Tell(Call call, IReadOnlyList<ResumeTokens.GoneSeat> gone)
    {
        var session = call.Session;
        foreach (var seat in gone)
        {
            call.Inform(
                OutInfo,
                $"You were {(seat.Banned ? "banned" : "removed")} from ?{seat.Channel} by a moderator while you were away.",
                seat.Channel
            );
            call.Reply(
                new Notice("onlineRemove", "user_left")
                    .String("nick", seat.Nick)
                    .Number("userid", session.UserId)
                    .String("channel", seat.Channel)
            );
        }
        if (gone.Count > 0)
        {
            var (chat, id) = (call.Chat, session.SessionId);
            session.OnceReceived(() =>
            {
                foreach (var seat in gone)
                {
                    chat.ResumeTokens.Told(id, seat.Channel);
                }
            });
        }
    }

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
