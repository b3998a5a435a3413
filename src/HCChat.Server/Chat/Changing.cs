using HCChat.Protocol;
using HCChat.Server.Messages;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>
/// Changing what was said, and saying what is no message: <c>edit</c>, <c>delete</c>, <c>note</c>. A message is changed by whoever wrote it, as far as the
/// server can tell (session or trip), and, when others have used its id after it, by whoever wrote the first; what an envelope says about it is for the clients to judge.
/// </summary>
internal static class Changing
{
    private const int MaxTarget = 64;

    public static async Task EditAsync(Call call)
    {
        if (Seated(call) is not { } seat || Target(call, seat) is not { } target)
        {
            return;
        }
        var text = call.Message.String("text") is { } raw ? Text.Clean(raw) : "";
        if (text.Length == 0)
        {
            call.Refuse(Fault.Empty, seat.Room.Channel);
            return;
        }
        if (!call.Charge(Text.Cost(text), Fault.RateText, seat.Room.Channel))
        {
            return;
        }
        if (await AuthorsAsync(call, seat, target) is not { } authors)
        {
            return;
        }
        if (!Publishing.IdentityOf(call, seat.Me).IsAuthorOf(authors[0]))
        {
            call.Refuse(Fault.Forbidden, seat.Room.Channel, "Only its author may change a message.");
            return;
        }
        Publish(
            call,
            seat,
            me => About("edit", seat.Room, me).String("target", target).String("text", text).String("mid", call.Mid),
            Text.KindOf(text),
            text,
            target
        );
    }

    public static async Task DeleteAsync(Call call)
    {
        if (Seated(call) is not { } seat || Target(call, seat) is not { } target)
        {
            return;
        }
        var text = call.Message.String("text") ?? "";
        if (!call.Charge(Text.Cost(text), Fault.RateText, seat.Room.Channel))
        {
            return;
        }
        if (await AuthorsAsync(call, seat, target) is not { } authors)
        {
            return;
        }
        var own = Publishing.IdentityOf(call, seat.Me).IsAuthorOf(authors[0]);
        if (!own && !seat.Me.IsChannelModerator)
        {
            call.Refuse(Fault.Forbidden, seat.Room.Channel, "Only its author or a moderator may remove a message.");
            return;
        }
        Publish(
            call,
            seat,
            me =>
                About("delete", seat.Room, me)
                    .String("target", target)
                    .String("text", text.Length > 0 ? text : null)
                    .String("mid", call.Mid)
                    .Flag("moderator", !own),
            text.Length == 0 || Text.IsEncrypted(text) ? EventKind.Bare : EventKind.Clear,
            text,
            target,
            erases: authors[0]
        );
    }

    public static void Note(Call call)
    {
        if (Seated(call) is not { } seat)
        {
            return;
        }
        if (call.Message.String("text") is not { } text || !Text.IsEncrypted(text))
        {
            call.Refuse(Fault.BadPayload, seat.Room.Channel, "A note must be an envelope.");
            return;
        }
        if (call.Charge(Text.Cost(text), Fault.RateText, seat.Room.Channel))
        {
            Publish(
                call,
                seat,
                me => About("note", seat.Room, me).String("text", text).String("mid", call.Mid),
                EventKind.Envelope,
                text,
                target: null
            );
        }
    }

    private static void Publish(
        Call call,
        Session.Seat seat,
        Func<Member, Notice> frame,
        EventKind kind,
        string text,
        string? target,
        Identity? erases = null
    ) =>
        call.InRoom(
            seat,
            room =>
            {
                var notice = frame(seat.Me);
                var deed = new Publishing.Deed(notice, kind, Family.HCChat, string.Join('\0', target, text))
                {
                    Target = target,
                    Erases = erases,
                };
                Publishing.Publish(call, room, seat.Me, call.Mid, deed);
            }
        );

    private static Notice About(string cmd, Room room, Member me) =>
        new Notice(cmd)
            .String("channel", room.Channel)
            .String("nick", me.Nick)
            .Number("userid", me.UserId)
            .String("trip", me.Trip.Length > 0 ? me.Trip : null);

    private static Session.Seat? Seated(Call call)
    {
        if (call.Seat is not { } seat)
        {
            call.Refuse(Fault.NotInRoom);
            return null;
        }
        if (call.Mid is null && call.Message.Has("mid"))
        {
            call.RefuseMid(seat.Room.Channel);
            return null;
        }
        return seat;
    }

    private static string? Target(Call call, Session.Seat seat)
    {
        if (call.Message.String("target") is { Length: > 0 and <= MaxTarget } target)
        {
            return target;
        }
        call.Refuse(Fault.BadPayload, seat.Room.Channel, "The target must be the id of a message.");
        return null;
    }

    private static async Task<IReadOnlyList<Identity>?> AuthorsAsync(Call call, Session.Seat seat, string target)
    {
        var authors = await call.Chat.Messages.AuthorsAsync(seat.Room.Log, target);
        if (authors is null || authors.Count == 0)
        {
            call.Refuse(authors is null ? Fault.Unavailable : Fault.NotFound, seat.Room.Channel);
            return null;
        }
        return authors;
    }
}
