using System.Globalization;
using System.Text;
using System.Text.Json;
using HCChat.Protocol;
using HCChat.Server.Messages;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>
/// Saying something to one person: <c>whisper</c> and the app's <c>dm</c> (the same thing). What comes for one of ours goes through its inbox,
/// a list of its own, so that nothing is lost on the way and an envelope waits for whoever is away.
/// </summary>
internal static class Whispering
{
    /// <summary>Longer ones nobody has.</summary>
    private const int MaxTrip = 16;

    /// <summary>A whisper on its way.</summary>
    /// <param name="Text">What is said.</param>
    /// <param name="Mid">The sender's id for it, or null.</param>
    /// <param name="Attachment">What the app put beside the text, JSON.</param>
    /// <param name="Ttl">Seconds after which it disappears; 0 for never.</param>
    /// <param name="Objects">The objects that it names.</param>
    private sealed record Whispered(string Text, string? Mid, byte[] Attachment, long Ttl, NamedObjects Objects);

    public static Task WhisperAsync(Call call)
    {
        if (call.Seat is { } seat)
        {
            return SendAsync(call, seat, call.Message.String("text"), call.Message.String("nick"));
        }
        call.Penalize(1);
        call.RefuseOurs(Fault.NotInRoom);
        return Task.CompletedTask;
    }

    public static Task DirectMessageAsync(Call call)
    {
        var nick = call.Message.String("to");
        var seat = call.Seat ?? call.Session.Seats.FirstOrDefault(s => nick is not null && Has(s.Room, nick));
        return seat is not null && nick is not null
            ? SendAsync(call, seat, call.Message.String("text"), nick)
            : Task.CompletedTask;
    }

    /// <summary>Whispers; slash commands come here too.</summary>
    public static async Task SendAsync(Call call, Session.Seat seat, string? raw, string? nick)
    {
        var channel = seat.Room.Channel;
        var text = raw is null ? "" : Text.Clean(raw);
        var attachment = call.Message.Json("attachment", JsonTokenType.StartObject).ToArray();
        if (text.Length == 0 && attachment.Length == 0)
        {
            call.Penalize(13);
            call.RefuseOurs(Fault.Empty, channel);
            return;
        }
        if (!Saying.TryTtl(call, out var ttl))
        {
            call.Refuse(Fault.BadPayload, channel, Saying.TtlRule);
            return;
        }
        if (!call.Charge(Text.Cost(text), Fault.RateText, channel))
        {
            return;
        }
        var whispered = new Whispered(
            text,
            call.Mid ?? (call.IsApp ? Guid.NewGuid().ToString() : null),
            attachment,
            ttl,
            Attached.Of(call, seat.Me)
        );
        var address = AddressOf(call, seat.Room, nick, text);
        if (address is null)
        {
            call.Refuse(Fault.UnknownUser, channel);
        }
        else if (address.Owner is { } owner)
        {
            if (await call.Chat.Messages.OpenInboxAsync(seat.Room.Log, owner) is not { } inbox)
            {
                call.Refuse(Fault.Unavailable, channel);
                return;
            }
            call.InRoom(seat, room => Deposit(call, room, seat.Me, inbox, address, whispered));
        }
        else
        {
            call.InRoom(seat, room => Hand(call, room, seat.Me, address.UserId, whispered));
        }
    }

    /// <summary>The member that a whisper names by userid.</summary>
    public static Member? FindByUserId(Call call)
    {
        if (call.Seat is not { } seat || call.Message.Integer("userid") is not { } id)
        {
            return null;
        }
        lock (seat.Room.Gate)
        {
            return seat.Room.ByUserId(id);
        }
    }

    /// <summary>Whose inbox is a member's: that of its trip code under its nick, or of its session.</summary>
    public static string OwnerOf(Member member) =>
        member.TripCode.Length > 0 ? ByTrip(member.Nick, member.Trip) : "session:" + member.SessionId;

