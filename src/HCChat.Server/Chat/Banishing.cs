using System.Buffers.Text;
using System.Security.Cryptography;
using HCChat.Protocol;
using HCChat.Server.Database;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>Shutting somebody out of one room, or silencing them there, for a time: <c>ban</c> and <c>mute</c> of those who keep order in it, <c>bans</c>, <c>pardon</c>.</summary>
internal static class Banishing
{
    private const int IdSize = 6;
    private const long DefaultSeconds = 24 * 60 * 60;

    /// <summary>Bans or mutes a member, or bans somebody who knocks, by all that can be told of them: key, trip, session, address.</summary>
    public static void Ban(Call call, Session.Seat seat, bool muted)
    {
        var (message, channel) = (call.Message, seat.Room.Channel);
        if (!call.Charge(2, Fault.RateCommand, channel))
        {
            return;
        }
        var seconds = message.Has("seconds") ? message.Integer("seconds") : DefaultSeconds;
        if (seconds is not (>= 1 and <= Limits.MaxRuleSeconds))
        {
            call.Refuse(Fault.BadPayload, channel, $"seconds: 1 to {Limits.MaxRuleSeconds}.");
            return;
        }
        Member? them = null;
        RoomBan? ban = null;
        Owning.Change(
            call,
            seat,
            room =>
            {
                var (nick, id) = (message.String("nick"), message.Integer("userid"));
                them =
                    id is { } userId ? room.ByUserId(userId) ?? (muted ? null : room.Knocker(userId))
                    : nick is not null ? room.ByNick(nick)
                    : null;
                if (them is null)
                {
                    return Fault.UnknownUser;
                }
                ban = Of(them, muted, room.Now, seconds.Value);
                return them.Level >= seat.Me.Level ? Fault.Forbidden
                    : room.Rules.Bans.Count >= Limits.MaxRoomBans ? Fault.TooMany
                    : null;
            },
            rules => rules with { Bans = rules.Bans.Add(ban!) },
            () =>
                [
                    new RuleStore.Step(
                        "INSERT INTO bans (channel, id, subjects, nick, muted, expires) VALUES (@1, @2, @3, @4, @5, @6)",
                        ban!.Id,
                        string.Join(' ', ban.Subjects),
                        StoredText.Of(ban.Nick),
                        muted ? 1L : 0L,
                        ban.Expires
                    ),
                ],
            room =>
            {
                room.Broadcast(Told(room, ban!, seat.Me.Nick), Family.HCChat, where: m => m.IsChannelModerator);
                if (room.TryAnswerKnock(them!.UserId, out _))
                {
                    Knocking.TellAnswered(room, them.UserId, seat.Me.Nick, denied: true);
                }
                if (!muted)
                {
                    PutOut(call, room, ban!);
                }
            }
        );
    }

    /// <summary>A ban by all that can be told of somebody.</summary>
    public static RoomBan Of(Member them, bool muted, DateTimeOffset now, long seconds) =>
        new(
            Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(IdSize)),
            [.. them.Subjects],
            them.Nick,
            muted,
            now.ToUnixTimeMilliseconds() + seconds * 1000
        );

    public static void List(Call call)
    {
        if (
            !Moderation.Allowed(call, Level.ChannelModerator, out var seat)
            || !call.Charge(2, Fault.RateCommand, seat.Room.Channel)
        )
        {
            return;
        }
        call.InRoom(
            seat,
            room =>
            {
                var now = room.Now.ToUnixTimeMilliseconds();
                call.Reply(
                    new Notice("bans")
                        .String("channel", room.Channel)
                        .Objects("bans", room.Rules.Bans.Where(b => b.Expires > now), (json, b) => Describe(json, b))
                );
            }
        );
    }

    public static void Pardon(Call call)
    {
        if (
            !Moderation.Allowed(call, Level.ChannelModerator, out var seat)
            || !call.Charge(2, Fault.RateCommand, seat.Room.Channel)
        )
        {
            return;
        }
        var id = call.Message.String("id");
        Owning.Change(
            call,
            seat,
            room => room.Rules.Bans.Exists(b => b.Id == id) ? null : Fault.NotFound,
            rules => rules with { Bans = rules.Bans.RemoveAll(b => b.Id == id) },
            () => [new RuleStore.Step("DELETE FROM bans WHERE channel = @1 AND id = @2", id)],
            room =>
                room.Broadcast(
                    new Notice("pardoned").String("channel", room.Channel).String("id", id),
                    Family.HCChat,
                    where: m => m.IsChannelModerator
                )
        );
    }

    // Everybody whom the ban is about, also those who sit here a second time.
    private static void PutOut(Call call, Room room, RoomBan ban)
    {
        foreach (var member in room.Members.Where(m => m.Subjects.Any(s => ban.Subjects.Contains(s))).ToList())
        {
            if (member.Level < Level.ChannelModerator)
            {
                Kicking.PutOut(call.Chat, room, member, "You were banned from this channel.", banned: true);
            }
        }
    }

    private static Notice Told(Room room, RoomBan ban, string by) =>
        Describe(new Notice("banned").String("channel", room.Channel).String("by", by), ban);

    private static Notice Describe(Notice json, RoomBan ban) =>
        json.String("id", ban.Id)
            .String("nick", ban.Nick)
            .Flag("muted", ban.Muted)
            .Number("expires", ban.Expires)
            .Strings(
                "identities",
                ban.Subjects.Where(s =>
                    s.StartsWith("key:", StringComparison.Ordinal) || s.StartsWith("trip:", StringComparison.Ordinal)
                )
            );
}
