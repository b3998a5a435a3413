using HCChat.Protocol;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>Who comes into a room for the first time, and what they pay for it while it is raided: ours by work, hack.chat's people by a captcha.</summary>
internal static class Newcomers
{
    /// <summary>The app understands no refusal and can pay nothing; this line is all that its user sees.</summary>
    public const string AppWord =
        "So many people are coming in at once that newcomers cannot enter with this app right now. Try again in a few minutes."
        + "\n当前涌入的人过多，新来者暂时无法用此应用进入。请几分钟后再试。";

    /// <summary>
    /// Whether somebody is new here: not back by their session, nobody whom the room or the server knows, and no app that has lost its connection a moment ago. Under the
    /// room's gate.
    /// </summary>
    public static bool IsNew(Call call, Room room, Member me, bool restored) =>
        !restored
        && me.ServerLevel < Level.Moderator
        && room.Rules.RoleOf(me.Identities) < Role.Member
        && !(call.IsApp && call.Chat.AppReturns.IsExpected(room.Channel, me));

    /// <summary>Whether somebody new has paid.</summary>
    public static bool HavePaid(Call call, string channel) =>
        call.Session.Tolls.IsPaid(channel, call.Chat.Time) || call.Session.CaptchaSolved.Contains(channel);

    /// <summary>Takes the work that a <c>join</c> brings.</summary>
    /// <returns>Whether it is good: the join that it belongs to was charged already.</returns>
    public static bool Pay(Call call) =>
        call.IsOurs
        && call.Message.Integer("work") is { } work
        && call.Channel is { } channel
        && call.Session.Tolls.TryPay(channel, work, call.Chat.Time);

    /// <summary>Asks for the toll, in whatever way the caller can pay it.</summary>
    public static void Ask(Call call, Joining.Applicant applicant)
    {
        if (!call.IsOurs)
        {
            Captchas.Put(call, applicant.Channel, applicant.Nick, applicant.Trip);
            return;
        }
        var fault = Fault.ProofOfWork;
        call.Reply(
            new Notice("warn")
                .String("text", fault.Text)
                .Number("id", fault.Id)
                .StringOrFalse("channel", null)
                .String("code", fault.Code)
                .String("room", applicant.Channel)
                .String("challenge", call.Session.Tolls.Ask(applicant.Channel, call.Chat.Time))
                .Number("bits", Limits.WorkBits)
        );
    }

    /// <summary>Tells the members of a room when newcomers begin or cease to pay there; called every second.</summary>
    public static void Tell(ChatServer chat)
    {
        foreach (var room in chat.Rooms.All)
        {
            if (chat.Raids.IsOn(room) != room.IsRaided)
            {
                chat.Rooms.With(
                    room,
                    r =>
                    {
                        r.IsRaided = chat.Raids.IsOn(r);
                        r.Broadcast(
                            new Notice("roomInfo")
                                .String("channel", r.Channel)
                                .Object("room", json => Owning.Describe(json, r)),
                            Family.HCChat
                        );
                    }
                );
            }
        }
    }
}
