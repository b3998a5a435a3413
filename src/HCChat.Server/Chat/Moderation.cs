using HCChat.Protocol;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>What moderators do: ban, mute, lock.</summary>
internal static class Moderation
{
    private const double ForbiddenPenalty = 10;

    /// <summary>Whether the caller sits somewhere with at least that level; misuse by others costs them and is not answered.</summary>
    public static bool Allowed(Call call, long level, out Session.Seat seat)
    {
        seat = call.Seat!;
        if (seat is not null && seat.Me.Level >= level)
        {
            return true;
        }
        call.Penalize(ForbiddenPenalty);
        if (seat is null)
        {
            call.RefuseOurs(Fault.NotInRoom);
        }
        else if (call.IsOurs)
        {
            call.Refuse(Fault.Forbidden, seat.Room.Channel, "Only moderators may do that.");
        }
        return false;
    }

    public static void Ban(Call call)
    {
        if (call.Seat is { } own && IsAboutOneRoom(call, own.Me))
        {
            Banishing.Ban(call, own, muted: false);
            return;
        }
        if (
            !Allowed(call, Level.Moderator, out var seat)
            || Target(call, seat, "Cannot ban other users of the same level, how rude") is not { } them
        )
        {
            return;
        }
        var chat = call.Chat;
        var seconds = call.Message.Has("seconds") ? call.Message.Integer("seconds") : Bans.DefaultSeconds;
        if (seconds is not (>= 1 and <= Limits.MaxRuleSeconds))
        {
            call.Refuse(Fault.BadPayload, seat.Room.Channel, $"seconds: 1 to {Limits.MaxRuleSeconds}.");
            return;
        }
        if (!Note(call, seat, "ban", $"{them.Nick} {them.Hash} ?{seat.Room.Channel}"))
        {
            return;
        }
        var ban = Banishing.Of(them, muted: false, call.Now, seconds.Value);
        chat.Bans.Ban(ban, them.Hash);
        chat.Revoke(them.SessionId);
        var channel = seat.Room.Channel;
        chat.Rooms.With(
            seat.Room,
            room => room.Broadcast(Notices.Info(1201, $"Banned {them.Nick}", channel), where: m => m.IsModerator)
        );
        TellModerators(call, seat, 1202, $"banned {them.Nick} in {channel}, userhash: {them.Hash}");
        foreach (var session in chat.Sessions.Where(s => s != call.Session && IsAbout(chat, ban, s)))
        {
            session.Close(CloseCode.PolicyViolation);
        }
    }

    private static bool IsAbout(ChatServer chat, RoomBan ban, Session session) =>
        ban.Subjects.Contains(chat.NameOf(session.AddressKey))
        || session.Seats.Any(s => s.Me.Identities.Any(i => ban.Subjects.Contains(i)));

    public static void Unban(Call call)
    {
        if (
            !Allowed(call, Level.Moderator, out var seat)
            || Pardoned(call, seat) is not { } target
            || !Note(call, seat, "unban", target)
        )
        {
            return;
        }
        call.Chat.Bans.Unban(target);
        call.Inform(1210, $"Unbanned {target}", seat.Room.Channel);
        TellModerators(call, seat, 1211, $"unbanned: {target}");
    }

    public static void UnbanAll(Call call)
    {
        if (Allowed(call, Level.Moderator, out var seat) && Note(call, seat, "unbanall", ""))
        {
            call.Chat.Bans.UnbanAll();
            call.Inform(1212, "Unbanned all ip addresses", seat.Room.Channel);
            TellModerators(call, seat, 1213, "unbanned all ip addresses");
        }
    }

    public static void Mute(Call call)
    {
        if (call.Seat is { } own && IsAboutOneRoom(call, own.Me))
        {
            Banishing.Ban(call, own, muted: true);
            return;
        }
        if (
            !Allowed(call, Level.Moderator, out var seat)
            || Target(call, seat, "This trick wont work on users of the same level") is not { } them
            || !Note(call, seat, "mute", $"{them.Nick} {them.Hash} ?{seat.Room.Channel}")
        )
        {
            return;
        }
        call.Chat.Bans.SetMute(them.AddressKey, new Bans.Mute(them.Hash, call.Message.Strings("allies")));
        TellModerators(call, seat, 1203, $"muzzled {them.Nick} in {seat.Room.Channel}, userhash: {them.Hash}");
    }

    public static void Unmute(Call call)
    {
        if (
            !Allowed(call, Level.Moderator, out var seat)
            || Pardoned(call, seat) is not { } target
            || !Note(call, seat, "unmute", target)
        )
        {
            return;
        }
        call.Chat.Bans.Unmute(target);
        if (target == "*")
        {
            call.Chat.TellModerators(Notices.Info(1208, $"{seat.Me.Nick} unmuzzled all users", null));
        }
        else
        {
            TellModerators(call, seat, 1209, $"unmuzzled : {target}");
        }
    }

