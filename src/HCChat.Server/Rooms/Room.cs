using HCChat.Protocol;
using HCChat.Server.Messages;

namespace HCChat.Server.Rooms;

/// <summary>
/// One room: who is in it, and the single place that decides the order in which everybody sees what happens. All of it is guarded by
/// <see cref="Gate"/>; whoever holds the gate of one room never takes another's.
/// </summary>
internal sealed class Room
{
    /// <summary>People remembered for the room's pace, and knocks that wait.</summary>
    private const int MaxRemembered = 1_000;

    private readonly TimeProvider _time;
    private readonly List<Member> _members = [];

    // When people last said something, by a name for each; only while the room is slow.
    private readonly Dictionary<string, long> _lastSaid = [];

    // Connections that have knocked, by userid.
    private readonly Dictionary<long, (Member Them, long Connection)> _knocks = [];

    /// <param name="log">What happens here.</param>
    /// <param name="rules">What belongs to it.</param>
    /// <param name="time">The clock.</param>
    public Room(RoomLog log, RoomRules rules, TimeProvider time)
    {
        Log = log;
        Rules = rules;
        _time = time;
        log.Found = happened => Broadcast(happened, Family.All);
        EmptySince = time.GetTimestamp();
    }

    /// <summary>The lock. Frames sent under it arrive in the same order at every member.</summary>
    public Lock Gate => Log.Gate;

    public string Channel => Log.Channel;

    /// <summary>What happens here, numbered.</summary>
    public RoomLog Log { get; }

    /// <summary>Members in the order of joining.</summary>
    public IReadOnlyList<Member> Members => _members;

    /// <summary>True once the room is no longer in the directory and takes nobody in.</summary>
    public bool Closed { get; private set; }

    /// <summary>Since when nobody has been here (a timestamp of the clock); null while somebody is.</summary>
    public long? EmptySince { get; private set; }

    /// <summary>Whether somebody has ever been here.</summary>
    public bool WasEntered { get; private set; }

    /// <summary>Whether this is no room yet: nobody was here, nothing is kept of it and nothing belongs to it.</summary>
    public bool IsUnknown => !WasEntered && Log.Head == 0 && Log.Stored.Id == 0 && !Rules.IsOwned;

    /// <summary>What belongs to the room itself.</summary>
    public RoomRules Rules { get; set; }

    /// <summary>How many changes of the rules are on their way to the disk.</summary>
    public int Changes { get; set; }

    /// <summary>The session that opened this room when nothing was known of it; null in one that has a past.</summary>
    public string? OpenedBy { get; private set; }

    /// <summary>Level below which nobody may join.</summary>
    public long LockLevel { get; set; }

    /// <summary>Whether joiners must solve a captcha.</summary>
    public bool CaptchaEnabled { get; set; }

    /// <summary>Whether newcomers pay at present, as the members were told last.</summary>
    public bool IsRaided { get; set; }

    /// <summary>The call that goes on here, or null.</summary>
    public OngoingCall? Call { get; set; }

    /// <summary>Message of the day that moderators set; null for the server's.</summary>
    public string? Motd { get; set; }

    /// <summary>Whispers to people who have no inbox, by the sender's id.</summary>
    public KnownMessages Whispers { get; } = new();

    /// <summary>Whose inboxes are those of members who have gone.</summary>
    public Departed Departed { get; } = new();

    public EditableMessages Editable { get; private set; } = new();

    /// <summary>Server clock.</summary>
    public DateTimeOffset Now => _time.GetUtcNow();

    /// <summary>The member of that nick, ignoring case.</summary>
    public Member? ByNickFolded(string nick) =>
        _members.Find(m => string.Equals(m.Nick, nick, StringComparison.OrdinalIgnoreCase));

    /// <summary>A member whose nick looks like that one, the same included.</summary>
    public Member? ByLooks(string nick)
    {
        var looks = Skeleton.Of(nick);
        return ByNickFolded(nick) ?? _members.Find(m => m.Looks.LooksLike(looks));
    }

