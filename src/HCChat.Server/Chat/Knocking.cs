using HCChat.Protocol;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>Asking to be let in: <c>knock</c> by whoever stands outside, <c>admit</c> by whoever keeps order inside.</summary>
internal static class Knocking
{
    private const double KnockCost = 6;
    private const int MaxText = 200;

    /// <summary>
    /// Passes a knock on. Whoever knocks is told the same whether somebody hears it, whether the room takes knocks, and whether there is such a room.
    /// </summary>
    public static void Knock(Call call)
    {
        var nick = call.Message.String("nick");
        var fault = Joining.ChannelFault(call, call.Channel) ?? Joining.NickFault(call, nick);
        if (fault is not null)
        {
            call.Refuse(fault);
            return;
        }
        if (!call.Charge(KnockCost, Fault.RateJoin))
        {
            return;
        }
        var (channel, session) = (call.Channel!, call.Session);
        var text = call.Message.String("text") ?? "";
        call.Reply(new Notice("knocked").String("channel", channel));
        if (call.Chat.Rooms.Find(channel) is not { } found || text.Length > MaxText)
        {
            return;
        }
        call.Chat.Rooms.With(
            found,
            room =>
            {
                var me = Joining.NewMember(call, room, nick!, Credentials.Of(call).Trip);
                if (
                    !room.Rules.Knock
                    || room.Rules.Access == Access.Locked
                    || Admission.Refusal(call.Chat, room, me) != Fault.Locked
                )
                {
                    return;
                }
                room.Broadcast(
                    new Notice("knock")
                        .String("channel", channel)
                        .Number("userid", session.UserId)
                        .String("nick", nick)
                        .String("trip", me.Trip.Length > 0 ? me.Trip : null)
                        .String("identity", me.Key)
                        .String("text", text.Length > 0 ? text : null),
                    Family.HCChat,
                    where: m => m.IsChannelModerator
                );
                room.Knock(me, session.Number);
            }
        );
    }

    /// <summary>Lets somebody in who knocked: they get an invitation of their own. All who keep order are told that nobody else need answer.</summary>
    public static void Admit(Call call)
    {
        if (
            !Moderation.Allowed(call, Level.ChannelModerator, out var seat)
            || !call.Charge(2, Fault.RateCommand, seat.Room.Channel)
        )
        {
            return;
        }
        var channel = seat.Room.Channel;
        var denied = call.Message.Json("deny", System.Text.Json.JsonTokenType.True).Length > 0;
        Session? them = null;
        var isIn = call.InRoom(
            seat,
            room =>
            {
                if (
                    call.Message.Integer("userid") is not { } id
                    || !room.TryAnswerKnock(id, out var number)
                    || call.Chat.Sessions.FirstOrDefault(s => s.Number == number) is not { } session
                )
                {
                    return;
                }
                them = session;
                if (!denied)
                {
                    them.Admit(channel);
                }
                TellAnswered(room, id, seat.Me.Nick, denied);
            }
        );
        if (isIn && them is null)
        {
            call.Refuse(Fault.UnknownUser, channel);
        }
        else if (!denied)
        {
            them?.Send(new Notice("admitted").String("channel", channel), call.Now);
        }
    }

    /// <summary>Tells those who keep order that somebody has answered a knock. Under the room's gate.</summary>
    public static void TellAnswered(Room room, long userId, string by, bool denied) =>
        room.Broadcast(
            new Notice("knockAnswered")
                .String("channel", room.Channel)
                .Number("userid", userId)
                .String("nick", by)
                .Flag("denied", denied),
            Family.HCChat,
            where: m => m.IsChannelModerator
        );
}
