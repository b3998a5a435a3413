using HCChat.Protocol;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>What the operator does from inside the chat, as in hack.chat: moderators, a list of who is where, a word to everybody.</summary>
internal static class Administration
{
    private const double ForbiddenPenalty = 20;

    public static void AddModerator(Call call) => SetModerator(call, true);

    public static void RemoveModerator(Call call) => SetModerator(call, false);

    public static void ListUsers(Call call)
    {
        if (!Allowed(call, out var seat))
        {
            return;
        }
        var lines = call
            .Chat.Rooms.All.Select(room => (room.Channel, Nicks: Nicks(room)))
            .Where(r => r.Nicks.Count > 0)
            .OrderBy(r => r.Channel, StringComparer.Ordinal)
            .Select(r => $"?{r.Channel} {string.Join(", ", r.Nicks)}");
        call.Inform(1105, string.Join("\n", lines), seat.Room.Channel);
    }

    public static void Shout(Call call)
    {
        if (
            !Allowed(call, out var seat)
            || call.Message.String("text") is not { } text
            || !Moderation.Note(call, seat, "shout", "")
        )
        {
            return;
        }
        var frame = Notices.Info(1111, $"Server Notice: {text}", null).Encode(call.Now);
        foreach (var session in call.Chat.Sessions)
        {
            session.Deliver(frame, droppable: false);
        }
    }

    private static void SetModerator(Call call, bool moderator)
    {
        if (
            !Allowed(call, out var seat)
            || call.Message.String("trip") is not { Length: 6 } trip
            || !Moderation.Note(call, seat, moderator ? "addmod" : "removemod", trip)
        )
        {
            return;
        }
        call.Chat.Trips.SetModerator(trip, moderator);
        var level = moderator ? Level.Moderator : Level.Default;
        foreach (var room in call.Chat.Rooms.All)
        {
            call.Chat.Rooms.With(room, r => Promote(r, trip, level));
        }
        foreach (var session in call.Chat.Sessions)
        {
            session.Guard.Immune = session.Seats.Any(s => s.Me.IsModerator);
        }
        var (replyId, tellId, verb) = moderator ? (1102, 1103, "Added") : (1108, 1109, "Removed");
        var text = $"{verb} mod trip: {trip}, until the next start; the setting Moderation:ModTrips makes it permanent";
        call.Inform(replyId, text, seat.Room.Channel);
        call.Chat.TellModerators(Notices.Info(tellId, $"{verb} mod: {trip}", null));
    }

    private static void Promote(Room room, string trip, long level)
    {
        var moderator = level >= Level.Moderator;
        foreach (var them in room.Members.Where(m => m.TripCode == trip && m.Level < Level.Admin))
        {
            them.Level = level;
            (them.Color, them.Flair) = Level.Appearance(level);
            var told = moderator
                ? Notices.Info(1101, "You are now a mod.", room.Channel)
                : Notices.Info(1107, "You are now a user.", room.Channel);
            them.Send(told.Encode(room.Now), droppable: false);
            room.Broadcast(Notices.UpdateUser(them, room.Channel), Family.Stock | Family.HCChat);
        }
    }

    private static bool Allowed(Call call, out Session.Seat seat)
    {
        seat = call.Seat!;
        if (seat is not null && seat.Me.Level >= Level.Admin)
        {
            return true;
        }
        call.Penalize(ForbiddenPenalty);
        call.RefuseOurs(seat is null ? Fault.NotInRoom : Fault.Forbidden);
        return false;
    }

    private static List<string> Nicks(Room room)
    {
        lock (room.Gate)
        {
            return [.. room.Members.Select(m => m.Nick)];
        }
    }
}
