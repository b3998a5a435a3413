using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using HCChat.Protocol;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>Saying something to one person: <c>whisper</c>, the app's <c>dm</c> (the same thing), <c>invite</c>.</summary>
internal static class Whispering
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";

    public static void Whisper(Call call)
    {
        if (call.Seat is not { } seat)
        {
            call.Penalize(1);
            call.RefuseOurs(Fault.NotInRoom);
            return;
        }
        Send(call, seat, call.Message.String("text"), call.Message.String("nick"));
    }

    public static void DirectMessage(Call call)
    {
        var nick = call.Message.String("to");
        var seat = call.Seat ?? call.Session.Seats.FirstOrDefault(s => nick is not null && Has(s.Room, nick));
        if (seat is not null && nick is not null)
        {
            Send(call, seat, call.Message.String("text"), nick);
        }
    }

    /// <summary>Whispers from a slash command.</summary>
    public static void Send(Call call, Session.Seat seat, string? raw, string? nick)
    {
        var text = raw is null ? "" : Text.Clean(raw);
        if (text.Length == 0 && call.Message.Json("attachment", JsonTokenType.StartObject).IsEmpty)
        {
            call.Penalize(13);
            call.RefuseOurs(Fault.Empty, seat.Room.Channel);
            return;
        }
        if (!call.Charge(Text.Cost(text), Fault.RateText, seat.Room.Channel))
        {
            return;
        }
        call.Chat.Rooms.With(
            seat.Room,
            room =>
            {
                var target = call.Message.Integer("userid") is { } id ? room.ByUserId(id) : Named(call, room, nick);
                if (target is null)
                {
                    call.Refuse(Fault.UnknownUser, room.Channel);
                    return;
                }
                Publish(call, room, seat.Me, target, text);
            }
        );
    }

    /// <summary>The member that a whisper names by userid.</summary>
    public static Member? FindByUserId(Call call)
    {
        if (call.Seat is not { } seat || call.Message.Integer("userid") is not { } id)
        {
            return null;
        }
        lock (seat.Room.Gate)
        {
            return seat.Room.ByUserId(id);
        }
    }

    public static void Invite(Call call)
    {
        if (call.Seat is not { } seat)
        {
            call.Penalize(1);
            call.RefuseOurs(Fault.NotInRoom);
            return;
        }
        if (!call.Charge(2, Fault.RateInvite, seat.Room.Channel))
        {
            return;
        }
        var (nick, id) = (call.Message.String("nick"), call.Message.Integer("userid"));
        if (call.IsLegacy ? nick is null : id is null || call.Message.String("channel") is null)
        {
            return;
        }
        var inviteTo = call.Message.String("to") ?? RandomNumberGenerator.GetString(Alphabet, 8);
        call.Chat.Rooms.With(
            seat.Room,
            room =>
            {
                if ((call.IsLegacy ? room.ByNick(nick!) : room.ByUserId(id!.Value)) is not { } target)
                {
                    call.Refuse(Fault.UnknownUser, room.Channel);
                    return;
                }
                if (call.Chat.Bans.MuteOf(seat.Me.AddressKey) is null)
                {
                    SendTo(target, InviteNotice(target.Family, room, seat.Me, target, inviteTo, outgoing: false), room);
                }
                call.Reply(InviteNotice(call.Session.Family, room, seat.Me, target, inviteTo, outgoing: true));
                call.Chat.Statistics.CountInvite();
            }
        );
    }

    private static void Publish(Call call, Room room, Member me, Member target, string text)
    {
        var mid = call.Mid ?? (call.IsApp ? Guid.NewGuid().ToString() : null);
        var at = room.Now;
        if (mid is not null)
        {
            var sender = Saying.SenderKey(call, me) + ":whisper";
            var body = target.UserId.ToString(CultureInfo.InvariantCulture) + "\0" + text;
            var verdict = room.Sent.Admit(sender, mid, body, room.Now, out at);
            if (verdict == SentMessages.Verdict.Conflict)
            {
                call.Refuse(Fault.Conflict, room.Channel);
                return;
            }
            Saying.Acknowledge(call, room, mid, at);
            if (verdict == SentMessages.Verdict.Repeated)
            {
                return;
            }
        }
        if (call.Chat.Bans.MuteOf(me.AddressKey) is null)
        {
            SendTo(target, Received(call, room, me, target, text, mid), room);
        }
        target.WhisperedBy = me.Nick;
        call.Reply(Echo(call, room, me, target, text, mid));
        if (call.IsApp)
        {
            call.Reply(
                new Notice("message_delivered", "message_delivered")
                    .String("messageId", mid)
                    .Strings("deliveredTo", [target.Nick])
                    .Number("timestamp", room.Now.ToUnixTimeMilliseconds())
            );
        }
    }

    private static Notice Received(Call call, Room room, Member me, Member target, string text, string? mid) =>
        target.Family switch
        {
            Family.Legacy => new Notice("info", "whisper")
                .String("channel", room.Channel)
                .String("from", me.Nick)
                .Number("to", target.UserId)
                .String("text", $"{me.Nick} whispered: {text}")
                .String("trip", me.Trip.Length > 0 ? me.Trip : "null"),
            Family.App => DirectNotice(call, room, me, target, text, mid),
            _ => WhisperNotice(room, me, target, text, mid),
        };

    private static Notice Echo(Call call, Room room, Member me, Member target, string text, string? mid) =>
        me.Family switch
        {
            Family.Legacy => new Notice("info", "whisper")
                .String("channel", room.Channel)
                .Number("from", me.UserId)
                .Number("to", target.UserId)
                .String("text", $"You whispered to @{target.Nick}: {text}"),
            Family.App => DirectNotice(call, room, me, target, text, mid),
            _ => WhisperNotice(room, me, target, text, mid),
        };

    private static Notice DirectNotice(Call call, Room room, Member me, Member target, string text, string? mid) =>
        new Notice("dm", "dm")
            .String("id", mid ?? Guid.NewGuid().ToString())
            .String("from", me.Nick)
            .String("to", target.Nick)
            .String("channel", room.Channel)
            .String("text", text)
            .Json("attachment", call.Message.Json("attachment", JsonTokenType.StartObject));

    private static Notice WhisperNotice(Room room, Member me, Member target, string text, string? mid) =>
        new Notice("whisper")
            .String("channel", room.Channel)
            .Number("from", me.UserId)
            .Number("to", target.UserId)
            .String("text", text)
            .String("mid", mid);

    private static Notice InviteNotice(
        Family reader,
        Room room,
        Member me,
        Member target,
        string inviteTo,
        bool outgoing
    ) =>
        reader is Family.Legacy or Family.App
            ? new Notice("info", reader == Family.App ? "info" : "invite")
                .String("channel", room.Channel)
                .String("from", outgoing ? "" : me.Nick)
                .Number("to", target.UserId)
                .String("inviteChannel", inviteTo)
                .String(
                    "text",
                    outgoing ? $"You invited {target.Nick} to ?{inviteTo}" : $"{me.Nick} invited you to ?{inviteTo}"
                )
            : new Notice("invite")
                .String("channel", room.Channel)
                .Number("from", me.UserId)
                .Number("to", target.UserId)
                .String("inviteChannel", inviteTo);

    private static void SendTo(Member target, Notice notice, Room room) =>
        target.Send(notice.Encode(room.Now), droppable: false);

    // hack.chat compares exactly; the app's nicks are typed by people.
    private static Member? Named(Call call, Room room, string? nick) =>
        nick is null ? null
        : call.IsApp ? room.ByNickFolded(nick)
        : room.ByNick(nick);

    private static bool Has(Room room, string nick)
    {
        lock (room.Gate)
        {
            return room.ByNickFolded(nick) is not null;
        }
    }
}
