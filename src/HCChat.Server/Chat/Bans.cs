using System.Collections.Concurrent;
using System.Collections.Immutable;
using HCChat.Server.Database;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>
/// Who may not come in at all, for a time, kept on the disk; and addresses whose words only they themselves see, until the next start, as in hack.chat. The disk has keyed
/// hashes of addresses, never the addresses.
/// </summary>
/// <param name="writer">Keeps them.</param>
/// <param name="time">Server clock.</param>
/// <param name="nameOf">A name for an address key, the same after a restart.</param>
internal sealed class Bans(Writer writer, TimeProvider time, Func<string, string> nameOf)
{
    /// <summary>How long a ban lasts that names no time, seconds: a month.</summary>
    public const long DefaultSeconds = 30 * 24 * 60 * 60;

    private readonly ConcurrentDictionary<string, Mute> _muted = new();
    private ImmutableList<Banned> _banned = [];

    /// <summary>Somebody who may not come in.</summary>
    /// <param name="Ban">Who, and until when.</param>
    /// <param name="Hash">The hash under which moderators saw the address, by which they may pardon it until the next start.</param>
    private sealed record Banned(RoomBan Ban, string Hash);

    /// <summary>A muted address.</summary>
    /// <param name="Hash">The hash under which moderators saw it.</param>
    /// <param name="Allies">Nicks that still see what it says.</param>
    internal sealed record Mute(string Hash, IReadOnlyList<string> Allies);

    /// <summary>Somebody is shut out or silenced. Whoever listens does not keep the caller.</summary>
    public event Action? Added;

    public int Count => All.Count();

    /// <summary>Those that hold.</summary>
    public IEnumerable<RoomBan> All => _banned.Select(b => b.Ban).Where(b => b.Expires > Now);

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Takes up what is kept; before anybody comes in.</summary>
    public void Load(IEnumerable<RoomBan> kept) => _banned = [.. kept.Select(b => new Banned(b, ""))];

    /// <summary>Whether nobody comes in from there.</summary>
    public bool IsBanned(string addressKey) =>
        !_banned.IsEmpty && nameOf(addressKey) is var name && All.Any(b => b.Subjects.Contains(name));

    /// <summary>Whether somebody may not come in, wherever from.</summary>
    public bool IsBanned(IEnumerable<string> subjects) =>
        !_banned.IsEmpty && subjects.ToList() is var known && All.Any(b => b.Subjects.Any(known.Contains));

    /// <summary>Shuts somebody out.</summary>
    /// <param name="ban">Who, and until when.</param>
    /// <param name="hash">The hash under which moderators saw the address.</param>
    public void Ban(RoomBan ban, string hash)
    {
        ImmutableInterlocked.Update(ref _banned, b => b.Add(new Banned(ban, hash)));
        writer.TryEnqueue(
            new Statement(
                "INSERT INTO bans (channel, id, subjects, nick, muted, expires) VALUES ('', @1, @2, @3, 0, @4)",
                ban.Id,
                string.Join(' ', ban.Subjects),
                StoredText.Of(ban.Nick),
                ban.Expires
            )
        );
        Added?.Invoke();
    }

    /// <summary>Pardons by the ban's id, by hash or by address key.</summary>
    /// <returns>Whether there was such a ban.</returns>
    public bool Unban(string target)
    {
        var name = nameOf(target);
        return Remove(b => b.Ban.Id == target || b.Hash == target || b.Ban.Subjects.Contains(name));
    }

    public void UnbanAll() => Remove(_ => true);

    public Mute? MuteOf(string addressKey) => _muted.GetValueOrDefault(addressKey);

    public void SetMute(string addressKey, Mute mute)
    {
        _muted[addressKey] = mute;
        Added?.Invoke();
    }

    /// <summary>Lets an address speak again, by hash or by address key; <c>*</c> means everybody.</summary>
    public void Unmute(string target)
    {
        foreach (var (address, mute) in _muted)
        {
            if (target == "*" || address == target || mute.Hash == target)
            {
                _muted.TryRemove(address, out _);
            }
        }
    }

    private bool Remove(Predicate<Banned> which)
    {
        var gone = _banned.FindAll(which);
        foreach (var banned in gone)
        {
            ImmutableInterlocked.Update(ref _banned, b => b.Remove(banned));
            writer.TryEnqueue(new Statement("DELETE FROM bans WHERE channel = '' AND id = @1", banned.Ban.Id));
        }
        return gone.Count > 0;
    }
}
