using System.Security.Cryptography;
using System.Text.Json;
using HCChat.Protocol;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>Saying something to a room: <c>chat</c>, <c>emote</c>, <c>updateMessage</c>. What is said is passed on, never read.</summary>
internal static class Saying
{
    /// <summary>hack.chat's silent charge for text that is none.</summary>
    private const double EmptyPenalty = 13;

    public static void Chat(Call call)
    {
        if (call.IsApp && !call.Message.Has("type") && !call.Message.Has("cmd"))
        {
            const string me = "/me ";
            if (call.Message.String("text") is { } action && action.StartsWith(me, StringComparison.Ordinal))
            {
                Say(call, "emote", action[me.Length..]);
                return;
            }
        }
        Say(call, "chat", call.Message.String("text"));
    }

    public static void Emote(Call call) => Say(call, "emote", call.Message.String("text"));

    /// <summary>Says <paramref name="raw"/> as the caller; slash commands come here with what is left of the text.</summary>
    public static void Say(Call call, string cmd, string? raw)
    {
        if (call.Seat is not { } seat)
        {
            call.Penalize(1);
            call.RefuseOurs(Fault.NotInRoom);
            return;
        }
        var channel = seat.Room.Channel;
        if (raw is null || (Text.Clean(raw) is var text && text.Length == 0 && !HasAttachment(call)))
        {
            call.Penalize(EmptyPenalty);
            call.RefuseOurs(Fault.Empty, channel);
            return;
        }
        var customId = call.Message.String("customId");
        if (customId?.Length > Limits.MaxCustomId)
        {
            call.Penalize(EmptyPenalty);
            call.RefuseOurs(Fault.BadPayload, channel);
            return;
        }
        if (call.IsOurs && call.Mid is null && call.Message.Has("mid"))
        {
            call.Refuse(
                Fault.BadPayload,
                channel,
                "The message id must be 16 to 36 characters of A-Z, a-z, 0-9, _ and -."
            );
            return;
        }
        if (call.Charge(Text.Cost(text), Fault.RateText, channel))
        {
            call.Chat.Rooms.With(seat.Room, room => Publish(call, room, seat.Me, cmd, text, customId));
        }
    }

    public static void Update(Call call)
    {
        var message = call.Message;
        var mode = message.Has("mode") ? message.String("mode") : "overwrite";
        var text = message.String("text") is { } raw ? Text.Clean(raw) : null;
        if (mode == "overwrite" && text?.Length == 0)
        {
            text = "\0";
        }
        if (
            call.Seat is not { } seat
            || mode is not ("overwrite" or "append" or "prepend" or "complete")
            || message.String("customId") is not { Length: > 0 and <= Limits.MaxCustomId } customId
            || string.IsNullOrEmpty(text)
        )
        {
            call.Penalize(EmptyPenalty);
            call.RefuseOurs(Fault.BadPayload, call.Channel);
            return;
        }
        if (!call.Charge(Text.Cost(text), Fault.RateText, seat.Room.Channel))
        {
            return;
        }
        call.Chat.Rooms.With(
            seat.Room,
            room =>
            {
                if (!room.Editable.TryEdit(seat.Me.UserId, customId, mode == "complete", room.Now))
                {
                    call.Penalize(6);
                    return;
                }
                var notice = new Notice("updateMessage")
                    .Number("userid", seat.Me.UserId)
                    .String("channel", room.Channel)
                    .Number("level", seat.Me.Level)
                    .String("mode", mode)
                    .String("text", text)
                    .String("customId", customId);
                var mute = call.Chat.Bans.MuteOf(seat.Me.AddressKey);
                room.Broadcast(
                    Rank(notice, seat.Me),
                    Family.Stock | Family.HCChat,
                    where: m => mute is null || m.AddressKey == seat.Me.AddressKey || mute.Allies.Contains(m.Nick)
                );
            }
        );
    }

