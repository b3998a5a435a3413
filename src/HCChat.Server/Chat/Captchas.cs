using HCChat.Protocol;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>The captcha hook: a moderator switches it on for a room, joiners without a trusted trip must solve one.</summary>
internal static class Captchas
{
    private const double WrongPenalty = 7;

    public static void Enable(Call call) => Switch(call, true);

    public static void Disable(Call call) => Switch(call, false);

    /// <summary>Puts the question when the room asks one of this joiner; the join then waits for the answer.</summary>
    public static bool Ask(Call call, string channel, string nick, string trip)
    {
        var session = call.Session;
        if (
            call.Chat.Rooms.Find(channel)?.CaptchaEnabled != true
            || call.Chat.Trips.Rights(trip).Level >= Level.TrustedUser
            || session.CaptchaSolved.Contains(channel)
        )
        {
            return false;
        }
        Put(call, channel, nick, trip);
        return true;
    }

    /// <summary>Puts the question; somebody who has one already had better answered it.</summary>
    public static void Put(Call call, string channel, string nick, string trip)
    {
        var session = call.Session;
        if (session.Captcha is not null)
        {
            session.Close(CloseCode.PolicyViolation);
            return;
        }
        session.Captcha = Captcha.For(channel, nick, trip);
        call.Refuse(Fault.Captcha, channel);
        call.Reply(new Notice("captcha").String("text", session.Captcha.Draw()).String("channel", channel));
    }

    /// <summary>Takes the answer, which comes as a chat message: the right one joins, a wrong one ends the connection.</summary>
    public static Task? TryAnswer(Call call, string verb)
    {
        var session = call.Session;
        if (verb != Verbs.Chat || session.Captcha is not { } captcha || call.Message.String("text") is not { } answer)
        {
            return null;
        }
        session.Captcha = null;
        if (answer != captcha.Solution)
        {
            call.Penalize(WrongPenalty);
            session.Close(CloseCode.PolicyViolation);
            return Task.CompletedTask;
        }
        session.CaptchaSolved.Add(captcha.Channel);
        return Joining.JoinAsync(call, captcha.Channel, captcha.Nick, captcha.Trip);
    }

    private static void Switch(Call call, bool on)
    {
        if (!Moderation.Allowed(call, Level.Moderator, out var seat))
        {
            return;
        }
        var channel = call.Message.String("channel") ?? seat.Room.Channel;
        var found = call.Chat.Rooms.Find(channel);
        if ((found?.CaptchaEnabled ?? false) == on)
        {
            var (id, text) = on ? (1403, "Captcha is already enabled.") : (1401, "Captcha is not enabled.");
            call.Inform(id, text, seat.Room.Channel);
            return;
        }
        if (found is null)
        {
            call.Refuse(Fault.NotInRoom, seat.Room.Channel, "Nobody is in that channel.");
            return;
        }
        call.Chat.Rooms.With(
            found,
            room =>
            {
                room.CaptchaEnabled = on;
                var notice = on
                    ? Notices.Info(1404, $"Captcha enabled on: {channel}", channel)
                    : Notices.Info(1402, $"Captcha disabled on: {channel}", null);
                room.Broadcast(notice, where: m => m.IsModerator);
            }
        );
    }
}