    private static string ByTrip(string nick, string trip) => $"trip:{trip}:{nick.ToUpperInvariant()}";

    /// <summary>Whom a whisper is for.</summary>
    /// <param name="Owner">Whose inbox, or null for somebody who has none.</param>
    /// <param name="UserId">The number, as far as it is known.</param>
    private sealed record Address(string? Owner, long UserId);

    private static Address? AddressOf(Call call, Room room, string? nick, string text)
    {
        var id = call.Message.Integer("userid");
        lock (room.Gate)
        {
            var target = id is { } named ? room.ByUserId(named) : Named(call, room, nick);
            if (target is not null)
            {
                return new Address(target.Family == Family.HCChat ? OwnerOf(target) : null, target.UserId);
            }
            // Away. Only what nobody can read waits, and only for somebody who can be told from others.
            if (!call.IsOurs || !Text.IsEncrypted(text) || !room.Log.Policy.Keeps(EventKind.Envelope))
            {
                return null;
            }
            return id is { } gone && room.Departed.Find(gone) is { } owner ? new Address(owner, gone)
                : nick is not null
                && Names.IsNick(nick)
                && call.Message.String("trip") is { Length: > 0 and <= MaxTrip } trip
                    ? new Address(ByTrip(nick, trip), 0)
                : null;
        }
    }

    // Into the inbox of one of ours. Under the room's gate, which is the inbox's too.
    private static void Deposit(Call call, Room room, Member me, RoomLog inbox, Address to, Whispered what)
    {
        var answer = new Answer(call.Session, call.Family, what.Mid, room.Channel);
        var echo = Echo(room, me, Nick(room, to), to.UserId, what);
        var muted = call.Chat.HearersOf(room, me) is not null;
        if (muted)
        {
            answer.Acknowledge(new Place(inbox.Epoch, inbox.Head, room.Now.ToUnixTimeMilliseconds(), false));
            call.Reply(echo);
            return;
        }
        var ttl = room.Log.Policy.TtlOf(what.Ttl);
        inbox.Found ??= happened => Arrive(room, from: null, inbox.Owner, happened);
        var (session, app) = (call.Session, call.IsApp);
        session.Begin();
        inbox.Append(
            new Draft
            {
                Frame = WhisperNotice(Family.HCChat, room, me, to.UserId, what).Number("ttl", ttl > 0 ? ttl : null),
                Ttl = ttl,
                Objects = what.Objects,
                Kind = Text.KindOf(what.Text),
                Of = Publishing.IdentityOf(call, me) with { Mid = what.Mid, Body = Body(call, to.UserId, what) },
                Done = outcome =>
                {
                    try
                    {
                        answer.Give(outcome, room.Now);
                        if (outcome.Event is { } happened)
                        {
                            Arrive(room, me, inbox.Owner, happened);
                            session.Send(echo, room.Now);
                        }
                        if (app && outcome.Event is not null)
                        {
                            session.Send(Delivered(what, Nick(room, to), room), room.Now);
                        }
                    }
                    finally
                    {
                        session.Settle();
                    }
                },
            }
        );
    }

    private static void Arrive(Room room, Member? from, string owner, LogEvent happened)
    {
        foreach (var target in room.Members.Where(m => OwnerOf(m) == owner))
        {
            target.Send(happened.Frame, false);
            target.WhisperedBy = from?.Nick ?? target.WhisperedBy;
        }
    }

