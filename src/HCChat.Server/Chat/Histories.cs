using HCChat.Protocol;
using HCChat.Server.Messages;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>What a room keeps: <c>sethistory</c>, and how it is told.</summary>
internal static class Histories
{
    private const int ClosedInfo = 1206;

    public static void Set(Call call)
    {
        if (!Moderation.Allowed(call, Level.ChannelModerator, out var seat) || !MayDecide(call, seat))
        {
            return;
        }
        var (message, rules) = (call.Message, call.Chat.Messages.Rules);
        var change = new HistoryChoice(
            HistoryPolicy.Parse(message.String("mode")),
            message.Integer("days"),
            message.Integer("count"),
            message.Integer("ttl")
        );
        var wrong =
            (message.Has("mode") && change.Mode is null)
            || (message.Has("days") && change.Days is null)
            || (message.Has("count") && change.Count is null)
            || (message.Has("ttl") && change.Ttl is null)
            || !rules.Allows(change);
        if (wrong)
        {
            call.Refuse(
                Fault.BadPayload,
                seat.Room.Channel,
                $"mode: off to {HistoryPolicy.Name(rules.MaxMode)}; days: 1 to {rules.MaxDays}; count: 1 to {rules.MaxCount}; "
                    + $"ttl: 0, or {HistoryPolicy.MinTtl} to {HistoryPolicy.MaxTtl} seconds."
            );
            return;
        }
        if (!call.Charge(2, Fault.RateCommand, seat.Room.Channel))
        {
            return;
        }
        call.InRoom(
            seat,
            room =>
            {
                var policy = rules.Of(room.Log.Choice.With(change));
                var notice = new Notice("roomState")
                    .String("channel", room.Channel)
                    .String("nick", seat.Me.Nick)
                    .Number("userid", seat.Me.UserId)
                    .Object("history", json => Describe(json, policy));
                Publishing.Publish(
                    call,
                    room,
                    seat.Me,
                    call.Mid,
                    new Publishing.Deed(notice, EventKind.Bare, Family.HCChat, policy.ToString()) { Choice = change }
                );
            }
        );
    }

    /// <summary><c>closeroom</c>: everybody is put out and nothing of the room is left, neither here nor on the disk.</summary>
    public static void Close(Call call)
    {
        if (
            !Moderation.Allowed(call, Level.ChannelModerator, out var seat)
            || !MayDecide(call, seat)
            || !call.Charge(2, Fault.RateCommand, seat.Room.Channel)
        )
        {
            return;
        }
        var (chat, answer) = (call.Chat, new Answer(call.Session, call.Family, call.Mid, seat.Room.Channel));
        call.InRoom(
            seat,
            room =>
            {
                call.Session.Begin();
                var begun = room.Log.TryErase(gone =>
                {
                    if (gone)
                    {
                        PutOut(chat, room);
                    }
                    else
                    {
                        answer.Refuse(Fault.Unavailable, room.Now);
                    }
                    answer.Session.Settle();
                });
                if (!begun)
                {
                    answer.Refuse(Fault.Unavailable, room.Now);
                    answer.Session.Settle();
                }
            }
        );
    }

    /// <summary>Ends a room whoever asks for it: everybody is put out and nothing of it is left.</summary>
    /// <returns>False when it cannot be done now.</returns>
    public static async Task<bool> EndAsync(ChatServer chat, string channel)
    {
        var done = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var opened = await chat.Rooms.InAsync(
            channel,
            room =>
            {
                var begun = room.Log.TryErase(gone =>
                {
                    if (gone)
                    {
                        PutOut(chat, room);
                    }
                    done.SetResult(gone);
                });
                if (!begun)
                {
                    done.SetResult(false);
                }
            }
        );
        return opened && await done.Task;
    }

    /// <summary>Where the room's list stands, what is kept of it, and what belongs to the room.</summary>
    public static Notice Describe(Notice json, Room room)
    {
        var log = room.Log;
        json.String("epoch", log.Epoch)
            .Number("head", log.Head)
            .Number("oldest", log.Floor + 1)
            .Object("history", history => Describe(history, log.Policy))
            .Object("room", rules => Owning.Describe(rules, room));
        return Calling.Describe(json, room);
    }

    /// <summary>The members of a frame's <c>history</c>.</summary>
    public static void Describe(Notice json, HistoryPolicy policy) =>
        json.String("mode", policy.ModeName)
            .Number("days", policy.Days)
            .Number("count", policy.Count)
            .Number("ttl", policy.Ttl);

    // Where a room belongs to somebody, that is not for those who keep order in it.
    private static bool MayDecide(Call call, Session.Seat seat)
    {
        if (!seat.Room.Rules.IsOwned || seat.Me.Level >= Level.ChannelOwner)
        {
            return true;
        }
        call.Refuse(Fault.Forbidden, seat.Room.Channel, "Only owners may do that.");
        return false;
    }

    // Under the room's gate. Each is told in its own way that it is out: ours by its own leaving.
    private static void PutOut(ChatServer chat, Room room)
    {
        foreach (var member in room.Members.ToList())
        {
            // What they were given to show elsewhere was for the room that is no more.
            chat.Expulsions.Add(
                room.Channel,
                Expulsions.SubjectsOf(member.Identities, member.SessionId, member.AddressName)
            );
            // Told when it is so: whoever says something at once is not in any more.
            member.Evict(member, null);
            member.Send(Notices.Info(ClosedInfo, "The channel was closed.", room.Channel).Encode(room.Now), false);
            member.Send(Notices.OnlineRemove(member, room.Channel).Encode(room.Now), false);
        }
        chat.Rooms.Close(room);
    }
}
