using System.Security.Cryptography;
using HCChat.Protocol;

namespace HCChat.Server.Chat;

/// <summary>The HChat app's <c>join</c>. It cannot take a refusal for its nick, so it is admitted under a near one.</summary>
internal static class AppJoining
{
    /// <summary>Numbers tried for a near nick before a random one is.</summary>
    private const int MaxNickTries = 100;

    public static async Task JoinAsync(Call call)
    {
        var (session, channel) = (call.Session, call.Channel);
        if (Joining.ChannelFault(call, channel) is { } outside)
        {
            // Somebody who is banned learns of nothing; whoever lacks an account has to know why it stays silent.
            if (outside == Fault.LoginRequired)
            {
                call.Inform(0, outside.Text, null);
            }
            return;
        }
        if (session.SeatIn(channel ?? "") is not null)
        {
            return;
        }
        var captcha = call.Chat.Rooms.Find(channel!)?.CaptchaEnabled == true ? Fault.Captcha : null;
        if ((Joining.RoomsFault(call, channel) ?? captcha) is { } fault)
        {
            // It cannot show a captcha, and must not be a way around one.
            call.Inform(0, fault == Fault.Captcha ? Fault.Locked.Text : fault.Text, null);
            return;
        }
        var wanted = session.AppNick ?? Appearance.AnnouncedNick(call) ?? "guest";
        var nick = Names.IsNick(wanted) ? wanted : Names.NearNick(wanted);
        var near = nick;
        for (var n = 2; n < MaxNickTries + 20; n++)
        {
            var applicant = new Joining.Applicant(channel!, near, "", null, Restored: false);
            var attempt =
                n == 2
                    ? await Joining.SeatAsync(call, applicant, refuse: false)
                    : await Joining.SeatNowAsync(call, applicant);
            if (attempt.Fault is { } shut && shut != Fault.NickTaken)
            {
                call.Inform(0, shut == Fault.ProofOfWork ? Newcomers.AppWord : shut.Text, null);
                return;
            }
            if (attempt.Seated is { } seated)
            {
                session.AppNick = near;
                call.Chat.Statistics.CountJoin();
                call.Inform(0, $"joined #{channel}", channel);
                if (near != wanted)
                {
                    call.Reply(Appearance.NickChange(wanted, near, channel!));
                }
                await call.Chat.AppReturns.ReturnAsync(call, seated.Seat, seated.Head);
                return;
            }
            near =
                n <= MaxNickTries
                    ? Names.Numbered(nick, n)
                    : Names.Numbered(nick, RandomNumberGenerator.GetInt32(1_000_000));
        }
    }
}
