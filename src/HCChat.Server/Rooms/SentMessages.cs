using System.Security.Cryptography;
using System.Text;

namespace HCChat.Server.Rooms;

/// <summary>
/// The message ids that a room has lately seen, so that a message sent again after a lost answer is answered again and
/// shown once. Holds the newest <see cref="Capacity"/> for ten minutes; not thread-safe.
/// </summary>
internal sealed class SentMessages
{
    private const int Capacity = 1_000;
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private readonly Dictionary<(string Sender, string Mid), Sent> _seen = [];
    private readonly Queue<((string, string) Key, DateTimeOffset At)> _order = new();

    /// <summary>A message that went out.</summary>
    /// <param name="At">When.</param>
    /// <param name="Body">Hash of what was said, to tell a repetition from another message.</param>
    internal readonly record struct Sent(DateTimeOffset At, string Body);

    /// <summary>What to do with a message.</summary>
    internal enum Verdict
    {
        /// <summary>Never seen: send it.</summary>
        New,

        /// <summary>Seen: answer as before, send nothing.</summary>
        Repeated,

        /// <summary>The id was used for something else.</summary>
        Conflict,
    }

    /// <summary>Looks a message up and remembers it when it is new.</summary>
    /// <param name="sender">Who sends, the same across reconnects.</param>
    /// <param name="mid">The sender's id for it.</param>
    /// <param name="body">All that makes the message what it is.</param>
    /// <param name="now">Server clock.</param>
    /// <param name="at">When it first went out.</param>
    public Verdict Admit(string sender, string mid, string body, DateTimeOffset now, out DateTimeOffset at)
    {
        while (_order.TryPeek(out var oldest) && (_order.Count >= Capacity || now - oldest.At > Lifetime))
        {
            _seen.Remove(_order.Dequeue().Key);
        }
        var hash = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(body)));
        if (_seen.TryGetValue((sender, mid), out var sent))
        {
            at = sent.At;
            return sent.Body == hash ? Verdict.Repeated : Verdict.Conflict;
        }
        at = now;
        _seen.Add((sender, mid), new Sent(now, hash));
        _order.Enqueue(((sender, mid), now));
        return Verdict.New;
    }
}
