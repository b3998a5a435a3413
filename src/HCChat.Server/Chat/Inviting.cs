using System.Security.Cryptography;
using HCChat.Protocol;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>Calling somebody to another channel: <c>invite</c>.</summary>
internal static class Inviting
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";

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
        call.InRoom(
            seat,
            room =>
            {
                if ((call.IsLegacy ? room.ByNick(nick!) : room.ByUserId(id!.Value)) is not { } target)
                {
                    call.Refuse(Fault.UnknownUser, room.Channel);
                    return;
                }
                if (call.Chat.HearersOf(room, seat.Me) is null)
                {
                    var notice = InviteNotice(target.Family, room, seat.Me, target, inviteTo, outgoing: false);
                    target.Send(notice.Encode(room.Now), droppable: false);
                }
                call.Reply(InviteNotice(call.Session.Family, room, seat.Me, target, inviteTo, outgoing: true));
                call.Chat.Statistics.CountInvite();
            }
        );
    }

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
}
