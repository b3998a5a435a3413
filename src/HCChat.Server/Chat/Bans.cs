using System.Collections.Concurrent;

namespace HCChat.Server.Chat;

/// <summary>Addresses that may not connect, and addresses whose words only they themselves see. Gone with a restart, as in hack.chat.</summary>
internal sealed class Bans
{
    private readonly ConcurrentDictionary<string, string> _banned = new();
    private readonly ConcurrentDictionary<string, Mute> _muted = new();

    /// <summary>A muted address.</summary>
    /// <param name="Hash">The hash under which moderators saw it.</param>
    /// <param name="Allies">Nicks that still see what it says.</param>
    internal sealed record Mute(string Hash, IReadOnlyList<string> Allies);

    public int Count => _banned.Count;

    public bool IsBanned(string addressKey) => _banned.ContainsKey(addressKey);

    /// <param name="addressKey">The address.</param>
    /// <param name="hash">The hash under which moderators saw it, by which they may pardon it.</param>
    public void Ban(string addressKey, string hash) => _banned[addressKey] = hash;

    /// <summary>Pardons by hash or by address key.</summary>
    public void Unban(string target) => Pardon(_banned, target, hash => hash);

    public void UnbanAll() => _banned.Clear();

    public Mute? MuteOf(string addressKey) => _muted.GetValueOrDefault(addressKey);

    public void SetMute(string addressKey, Mute mute) => _muted[addressKey] = mute;

    /// <summary>Lets an address speak again, by hash or by address key; <c>*</c> means everybody.</summary>
    public void Unmute(string target)
    {
        if (target == "*")
        {
            _muted.Clear();
        }
        else
        {
            Pardon(_muted, target, mute => mute.Hash);
        }
    }

    private static void Pardon<T>(ConcurrentDictionary<string, T> table, string target, Func<T, string> hashOf)
    {
        foreach (var (address, entry) in table)
        {
            if (address == target || hashOf(entry) == target)
            {
                table.TryRemove(address, out _);
            }
        }
    }
}