    // Under the room's gate: everybody sees messages in the same order, and the sender its answer before its message.
    private static void Publish(Call call, Room room, Member me, string cmd, string text, string? customId)
    {
        var mid = call.Mid ?? (call.IsApp ? Guid.NewGuid().ToString() : null);
        var body = string.Join('\0', cmd, text, Payload(call, "attachment"), Payload(call, "replyTo"));
        var at = room.Now;
        var verdict = mid is null
            ? SentMessages.Verdict.New
            : room.Sent.Admit(SenderKey(call, me), mid, body, room.Now, out at);
        if (verdict == SentMessages.Verdict.Conflict)
        {
            call.Refuse(Fault.Conflict, room.Channel);
            return;
        }
        Acknowledge(call, room, mid, at);
        if (verdict == SentMessages.Verdict.Repeated)
        {
            return;
        }
        var notice =
            cmd == "emote" ? EmoteNotice(call, me, room, text, mid) : ChatNotice(call, me, room, text, mid, customId);
        if (call.Chat.Bans.MuteOf(me.AddressKey) is { } mute)
        {
            call.Penalize(9);
            room.Broadcast(notice, where: m => m.AddressKey == me.AddressKey || mute.Allies.Contains(m.Nick));
            return;
        }
        if (customId is { Length: > 0 })
        {
            room.Editable.Add(me.UserId, customId, room.Now);
        }
        room.Broadcast(notice);
        call.Chat.Statistics.CountMessage();
        room.Broadcast(
            new Notice("typing_stopped", "typing_stopped").String("channel", room.Channel).String("nick", me.Nick),
            Family.App
        );
        if (call.IsApp && room.Members.Count > 1)
        {
            call.Reply(
                new Notice("message_delivered", "message_delivered")
                    .String("messageId", mid)
                    .Strings("deliveredTo", room.Members.Where(m => m != me).Select(m => m.Nick))
                    .Number("timestamp", room.Now.ToUnixTimeMilliseconds())
            );
        }
    }

    /// <summary>Tells the sender that its message was taken: <c>message_ack</c> to the app, <c>ack</c> to ours.</summary>
    public static void Acknowledge(Call call, Room room, string? mid, DateTimeOffset at)
    {
        if (call.IsApp)
        {
            call.Reply(
                new Notice("message_ack", "message_ack")
                    .String("messageId", mid)
                    .String("status", "received")
                    .Number("timestamp", at.ToUnixTimeMilliseconds())
            );
        }
        else if (call.IsOurs && mid is not null)
        {
            var ack = new Notice("ack").String("mid", mid).String("channel", room.Channel).String("id", mid);
            call.Session.Deliver(ack.Flag("durable", false).Encode(at), droppable: false);
        }
    }

    private static Notice ChatNotice(Call call, Member me, Room room, string text, string? mid, string? customId)
    {
        var notice = new Notice("chat", "message")
            .String("nick", me.Nick)
            .String("uType", Level.UserType(me.Level))
            .Number("userid", me.UserId)
            .String("channel", room.Channel)
            .String("text", text)
            .Number("level", me.Level)
            .StringOrFalse("flair", me.Flair)
            .String("customId", customId)
            .Json("customId", call.IsStock ? call.Message.Json("customId", JsonTokenType.Number) : default);
        Identify(notice, mid);
        Rank(notice, me).String("trip", me.Trip.Length > 0 ? me.Trip : null).String("color", me.Color);
        return call.IsApp || call.IsOurs
            ? notice
                .Json("attachment", call.Message.Json("attachment", JsonTokenType.StartObject))
                .Json("attachments", call.Message.Json("attachments", JsonTokenType.StartArray))
                .Json("replyTo", call.Message.Json("replyTo", JsonTokenType.StartObject))
            : notice;
    }

    private static Notice EmoteNotice(Call call, Member me, Room room, string text, string? mid)
    {
        var action = text.StartsWith('\'') || Text.IsEncrypted(text) ? text : " " + text;
        var notice = new Notice("emote", "message")
            .String("nick", me.Nick)
            .Number("userid", me.UserId)
            .String("text", Text.IsEncrypted(text) ? text : $"@{me.Nick}{action}")
            .String("channel", room.Channel)
            .String("trip", me.Trip.Length > 0 ? me.Trip : null);
        Identify(notice, mid);
        return notice;
    }

    private static void Identify(Notice notice, string? mid)
    {
        if (mid is null)
        {
            notice.Number("id", RandomNumberGenerator.GetInt32(1, 1_000_000));
        }
        else
        {
            notice.String("id", mid).String("mid", mid);
        }
    }

    private static Notice Rank(Notice notice, Member me) =>
        me.Level >= Level.Admin ? notice.Flag("admin", true)
        : me.IsModerator ? notice.Flag("mod", true)
        : notice;

    /// <summary>Who sends, the same after a reconnect. The app has no session to come back with, only its nick.</summary>
    public static string SenderKey(Call call, Member me) =>
        call.IsApp ? "app:" + me.Nick.ToUpperInvariant() : call.Session.SessionId;

    private static bool HasAttachment(Call call) =>
        !call.Message.Json("attachment", JsonTokenType.StartObject).IsEmpty
        || !call.Message.Json("attachments", JsonTokenType.StartArray).IsEmpty;

    private static string Payload(Call call, string name) =>
        System.Text.Encoding.UTF8.GetString(call.Message.Json(name, JsonTokenType.StartObject));
}
