using System.Security.Cryptography;
using System.Text.Json;
using HCChat.Protocol;
using HCChat.Server.Messages;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>Saying something to a room: <c>chat</c>, <c>emote</c>, <c>updateMessage</c>. What is said is passed on, never read.</summary>
internal static class Saying
{
    /// <summary>What a time to live must be, in a sentence.</summary>
    public const string TtlRule = "The time to live must be 5 to 31536000 seconds.";

    /// <summary>What is said.</summary>
    private sealed record Said(string Cmd, string Text, string? CustomId, long Ttl);

    /// <summary>hack.chat's silent charge for text that is none.</summary>
    private const double EmptyPenalty = 13;

    /// <summary>What comes beside the text, from the app above all.</summary>
    private static readonly (string Name, JsonTokenType Kind)[] s_payloads =
    [
        ("attachment", JsonTokenType.StartObject),
        ("attachments", JsonTokenType.StartArray),
        ("replyTo", JsonTokenType.StartObject),
    ];

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
        if (call.Seat is { } seat)
        {
            Say(call, seat, cmd, raw);
            return;
        }
        call.Penalize(1);
        call.RefuseOurs(Fault.NotInRoom);
    }

    /// <summary>Says <paramref name="raw"/> as somebody.</summary>
    public static void Say(Call call, Session.Seat seat, string cmd, string? raw)
    {
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
            call.RefuseMid(channel);
            return;
        }
        if (!TryTtl(call, out var ttl))
        {
            call.Refuse(Fault.BadPayload, channel, TtlRule);
            return;
        }
        if (call.Charge(Text.Cost(text), Fault.RateText, channel))
        {
            call.InRoom(seat, room => Publish(call, room, seat.Me, new Said(cmd, text, customId, ttl)));
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
            call.RefuseOurs(call.Seat is null ? Fault.NotInRoom : Fault.BadPayload, call.Channel);
            return;
        }
        if (!call.Charge(Text.Cost(text), Fault.RateText, seat.Room.Channel))
        {
            return;
        }
        call.InRoom(
            seat,
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
                Publishing.Publish(
                    call,
                    room,
                    seat.Me,
                    mid: null,
                    new Publishing.Deed(Rank(notice, seat.Me), Text.KindOf(text), Family.Stock | Family.HCChat, text)
                );
            }
        );
    }

    /// <summary>The frame's <c>ttl</c> in seconds, 0 when it has none.</summary>
    /// <returns>False when it is no time to live.</returns>
    public static bool TryTtl(Call call, out long ttl)
    {
        ttl = call.IsOurs && call.Message.Has("ttl") ? call.Message.Integer("ttl") ?? -1 : 0;
        return ttl is 0 or (>= HistoryPolicy.MinTtl and <= HistoryPolicy.MaxTtl);
    }

    // Under the room's gate: everybody sees messages in the same order, and the sender its answer before its message.
    private static void Publish(Call call, Room room, Member me, Said said)
    {
        var mid = call.Mid ?? (call.IsApp ? Guid.NewGuid().ToString() : null);
        var ttl = room.Log.Policy.TtlOf(said.Ttl);
        var kind = Text.KindOf(said.Text);
        Notice Frame(bool kept) =>
            said.Cmd == "emote"
                ? EmoteNotice(me, room, said.Text, mid, ttl)
                : ChatNotice(call, me, room, said, mid, ttl, kept);
        var begins = call.IsOurs && said.Cmd == "chat" && !call.Message.Json("call", JsonTokenType.True).IsEmpty;
        // A repetition has had its turn.
        if (mid is null || !room.Log.Known(mid).Any())
        {
            if (begins && Calling.Refusal(call.Chat, room, kind) is { } refusal)
            {
                call.Refuse(refusal, room.Channel);
                return;
            }
            if (room.Pace(me) is var wait && wait > TimeSpan.Zero)
            {
                call.Refuse(Fault.Slow, room.Channel, retryAfter: wait);
                return;
            }
        }
        if (said.CustomId is { Length: > 0 })
        {
            room.Editable.Add(me.UserId, said.CustomId, room.Now);
        }
        var chat = call.Chat;
        Publishing.Publish(
            call,
            room,
            me,
            mid,
            new Publishing.Deed(
                Frame(kept: false),
                kind,
                Family.All,
                string.Join('\0', [said.Cmd, said.Text, .. Payloads(call)])
            )
            {
                KeptFrame = kind == EventKind.Envelope && HasClearParts(call) ? Frame(kept: true) : null,
                Objects = said.Cmd == "chat" ? Attached.Of(call, me) : NamedObjects.None,
                Ttl = ttl,
                Then = happened =>
                {
                    chat.Statistics.CountMessage();
                    TellApps(room, me, mid);
                    if (begins)
                    {
                        Calling.Begin(chat, room, happened);
                    }
                },
            }
        );
    }

    // What the app expects around each message: the end of the typing, and who has it.
    private static void TellApps(Room room, Member me, string? mid)
    {
        room.Broadcast(
            new Notice("typing_stopped", "typing_stopped").String("channel", room.Channel).String("nick", me.Nick),
            Family.App
        );
        if (me.Family == Family.App && room.Members.Any(m => m != me && !m.IsAway))
        {
            var delivered = new Notice("message_delivered", "message_delivered")
                .String("messageId", mid)
                .Strings("deliveredTo", room.Members.Where(m => m != me && !m.IsAway).Select(m => m.Nick))
                .Number("timestamp", room.Now.ToUnixTimeMilliseconds());
            me.Send(delivered.Encode(room.Now), droppable: false);
        }
    }

    private static Notice ChatNotice(Call call, Member me, Room room, Said said, string? mid, long ttl, bool kept)
    {
        var notice = new Notice("chat", "message")
            .String("nick", me.Nick)
            .String("uType", Level.UserType(me.Level))
            .Number("userid", me.UserId)
            .String("channel", room.Channel)
            .String("text", said.Text)
            .Number("level", me.Level)
            .StringOrFalse("flair", me.Flair)
            .String("customId", said.CustomId)
            .Json("customId", call.IsStock ? call.Message.Json("customId", JsonTokenType.Number) : default);
        Identify(notice, mid);
        Rank(notice, me).String("trip", me.Trip.Length > 0 ? me.Trip : null).String("color", me.Color);
        notice.Number("ttl", ttl > 0 ? ttl : null);
        if (!call.IsApp && !call.IsOurs)
        {
            return notice;
        }
        foreach (var (name, kind) in s_payloads)
        {
            var json = call.Message.Json(name, kind);
            notice.Json(name, kept && !json.IsEmpty ? ClearParts.Without(json) : json);
        }
        return notice;
    }

    private static Notice EmoteNotice(Member me, Room room, string text, string? mid, long ttl)
    {
        var action = text.StartsWith('\'') || Text.IsEncrypted(text) ? text : " " + text;
        var notice = new Notice("emote", "message")
            .String("nick", me.Nick)
            .Number("userid", me.UserId)
            .String("text", Text.IsEncrypted(text) ? text : $"@{me.Nick}{action}")
            .String("channel", room.Channel)
            .String("trip", me.Trip.Length > 0 ? me.Trip : null);
        Identify(notice, mid);
        return notice.Number("ttl", ttl > 0 ? ttl : null);
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

    private static bool HasAttachment(Call call) =>
        !call.Message.Json("attachment", JsonTokenType.StartObject).IsEmpty
        || !call.Message.Json("attachments", JsonTokenType.StartArray).IsEmpty;

    private static bool HasClearParts(Call call) => s_payloads.Any(p => !call.Message.Json(p.Name, p.Kind).IsEmpty);

    private static IEnumerable<string> Payloads(Call call)
    {
        foreach (var (name, kind) in s_payloads)
        {
            yield return System.Text.Encoding.UTF8.GetString(call.Message.Json(name, kind));
        }
    }
}
