using HCChat.Protocol;
using HCChat.Server.Messages;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>Small signs between people that are not messages: typing, who is here, receipts, reactions, status.</summary>
internal static class Signals
{
    private const Family Rich = Family.App | Family.HCChat;
    private const int MaxEmoji = 64;
    private const double TypingCost = 0.2;

    public static void Typing(Call call)
    {
        call.Session.Guard.Reprice(TypingCost);
        InRoom(
            call,
            (room, me) =>
                room.Broadcast(
                    new Notice("typing", "typing")
                        .String("channel", room.Channel)
                        .String("nick", me.Nick)
                        .Number("userid", me.UserId),
                    Rich,
                    except: me,
                    droppable: true
                )
        );
    }

    public static void Who(Call call) =>
        InRoom(
            call,
            (room, me) => me.Send(Notices.Presence(room.Members, room.Channel).Encode(room.Now), droppable: true),
            aloud: false
        );

    /// <summary>Passed on as sent, except that the server says whose receipt it is.</summary>
    public static void Receipt(Call call)
    {
        var message = call.Message;
        if (MessageId(call) is not { } id)
        {
            call.RefuseOurs(Fault.BadPayload, call.Channel);
            return;
        }
        var verb = message.String("type") ?? message.String("cmd")!;
        InRoom(
            call,
            (room, me) =>
            {
                if (room.Log.PlaceOf(id) is { } place)
                {
                    me.Progress?.Has(place.Seq);
                }
                var notice = new Notice(verb, verb)
                    .String("messageId", id)
                    .String("channel", room.Channel)
                    .String("userId", me.Nick)
                    .Json("timestamp", Timestamp(call))
                    .Number("userid", me.UserId)
                    .String("mid", call.IsOurs ? call.Mid : null);
                // The app does not want its own back; ours counts what it gets.
                Publish(call, room, me, verb, id, notice, except: call.IsApp ? me : null);
            }
        );
    }

    public static void Reaction(Call call)
    {
        var message = call.Message;
        if (MessageId(call) is not { } id || message.String("emoji") is not { Length: > 0 and <= MaxEmoji } emoji)
        {
            call.RefuseOurs(Fault.BadPayload, call.Channel);
            return;
        }
        var added = (message.String("type") ?? message.String("cmd")) == "add_reaction";
        var verb = added ? "reaction_added" : "reaction_removed";
        InRoom(
            call,
            (room, me) =>
            {
                var notice = new Notice(verb, verb)
                    .String("messageId", id)
                    .String("channel", room.Channel)
                    .String("emoji", emoji)
                    .String("userId", me.Nick);
                if (added)
                {
                    notice.String("reactionId", message.String("reactionId") ?? Guid.NewGuid().ToString());
                }
                notice
                    .Json("timestamp", Timestamp(call))
                    .Number("userid", me.UserId)
                    .String("mid", call.IsOurs ? call.Mid : null);
                Publish(call, room, me, verb + emoji, id, notice);
            }
        );
    }

    public static void Status(Call call)
    {
        var status = call.Message.String("status");
        if (status is not ("online" or "away" or "busy" or "offline"))
        {
            call.RefuseOurs(Fault.BadPayload, call.Channel);
            return;
        }
        foreach (var seat in call.Session.Seats)
        {
            call.Chat.Rooms.With(
                seat.Room,
                room =>
                {
                    if (call.Chat.HearersOf(room, seat.Me) is not null)
                    {
                        return;
                    }
                    room.Broadcast(
                        new Notice("status_update", "status_update")
                            .String("nick", seat.Me.Nick)
                            .String("status", status)
                            .Json("timestamp", Timestamp(call))
                            .String("channel", room.Channel),
                        Rich,
                        droppable: true
                    );
                }
            );
        }
    }

    private static void Publish(
        Call call,
        Room room,
        Member me,
        string body,
        string target,
        Notice notice,
        Member? except = null
    )
    {
        var deed = new Publishing.Deed(notice, EventKind.Clear, Rich, string.Join('\0', body, target))
        {
            Target = target,
            Except = except,
        };
        Publishing.Publish(call, room, me, call.IsOurs ? call.Mid : null, deed);
    }

    private static bool IsMuted(Call call, Session.Seat seat)
    {
        lock (seat.Room.Gate)
        {
            return call.Chat.HearersOf(seat.Room, seat.Me) is not null;
        }
    }

    private static void InRoom(Call call, Action<Room, Member> action, bool aloud = true)
    {
        if (aloud && call.Seat is { } muted && IsMuted(call, muted))
        {
            // Unheard, unnoticed by themselves.
            if (call.IsOurs && call.Mid is { } mid && call.Seat is { } place)
            {
                var (log, now) = (place.Room.Log, call.Now.ToUnixTimeMilliseconds());
                new Answer(call.Session, call.Family, mid, log.Channel).Acknowledge(
                    new(log.Epoch, log.Head, now, false)
                );
            }
            return;
        }
        if (call.Seat is { } seat)
        {
            call.InRoom(seat, room => action(room, seat.Me));
        }
        else
        {
            call.RefuseOurs(Fault.NotInRoom);
        }
    }

    private static string? MessageId(Call call) =>
        call.Message.String("messageId") is { Length: > 0 and <= 64 } id ? id : null;

    // The app sends seconds with a fraction; it gets back what it sent, or the server's milliseconds when it sent none.
    private static byte[] Timestamp(Call call)
    {
        var sent = call.Message.Json("timestamp", System.Text.Json.JsonTokenType.Number);
        return sent.Length is > 0 and <= 32
            ? sent.ToArray()
            : System.Text.Encoding.ASCII.GetBytes(
                call.Now.ToUnixTimeMilliseconds().ToString(System.Globalization.CultureInfo.InvariantCulture)
            );
    }
}