    public static void Lock(Call call)
    {
        var level = call.Message.String("level");
        var number = call.Message.Integer("level")?.ToString(System.Globalization.CultureInfo.InvariantCulture);
        Lock(call, level ?? number ?? (call.Message.Has("level") ? "" : null));
    }

    /// <summary>Locks the room to a level (a number or a label), by default the caller's own.</summary>
    public static void Lock(Call call, string? wanted)
    {
        if (!Allowed(call, Level.ChannelModerator, out var seat))
        {
            return;
        }
        var (room, me) = (seat.Room, seat.Me);
        var level = me.Level;
        if (wanted is not null && !Level.Labels.TryGetValue(wanted, out level) && !long.TryParse(wanted, out level))
        {
            var labels = string.Join(", ", Level.Labels.Keys);
            call.Refuse(
                Fault.LockLevelUnknown,
                room.Channel,
                $"Expected \"level\" to be a number or string label: {labels}"
            );
        }
        else if (level > me.Level)
        {
            var text = $"Target level too high ({level}). You may only lock up to {me.Level}";
            call.Refuse(Fault.LockLevelTooHigh, room.Channel, text);
        }
        else if (room.LockLevel > 0)
        {
            call.Refuse(Fault.LockState, room.Channel);
        }
        else
        {
            var text = $"Channel: ?{room.Channel} locked to {level} by [{me.Trip}]{me.Nick}";
            var isLocked = call.InRoom(
                seat,
                r =>
                {
                    r.LockLevel = level;
                    r.Broadcast(Notices.Info(1206, text, r.Channel), where: m => m.IsChannelModerator);
                }
            );
            if (isLocked)
            {
                call.Chat.TellModerators(Notices.Info(1207, text, null));
            }
        }
    }

    public static void Unlock(Call call)
    {
        if (!Allowed(call, Level.ChannelModerator, out var seat))
        {
            return;
        }
        var (room, me) = (seat.Room, seat.Me);
        if (room.LockLevel == 0)
        {
            call.Refuse(Fault.LockState, room.Channel, "Channel is not locked.");
        }
        else if (room.LockLevel > me.Level)
        {
            call.Refuse(
                Fault.LockLevelUnknown,
                room.Channel,
                $"Level {room.LockLevel} required, you are level {me.Level}"
            );
        }
        else
        {
            var text = $"Channel: ?{room.Channel} unlocked by [{me.Trip}]{me.Nick}";
            call.InRoom(
                seat,
                r =>
                {
                    r.LockLevel = 0;
                    r.Broadcast(Notices.Info(1214, text, r.Channel), where: m => m.IsChannelModerator);
                }
            );
        }
    }

    // Those who keep order in a room decide about it alone; the server's own moderators say so when they mean one room.
    private static bool IsAboutOneRoom(Call call, Member me) =>
        me.IsChannelModerator && (!me.IsModerator || call.Message.String("scope") == "room");

    private static Member? Target(Call call, Session.Seat seat, string tooHigh)
    {
        var (nick, id) = (call.Message.String("nick"), call.Message.Integer("userid"));
        if (nick is null && id is null)
        {
            return null;
        }
        Member? found = null;
        call.InRoom(
            seat,
            room =>
            {
                var them = id is { } userId ? room.ByUserId(userId) : room.ByNick(nick!);
                if (them is null)
                {
                    call.Refuse(Fault.UnknownUser, room.Channel);
                }
                else if (them.Level >= seat.Me.Level)
                {
                    call.Refuse(Fault.Forbidden, room.Channel, tooHigh);
                }
                else
                {
                    found = them;
                }
            }
        );
        return found;
    }

    /// <summary>Writes down what is done to the whole server from inside the chat; refuses when that cannot be.</summary>
    public static bool Note(Call call, Session.Seat seat, string act, string subject)
    {
        var actor = seat.Me.TripCode.Length > 0 ? "trip:" + seat.Me.Trip : seat.Me.Identities.FirstOrDefault();
        var isNoted = call.Chat.Audit.TryAdd(actor ?? "session:" + seat.Me.SessionId, "chat/" + act, subject);
        if (!isNoted)
        {
            call.Refuse(Fault.Unavailable, seat.Room.Channel);
        }
        return isNoted;
    }

    private static string? Pardoned(Call call, Session.Seat seat)
    {
        var target = call.Message.String("ip") ?? call.Message.String("hash");
        if (target is null)
        {
            call.Refuse(Fault.HashRequired, seat.Room.Channel);
        }
        return target;
    }

    private static void TellModerators(Call call, Session.Seat seat, int id, string what) =>
        call.Chat.TellModerators(Notices.Info(id, $"{seat.Me.Nick}#{seat.Me.Trip} {what}", null));
}