    // To somebody who has no inbox. Under the room's gate.
    private static void Hand(Call call, Room room, Member me, long userId, Whispered what)
    {
        if (room.ByUserId(userId) is not { } target)
        {
            call.Refuse(Fault.UnknownUser, room.Channel);
            return;
        }
        var answer = new Answer(call.Session, call.Family, what.Mid, room.Channel);
        var now = room.Now.ToUnixTimeMilliseconds();
        var of = Publishing.IdentityOf(call, me) with { Mid = what.Mid, Body = Body(call, userId, what) };
        foreach (
            var known in what.Mid is null ? [] : room.Whispers.Find(what.Mid, now).Where(k => k.Of.Sender == of.Sender)
        )
        {
            if (known.Of.Body == of.Body)
            {
                answer.Acknowledge(known.Place);
            }
            else
            {
                call.Refuse(Fault.Conflict, room.Channel);
            }
            return;
        }
        var place = new Place(room.Log.Epoch, room.Log.Head, now, false);
        room.Whispers.Add(of, place);
        answer.Acknowledge(place);
        if (call.Chat.HearersOf(room, me) is null)
        {
            target.Send(Received(room, me, target, what).Encode(room.Now), droppable: false);
        }
        target.WhisperedBy = me.Nick;
        call.Reply(Echo(room, me, target.Nick, target.UserId, what));
        if (call.IsApp)
        {
            call.Reply(Delivered(what, target.Nick, room));
        }
    }

    private static string Body(Call call, long userId, Whispered what) =>
        call.Chat.SessionTokens.Name(
            string.Join(
                '\0',
                "whisper",
                userId.ToString(CultureInfo.InvariantCulture),
                what.Text,
                Encoding.UTF8.GetString(what.Attachment)
            )
        );

    private static string Nick(Room room, Address to) => room.ByUserId(to.UserId)?.Nick ?? "?";

    private static Notice Delivered(Whispered what, string nick, Room room) =>
        new Notice("message_delivered", "message_delivered")
            .String("messageId", what.Mid)
            .Strings("deliveredTo", [nick])
            .Number("timestamp", room.Now.ToUnixTimeMilliseconds());

    private static Notice Received(Room room, Member me, Member target, Whispered what) =>
        target.Family switch
        {
            Family.Legacy => new Notice("info", "whisper")
                .String("channel", room.Channel)
                .String("from", me.Nick)
                .Number("to", target.UserId)
                .String("text", $"{me.Nick} whispered: {what.Text}")
                .String("trip", me.Trip.Length > 0 ? me.Trip : "null"),
            Family.App => DirectNotice(room, me, target.Nick, what),
            _ => WhisperNotice(target.Family, room, me, target.UserId, what),
        };

    private static Notice Echo(Room room, Member me, string nick, long userId, Whispered what) =>
        me.Family switch
        {
            Family.Legacy => new Notice("info", "whisper")
                .String("channel", room.Channel)
                .Number("from", me.UserId)
                .Number("to", userId)
                .String("text", $"You whispered to @{nick}: {what.Text}"),
            Family.App => DirectNotice(room, me, nick, what),
            _ => WhisperNotice(me.Family, room, me, userId, what),
        };

    private static Notice DirectNotice(Room room, Member me, string nick, Whispered what) =>
        new Notice("dm", "dm")
            .String("id", what.Mid ?? Guid.NewGuid().ToString())
            .String("from", me.Nick)
            .String("to", nick)
            .String("channel", room.Channel)
            .String("text", what.Text)
            .Json("attachment", what.Attachment);

    // hack.chat's clients find the sender by its number; one of ours may read it when the sender has long gone.
    private static Notice WhisperNotice(Family reader, Room room, Member me, long userId, Whispered what) =>
        new Notice("whisper")
            .String("channel", room.Channel)
            .Number("from", me.UserId)
            .Number("to", userId)
            .String("text", what.Text)
            .String("nick", reader == Family.HCChat ? me.Nick : null)
            .String("trip", reader == Family.HCChat && me.Trip.Length > 0 ? me.Trip : null)
            .String("mid", what.Mid);

    // hack.chat compares exactly; the app's nicks are typed by people.
    private static Member? Named(Call call, Room room, string? nick) =>
        nick is null ? null
        : call.IsApp ? room.ByNickFolded(nick)
        : room.ByNick(nick);

    private static bool Has(Room room, string nick)
    {
        lock (room.Gate)
        {
            return room.ByNickFolded(nick) is not null;
        }
    }
}
