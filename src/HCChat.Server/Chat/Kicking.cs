using HCChat.Protocol;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>Putting people out of a room: <c>kick</c>, and what a ban does to those who sit there.</summary>
internal static class Kicking
{
    public static void Kick(Call call)
    {
        var message = call.Message;
        HashSet<string> nicks = [.. message.Strings("nick")];
        HashSet<long> ids = [.. message.Integers("userid")];
        if (message.String("nick") is { } nick)
        {
            nicks.Add(nick);
        }
        if (message.Integer("userid") is { } id)
        {
            ids.Add(id);
        }
        if (call.IsStock && nicks.Count + ids.Count == 0)
        {
            return;
        }
        Kick(call, m => nicks.Contains(m.Nick) || ids.Contains(m.UserId));
    }

    /// <summary>
    /// Puts people out. A hack.chat client keeps its connection, so that it does not come back by itself as it does after any close; the
    /// others are disconnected for good. All are told, and their session tokens die.
    /// </summary>
    public static void Kick(Call call, Func<Member, bool> whom)
    {
        if (!Moderation.Allowed(call, Level.ChannelModerator, out var seat))
        {
            return;
        }
        var kicked = new List<Member>();
        call.InRoom(
            seat,
            room =>
            {
                var found = room.Members.Where(whom).ToList();
                if (found.Count == 0)
                {
                    call.Refuse(Fault.UnknownUser, room.Channel, "Could not find user(s) in that channel");
                }
                foreach (var them in found)
                {
                    if (them.Level >= seat.Me.Level)
                    {
                        call.Refuse(
                            Fault.Forbidden,
                            room.Channel,
                            "Cannot kick other users with the same level, how rude"
                        );
                    }
                    else
                    {
                        kicked.Add(them);
                    }
                }
            }
        );
        foreach (var them in kicked)
        {
            PutOut(call, seat, them);
        }
        if (kicked.Count > 0)
        {
            var names = string.Join(", ", kicked.Select(m => m.Nick));
            call.Chat.Rooms.With(
                seat.Room,
                room =>
                    room.Broadcast(
                        Notices.Info(1205, $"Kicked {names}", room.Channel),
                        where: m => m.IsChannelModerator
                    )
            );
        }
    }

    private static void PutOut(Call call, Session.Seat seat, Member them)
    {
        var chat = call.Chat;
        var channel = seat.Room.Channel;
        chat.Statistics.CountKick();
        chat.Rooms.With(
            seat.Room,
            room =>
            {
                room.Broadcast(
                    Notices
                        .Info(1204, $"{them.Nick} was put out by {seat.Me.Nick}", channel)
                        .String("nick", them.Nick)
                        .String("by", seat.Me.Nick),
                    where: m => m.IsChannelModerator
                );
                PutOut(chat, room, them, $"You were removed from ?{channel} by a moderator.", banned: false);
                Unmake(chat, room, them);
            }
        );
    }

    // Whoever is a member of a room that is not open to everybody would walk in again; now it takes another invitation.
    private static void Unmake(ChatServer chat, Room room, Member them)
    {
        var made = them.Identities.Where(i => room.Rules.RoleOf([i]) == Role.Member).ToList();
        if (!room.Rules.IsOpen && made.Count > 0)
        {
            chat.Rooms.Rules.TryAdd(
                room,
                rules => rules with { Roles = rules.Roles.RemoveRange(made) },
                kept =>
                {
                    // Somebody quick may have come back as a member before it was written down.
                    var back = room.Members.Where(m => !m.IsAdmitted && m.Identities.Any(made.Contains)).ToList();
                    foreach (var member in kept ? back : [])
                    {
                        PutOut(chat, room, member, $"You were removed from ?{room.Channel} by a moderator.", false);
                    }
                },
                [.. made.Select(i => Owning.SetRole(i, Role.None))]
            );
        }
    }

    /// <summary>
    /// Puts a member out of a room and tells them why. One of ours stays in its other rooms; what would bring it back into this one by itself is gone. Under the
    /// room's gate.
    /// </summary>
    public static void PutOut(ChatServer chat, Room room, Member them, string why, bool banned)
    {
        var told = Notices.Info(1205, why, room.Channel).Encode(room.Now);
        chat.Expulsions.Add(room.Channel, Expulsions.SubjectsOf(them.Identities, them.SessionId, them.AddressName));
        if (them.Family == Family.HCChat)
        {
            chat.ResumeTokens.Forget(them.SessionId, room.Channel, banned);
            // Told when it is so: whoever comes back at once is not in any more.
            them.Evict(them, null);
            them.Send(told, false);
            them.Send(Notices.OnlineRemove(them, room.Channel).Encode(room.Now), false);
            return;
        }
        them.Send(told, false);
        chat.Revoke(them.SessionId);
        them.Evict(them, (them.Family & Family.Stock) != 0 ? null : CloseCode.Kicked);
    }
}
