namespace HCChat.Rtc.Rooms;

/// <summary>Sees to those who have been cut off, once a second.</summary>
internal sealed class Watch(CallRoom room)
{
    /// <summary>How often clients ask whether we are there, and when they give up.</summary>
    public static readonly TimeSpan Ping = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(15);

    /// <summary>How long a stay goes on without its WebSocket.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>How long a renewed token is good for. It is renewed in half that time.</summary>
    public static readonly TimeSpan TokenLife = TimeSpan.FromMinutes(10);

    // A client checks its way every two and a half seconds.
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_connecting = TimeSpan.FromSeconds(30);
    private long _looked;

    /// <summary>Looks, when it is time.</summary>
    public void Look()
    {
        if (room.Context.Since(_looked) < TimeSpan.FromSeconds(1))
            return;
        _looked = room.Context.Time.GetTimestamp();
        foreach (var member in room.Members.ToList())
            if (!IsThere(member) || member.IsWornOut)
                Drop(member);
            else if (room.Context.Since(member.Renewed) > TokenLife / 2)
                room.Renew(member);
    }

    /// <summary>A peer connection has ended from the other side, or never came about. It cannot be resumed.</summary>
    public void Closed(CallMember member) => Drop(member);

    private bool IsThere(CallMember member)
    {
        var context = room.Context;
        var changed = context.Since(member.SocketChanged);
        if (member.Socket is null && changed > Patience)
            return false;
        // Whoever has just come back has the time of a new check.
        var silence = context.Since(member.Primary.Transport.LastHeard);
        return Min(silence, changed) <= (member.State == MemberState.Active ? s_silence : s_connecting);
    }

    // Who still hears us is told to come in anew.
    private void Drop(CallMember member) =>
        room.Expel(
            member,
            member.Socket is null ? LeaveReason.SignalClose : LeaveReason.ConnectionTimeout,
            LeaveAction.Reconnect
        );

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
