using System.Security.Cryptography;
using System.Text.Json;
using HCChat.Protocol;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>How one appears to the others: nick, colour, flair.</summary>
internal static class Appearance
{
    private const int NickChangedInfo = 1301;

    /// <summary>What the app announces as a nick, without the secret behind <c>#</c>, which is cleared unread.</summary>
    public static string? AnnouncedNick(Call call)
    {
        if (call.Message.Json("nick", JsonTokenType.String).IsEmpty)
        {
            return null;
        }
        var announced = call.Message.Characters("nick") ?? [];
        var mark = Array.IndexOf(announced, '#');
        var nick = new string(announced, 0, mark < 0 ? announced.Length : mark);
        Array.Clear(announced);
        return nick;
    }

    /// <summary>Tells the app about a change of nick.</summary>
    public static Notice NickChange(string from, string to, string channel) =>
        new Notice("nick_change", "nick_change")
            .String("oldNick", from)
            .String("newNick", to)
            .String("channel", channel);

    public static Task ChangeNickAsync(Call call) => ChangeNickAsync(call, call.Message.String("nick"));

    /// <summary>Changes the caller's nick; <c>/nick</c> comes here too.</summary>
    public static async Task ChangeNickAsync(Call call, string? nick)
    {
        if (call.Seat is not { } seat)
        {
            call.Penalize(1);
            call.RefuseOurs(Fault.NotInRoom);
            return;
        }
        var channel = seat.Room.Channel;
        if (!call.Charge(6, Fault.RateNick, channel) || nick is null)
        {
            return;
        }
        nick = nick.Trim();
        if (!(call.IsStock ? Names.IsStockNick(nick) : Names.IsNick(nick)))
        {
            call.Refuse(Fault.NickInvalid, channel);
            return;
        }
        var changed = false;
        call.InRoom(
            seat,
            room =>
            {
                if (call.Chat.HearersOf(room, seat.Me) is not null)
                {
                    // Whoever is muted would speak by it. The reason is one that they may have at any time.
                    call.Refuse(Fault.RateNick, channel);
                    return;
                }
                if (
                    nick == seat.Me.Nick
                    || (room.ByLooks(nick) is { } holder && holder != seat.Me)
                    || IsReserved(call, seat.Me, nick)
                )
                {
                    call.Refuse(Fault.NickTaken, channel);
                    return;
                }
                Rename(room, seat.Me, nick);
                changed = true;
            }
        );
        if (changed && call.IsOurs)
        {
            // A token with the new nick, for the next restore.
            await call.Chat.TellSessionAsync(call.Session, restored: false);
        }
    }

    /// <summary>The app's <c>nick</c>: announces one before a join, changes it everywhere after. It is never refused.</summary>
    public static async Task NickAsync(Call call)
    {
        if (AnnouncedNick(call) is not { } wanted)
        {
            return;
        }
        var session = call.Session;
        var nick = Names.IsNick(wanted) ? wanted : Names.NearNick(wanted);
        var seats = session.Seats;
        // Before a join what was announced is kept, for the join tells the app what became of it.
        session.AppNick = seats.Count == 0 ? wanted : nick;
        foreach (var seat in seats)
        {
            session.AppNick = nick = await RenameNearAsync(call, seat, wanted, nick);
        }
        call.Inform(0, $"昵称已更改为 {nick}", null);
    }

    public static Task ChangeColorAsync(Call call) => ChangeColorAsync(call, call.Message.String("color"));

    /// <summary>Changes the caller's colour; <c>/color</c> comes here too.</summary>
    public static async Task ChangeColorAsync(Call call, string? color)
    {
        if (call.Seat is not { } seat)
        {
            call.Penalize(1);
            call.RefuseOurs(Fault.NotInRoom);
            return;
        }
        var channel = seat.Room.Channel;
        if (!call.Charge(1, Fault.RateColor, channel) || color is null)
        {
            return;
        }
        if (!TryColor(color, out var wanted))
        {
            call.Refuse(Fault.ColorInvalid, channel);
            return;
        }
        if (wanted is not null && wanted == seat.Me.Color)
        {
            return;
        }
        if (call.InRoom(seat, room => Show(room, seat.Me, () => seat.Me.Color = wanted)))
        {
            await call.Chat.TellSessionAsync(call.Session, restored: false);
        }
    }