    /// <summary>The member of exactly that nick.</summary>
    public Member? ByNick(string nick) => _members.Find(m => m.Nick == nick);

    public Member? ByUserId(long userId) => _members.Find(m => m.UserId == userId);

    /// <summary>Takes somebody in and tells the others.</summary>
    public void Add(Member member)
    {
        Broadcast(Notices.OnlineAdd(member, Channel));
        _members.Add(member);
        if (IsUnknown)
        {
            OpenedBy = member.SessionId;
        }
        (EmptySince, WasEntered) = (null, true);
    }

    /// <summary>
    /// Puts a returned member in the place of its older connection; the others see an update, not a leave and a join, and nothing at all when it
    /// is the same person whose connection had broken.
    /// </summary>
    public void Replace(Member old, Member returned)
    {
        _members[_members.IndexOf(old)] = returned;
        if (!old.IsAway)
        {
            Broadcast(Notices.UpdateUser(returned, Channel), Family.Stock | Family.HCChat, except: returned);
        }
    }

    /// <summary>Lets somebody go and tells the others.</summary>
    /// <returns>False when it was no member any more.</returns>
    public bool Remove(Member member)
    {
        if (!_members.Remove(member))
        {
            return false;
        }
        member.HasLeft = true;
        Broadcast(Notices.OnlineRemove(member, Channel));
        if (_members.Count == 0)
        {
            // What people set for their stay goes with the last of them, as in hack.chat.
            EmptySince = _time.GetTimestamp();
            (LockLevel, CaptchaEnabled, Motd, Editable) = (0, false, null, new EditableMessages());
        }
        return true;
    }

    /// <summary>How long somebody has to wait until the room's pace lets them speak; if they may, they have spoken.</summary>
    public TimeSpan Pace(Member me)
    {
        if (Rules.Slow == 0 || me.IsChannelModerator)
        {
            return TimeSpan.Zero;
        }
        var now = Now.ToUnixTimeMilliseconds();
        var name = me.Identities.FirstOrDefault() ?? me.AddressName;
        var wait = _lastSaid.GetValueOrDefault(name) + Rules.Slow * 1000 - now;
        if (wait > 0)
        {
            return TimeSpan.FromMilliseconds(wait);
        }
        if (_lastSaid.Count >= MaxRemembered)
        {
            _lastSaid.Clear();
        }
        _lastSaid[name] = now;
        return TimeSpan.Zero;
    }

    /// <summary>Somebody outside asks to be let in.</summary>
    /// <param name="them">Who they would be here.</param>
    /// <param name="connection">Theirs.</param>
    public void Knock(Member them, long connection)
    {
        if (_knocks.Count >= MaxRemembered)
        {
            _knocks.Clear();
        }
        _knocks[them.UserId] = (them, connection);
    }

    /// <summary>Somebody who has knocked and was not answered yet, or null.</summary>
    public Member? Knocker(long userId) => _knocks.TryGetValue(userId, out var knock) ? knock.Them : null;

    /// <summary>The connection of somebody who has knocked; each knock is answered once.</summary>
    public bool TryAnswerKnock(long userId, out long connection)
    {
        var found = _knocks.Remove(userId, out var knock);
        connection = knock.Connection;
        return found;
    }

    /// <summary>Says that this room is over; <see cref="RoomDirectory"/> calls it for an empty room.</summary>
    public void Close() => Closed = true;

    /// <summary>Sends an event that has its place to everybody in the audience.</summary>
    public void Broadcast(LogEvent happened, Family audience, Member? except = null)
    {
        foreach (var member in _members)
        {
            if ((member.Family & audience) != 0 && member != except)
            {
                member.Send(happened.Frame, false);
                member.Progress?.Sent(happened.Seq);
            }
        }
    }

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
