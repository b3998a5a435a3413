using HCChat.Protocol;

namespace HCChat.Server.Rooms;

/// <summary>
/// One room: who is in it, and the single place that decides the order in which everybody sees what happens. It lives from
/// the first join to the last leave. All of it is guarded by <see cref="Gate"/>; whoever holds the gate of one room
/// never takes another's.
/// </summary>
internal sealed class Room(string channel, TimeProvider time)
{
    private readonly List<Member> _members = [];

    /// <summary>The lock. Frames sent under it arrive in the same order at every member.</summary>
    public Lock Gate { get; } = new();

    public string Channel { get; } = channel;

    /// <summary>Members in the order of joining.</summary>
    public IReadOnlyList<Member> Members => _members;

    /// <summary>True once the last member has left: the room is no longer in the directory and takes nobody in.</summary>
    public bool Closed { get; private set; }

    /// <summary>Level below which nobody may join.</summary>
    public long LockLevel { get; set; }

    /// <summary>Whether joiners must solve a captcha.</summary>
    public bool CaptchaEnabled { get; set; }

    /// <summary>Message of the day that moderators set; null for the server's.</summary>
    public string? Motd { get; set; }

    public SentMessages Sent { get; } = new();
    public EditableMessages Editable { get; } = new();

    /// <summary>Server clock.</summary>
    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>The member of that nick, ignoring case.</summary>
    public Member? ByNickFolded(string nick) =>
        _members.Find(m => string.Equals(m.Nick, nick, StringComparison.OrdinalIgnoreCase));

    /// <summary>The member of exactly that nick.</summary>
    public Member? ByNick(string nick) => _members.Find(m => m.Nick == nick);

    public Member? ByUserId(long userId) => _members.Find(m => m.UserId == userId);

    /// <summary>Takes somebody in and tells the others.</summary>
    public void Add(Member member)
    {
        Broadcast(Notices.OnlineAdd(member, Channel));
        _members.Add(member);
    }

    /// <summary>Puts a returned member in the place of its older connection; the others see an update, not a leave and a join.</summary>
    public void Replace(Member old, Member returned)
    {
        _members[_members.IndexOf(old)] = returned;
        Broadcast(Notices.UpdateUser(returned, Channel), Family.Stock | Family.HCChat, except: returned);
    }

    /// <summary>Lets somebody go and tells the others.</summary>
    /// <returns>False when it was no member any more.</returns>
    public bool Remove(Member member)
    {
        if (!_members.Remove(member))
        {
            return false;
        }
        Broadcast(Notices.OnlineRemove(member, Channel));
        return true;
    }

    /// <summary>Says that this room is over; <see cref="RoomDirectory"/> calls it for an empty room.</summary>
    public void Close() => Closed = true;

    /// <summary>Sends a frame, encoded once, to everybody in the audience.</summary>
    /// <param name="notice">The frame.</param>
    /// <param name="audience">Families that get it.</param>
    /// <param name="except">Somebody who does not.</param>
    /// <param name="where">A further condition.</param>
    /// <param name="droppable">Whether a busy connection may leave it out.</param>
    public void Broadcast(
        Notice notice,
        Family audience = Family.All,
        Member? except = null,
        Func<Member, bool>? where = null,
        bool droppable = false
    )
    {
        byte[]? frame = null;
        foreach (var member in _members)
        {
            if ((member.Family & audience) != 0 && member != except && where?.Invoke(member) != false)
            {
                frame ??= notice.Encode(Now);
                member.Send(frame, droppable);
            }
        }
    }
}
