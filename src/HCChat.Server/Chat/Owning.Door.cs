using HCChat.Protocol;
using HCChat.Server.Database;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>Who comes in, how fast it goes, and what the sign says: <c>setroom</c>, <c>setmotd</c>.</summary>
internal static partial class Owning
{
    private const int MinPassword = 1;
    private const int MaxPassword = 200;

    /// <summary><c>setroom</c>: the door, the pace, the sign above it.</summary>
    public static async Task SetRoomAsync(Call call)
    {
        if (!Moderation.Allowed(call, Level.ChannelModerator, out var seat) || !Charge(call, seat))
        {
            return;
        }
        var (message, channel) = (call.Message, seat.Room.Channel);
        var access = RoomRules.ParseAccess(message.String("access"));
        var slow = message.Integer("slow");
        var (password, motd) = (message.String("password"), message.String("motd"));
        var (knock, listed) = (Flag(call, "knock"), Flag(call, "listed"));
        var raid = message.String("raid");
        var wrong =
            (message.Has("access") && access is null)
            || (message.Has("slow") && slow is not (>= 0 and <= Limits.MaxSlow))
            || (message.Has("password") && password is not { Length: <= MaxPassword })
            || (message.Has("motd") && motd is not { Length: < Limits.MaxMotd })
            || (message.Has("knock") && knock is null)
            || (message.Has("listed") && listed is null)
            || (message.Has("raid") && raid is not ("auto" or "on"));
        if (wrong)
        {
            call.Refuse(
                Fault.BadPayload,
                channel,
                $"access: open, invite or locked; slow: 0 to {Limits.MaxSlow} seconds; password: up to {MaxPassword} characters; "
                    + $"motd: less than {Limits.MaxMotd}; knock, listed: true or false; raid: auto or on."
            );
            return;
        }
        // Who keeps order sets the pace and the sign; whose it is decides about the door.
        if (seat.Me.Level < Level.ChannelOwner && (password is not null || listed is not null))
        {
            call.Refuse(Fault.Forbidden, channel, "Only owners may do that.");
            return;
        }
        var hash =
            password is null ? null
            : password.Length < MinPassword ? ""
            : await call.Chat.Passwords.HashAsync(password);
        Change(
            call,
            seat,
            room => room.Rules.IsOwned || seat.Me.ServerLevel >= Level.Moderator ? null : Fault.NotFound,
            rules =>
                rules with
                {
                    Access = access ?? rules.Access,
                    Knock = knock ?? rules.Knock,
                    Slow = slow ?? rules.Slow,
                    Password = hash ?? rules.Password,
                    Motd =
                        motd is null ? rules.Motd
                        : motd.Length == 0 ? null
                        : motd,
                    Listed = listed ?? rules.Listed,
                    Raid = raid is null ? rules.Raid : raid == "on",
                },
            new RuleStore.Step(
                """
                UPDATE rules SET access = coalesce(@2, access), knock = coalesce(@3, knock), slow = coalesce(@4, slow),
                  password = coalesce(@5, password), motd = CASE WHEN @7 = 1 THEN @6 ELSE motd END, listed = coalesce(@8, listed), raid = coalesce(@9, raid)
                WHERE channel = @1
                """,
                access is { } a ? RoomRules.Name(a) : null,
                Number(knock),
                slow,
                hash,
                motd is { Length: > 0 } ? StoredText.Of(motd) : null,
                motd is null ? 0L : 1L,
                Number(listed),
                Number(raid is null ? null : raid == "on")
            )
        );
    }

    /// <summary>The members of a frame's <c>room</c>: what belongs to it.</summary>
    public static void Describe(Notice json, Room room)
    {
        var rules = room.Rules;
        json.Flag("owned", rules.IsOwned)
            .String("access", RoomRules.Name(rules.Access))
            .Flag("knock", rules.Knock)
            .Number("slow", rules.Slow)
            .Flag("password", rules.Password.Length > 0)
            .Flag("listed", rules.Listed)
            .String("raid", rules.Raid ? "on" : "auto")
            .Flag("raided", room.IsRaided)
            .String("motd", rules.Motd);
    }

    public static void SetMotd(Call call) => SetMotd(call, call.Message.String("motd"));

    /// <summary>Sets the room's message of the day and shows it to everybody in it.</summary>
    public static void SetMotd(Call call, string? motd)
    {
        if (
            !Moderation.Allowed(call, Level.ChannelModerator, out var seat)
            || !call.Charge(6, Fault.RateCommand, seat.Room.Channel)
        )
        {
            return;
        }
        if (motd is null || motd.Length >= Limits.MaxMotd)
        {
            call.Refuse(Fault.MotdTooLong, seat.Room.Channel);
            return;
        }
        var by = $"MOTD changed by [{seat.Me.Trip}]{seat.Me.Nick}, new motd:";
        void Show(Room room)
        {
            room.Motd = room.Rules.IsOwned ? null : motd;
            room.Broadcast(Notices.Info(1111, by, room.Channel));
            room.Broadcast(Notices.Info(1304, motd, room.Channel));
        }
        call.InRoom(
            seat,
            room =>
            {
                if (!room.Rules.IsOwned)
                {
                    Show(room);
                    return;
                }
                // What belongs to somebody keeps it.
                var kept = motd.Length > 0 ? motd : null;
                Change(
                    call,
                    seat,
                    _ => null,
                    rules => rules with { Motd = kept },
                    () => [new RuleStore.Step("UPDATE rules SET motd = @2 WHERE channel = @1", StoredText.Of(kept))],
                    Show
                );
            }
        );
    }

    private static bool? Flag(Call call, string name) =>
        !call.Message.Json(name, System.Text.Json.JsonTokenType.True).IsEmpty ? true
        : !call.Message.Json(name, System.Text.Json.JsonTokenType.False).IsEmpty ? false
        : null;

    private static long? Number(bool? flag) =>
        flag switch
        {
            null => null,
            true => 1,
            false => 0,
        };
}
