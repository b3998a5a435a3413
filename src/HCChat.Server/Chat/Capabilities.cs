using HCChat.Protocol;
using HCChat.Server.Identities;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>
/// That somebody may be in a room, for a few minutes and for whoever asks over HTTP: <c>capability</c>. It names who they are; whether they may is looked up whenever it is shown.
/// </summary>
internal static class Capabilities
{
    public static void Give(Call call)
    {
        if (call.Seat is not { } seat)
        {
            call.Refuse(Fault.NotInRoom, call.Channel);
            return;
        }
        if (!call.Charge(1, Fault.RateCommand, seat.Room.Channel))
        {
            return;
        }
        call.Reply(
            new Notice("capability")
                .String("channel", seat.Room.Channel)
                .String("jwt", call.Chat.Tokens.Issue(Of(seat.Room.Channel, seat.Me, call)))
                .Number("expiresSeconds", (long)Tokens.Lifetime.TotalSeconds)
        );
    }

    /// <summary>What a member can show elsewhere.</summary>
    public static Tokens.Capability Of(string channel, Member me, Call call) =>
        new(
            channel,
            me.Nick,
            me.SessionId,
            me.Key,
            me.Account,
            me.TripCode,
            me.AddressName,
            me.IsAdmitted,
            call.Now.ToUnixTimeMilliseconds(),
            call.Session.Login ?? ""
        );

    /// <summary>Makes a visitor the one whom a capability names.</summary>
    public static void Assume(Session session, Tokens.Capability capability)
    {
        session.SessionId = capability.Session;
        session.Key = capability.Key;
        (session.Account, session.Login) = (capability.Account, capability.Login);
        if (capability.IsAdmitted)
        {
            session.Admit(capability.Room);
        }
    }

    /// <summary>Whether who shows it was put out since, or the login that it came from has ended.</summary>
    /// <param name="isHere">Whether their session sits in the room now: then they are not who was put out at the same address.</param>
    public static bool IsVoid(ChatServer chat, Tokens.Capability capability, Member me, bool isHere = false) =>
        chat.Expulsions.IsOut(
            capability.Room,
            Expulsions
                .SubjectsOf(me.Identities, capability.Session, capability.Address)
                .Where(subject => !isHere || subject != capability.Address),
            capability.IssuedAt
        )
        || chat.Expulsions.IsOut(
            Expulsions.Everywhere,
            me.Identities.Append("login:" + capability.Login),
            capability.IssuedAt
        );
}