    public static void ForceColor(Call call) =>
        ForceColor(call, call.Message.String("nick"), call.Message.String("color"));

    /// <summary>Gives somebody else a colour.</summary>
    public static void ForceColor(Call call, string? nick, string? color)
    {
        if (!Moderation.Allowed(call, Level.Moderator, out var seat) || nick is null || color is null)
        {
            return;
        }
        if (!TryColor(color, out var wanted))
        {
            call.Refuse(Fault.ColorInvalid, seat.Room.Channel);
            return;
        }
        OnOrdinary(call, seat, nick, them => them.Color = wanted);
    }

    public static void ForceFlair(Call call) =>
        ForceFlair(call, call.Message.String("nick"), call.Message.String("flair"));

    /// <summary>Gives somebody else a flair.</summary>
    public static void ForceFlair(Call call, string? nick, string? flair)
    {
        if (!Moderation.Allowed(call, Level.Moderator, out var seat) || nick is null || flair is null)
        {
            return;
        }
        if (flair.Length is 0 or > 2)
        {
            call.Refuse(Fault.FlairInvalid, seat.Room.Channel);
            return;
        }
        OnOrdinary(call, seat, nick, them => them.Flair = flair);
    }

    private static void OnOrdinary(Call call, Session.Seat seat, string nick, Action<Member> change) =>
        call.InRoom(
            seat,
            room =>
            {
                if (room.ByNick(nick) is not { } them)
                {
                    call.Refuse(Fault.UnknownUser, room.Channel);
                }
                else if (them == seat.Me || !them.IsModerator)
                {
                    Show(room, them, () => change(them));
                }
            }
        );

    private static void Show(Room room, Member who, Action change)
    {
        change();
        room.Broadcast(Notices.UpdateUser(who, room.Channel), Family.Stock | Family.HCChat);
    }

    private static bool TryColor(string text, out string? color)
    {
        var upper = text.Trim().ToUpperInvariant().Replace("#", "", StringComparison.Ordinal);
        color = upper == "RESET" ? null : upper;
        return color is null || Text.IsColor(color);
    }

    // Generation 1 knows a change of nick as a leave and a join.
    private static void Rename(Room room, Member me, string nick)
    {
        var (before, channel) = (me.Nick, room.Channel);
        room.Broadcast(
            new Notice("onlineRemove").Number("userid", me.UserId).String("nick", before).String("channel", channel),
            Family.Legacy
        );
        me.Nick = nick;
        room.Broadcast(new Notice("onlineAdd").User(me).Flag("online", true).String("channel", channel), Family.Legacy);
        room.Broadcast(Notices.UpdateUser(me, channel), Family.V2 | Family.HCChat);
        room.Broadcast(Notices.Info(NickChangedInfo, $"{before} is now {nick}", channel), Family.Stock | Family.HCChat);
        room.Broadcast(NickChange(before, nick, channel), Family.App);
    }

    private static bool IsReserved(Call call, Member me, string nick) =>
        me.ServerLevel < Level.Moderator && call.Chat.Settings.IsReserved(Skeleton.Of(nick));

    // Takes the nick, or the nearest free one, once its holder has had a chance to show that it lives.
    private static async Task<string> RenameNearAsync(Call call, Session.Seat seat, string wanted, string nick)
    {
        var near = nick;
        for (var n = 2; ; n++)
        {
            Member? holder = null;
            var isReserved = false;
            call.Chat.Rooms.With(
                seat.Room,
                room =>
                {
                    holder = room.ByLooks(near);
                    isReserved = IsReserved(call, seat.Me, near);
                    if (isReserved)
                    {
                        return;
                    }
                    if ((holder is null || holder == seat.Me) && near != seat.Me.Nick)
                    {
                        Rename(room, seat.Me, near);
                        if (near != wanted)
                        {
                            call.Reply(NickChange(wanted, near, room.Channel));
                        }
                    }
                }
            );
            if (!isReserved && (holder is null || holder == seat.Me))
            {
                return near;
            }
            // Only the holder of the nick itself is asked whether it lives: near ones are plenty.
            if (n == 2 && holder is not null && !await holder.ProbeAsync())
            {
                holder.Evict(holder, CloseCode.TakenOver);
            }
            else
            {
                near = Names.Numbered(nick, n <= 100 ? n : RandomNumberGenerator.GetInt32(1_000_000));
            }
        }
    }
}
