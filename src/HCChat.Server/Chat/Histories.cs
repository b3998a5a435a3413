using HCChat.Protocol;
using HCChat.Server.Messages;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>What a room keeps: <c>sethistory</c>, and how it is told.</summary>
internal static class Histories
{
    public static void Set(Call call)
    {
        if (!Moderation.Allowed(call, Level.ChannelModerator, out var seat))
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
        call.Chat.Rooms.With(
            seat.Room,
            room =>
            {
                var policy = rules.Of(room.Log.Stored.Choice.With(change));
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

    /// <summary>Where the room's list stands, and what is kept of it.</summary>
    public static Notice Describe(Notice json, RoomLog log) =>
        json.String("epoch", log.Epoch)
            .Number("head", log.Head)
            .Number("oldest", log.Floor + 1)
            .Object("history", history => Describe(history, log.Policy));

    /// <summary>The members of a frame's <c>history</c>.</summary>
    public static void Describe(Notice json, HistoryPolicy policy) =>
        json.String("mode", policy.ModeName)
            .Number("days", policy.Days)
            .Number("count", policy.Count)
            .Number("ttl", policy.Ttl);
}
