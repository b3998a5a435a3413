using System.Text.RegularExpressions;
using HCChat.Protocol;
using HCChat.Server.Database;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>Rooms that belong to somebody: <c>claim</c>, <c>unclaim</c>, <c>setrole</c>, <c>roles</c>, <c>setroom</c>.</summary>
internal static partial class Owning
{
    private const int MinPassword = 1;
    private const int MaxPassword = 200;

    /// <summary>The statement that gives a role.</summary>
    public static RuleStore.Step SetRole(string identity, Role role) =>
        role == Role.None
            ? new RuleStore.Step("DELETE FROM roles WHERE channel = @1 AND identity = @2", identity)
            : new RuleStore.Step(
                """
                INSERT INTO roles (channel, identity, role) VALUES (@1, @2, @3)
                ON CONFLICT (channel, identity) DO UPDATE SET role = excluded.role
                """,
                identity,
                RoomRules.Name(role)
            );

    public static async Task ClaimAsync(Call call)
    {
        if (call.Seat is not { } seat)
        {
            call.RefuseOurs(Fault.NotInRoom);
            return;
        }
        var channel = seat.Room.Channel;
        if (!call.Charge(4, Fault.RateCommand, channel))
        {
            return;
        }
        if (seat.Me.Identities.FirstOrDefault() is not { } identity)
        {
            call.Refuse(Fault.NoIdentity, channel);
            return;
        }
        switch (await call.Chat.Rooms.Rules.CountOwnedAsync(identity))
        {
            case null:
                call.Refuse(Fault.Unavailable, channel);
                return;
            case >= Limits.MaxOwnedRooms:
                call.Refuse(Fault.TooMany, channel, $"One identity may own {Limits.MaxOwnedRooms} channels.");
                return;
        }
        Change(
            call,
            seat,
            room =>
                room.Rules.IsOwned ? Fault.Claimed
                : room.OpenedBy != call.Session.SessionId && seat.Me.ServerLevel < Level.Admin ? Fault.NotNew
                : null,
            rules => rules with { Roles = rules.Roles.SetItem(identity, Role.Owner) },
            SetRole(identity, Role.Owner)
        );
    }

    /// <summary>Gives a room back: it belongs to nobody, and what was set is gone.</summary>
    public static void Unclaim(Call call)
    {
        if (Moderation.Allowed(call, Level.ChannelOwner, out var seat) && Charge(call, seat))
        {
            Change(
                call,
                seat,
                room => room.Rules.IsOwned ? null : Fault.NotFound,
                _ => RoomRules.None,
                new RuleStore.Step("DELETE FROM rules WHERE channel = @1"),
                new RuleStore.Step("DELETE FROM roles WHERE channel = @1"),
                new RuleStore.Step("DELETE FROM bans WHERE channel = @1"),
                new RuleStore.Step("DELETE FROM invites WHERE channel = @1")
            );
        }
    }

    public static void SetRole(Call call)
    {
        if (!Moderation.Allowed(call, Level.ChannelModerator, out var seat) || !Charge(call, seat))
        {
            return;
        }
        var channel = seat.Room.Channel;
        if (RoomRules.ParseRole(call.Message.String("role")) is not { } role)
        {
            call.Refuse(Fault.BadPayload, channel, "role is owner, moderator, member or none.");
            return;
        }
        string? identity = null;
        Change(
            call,
            seat,
            room =>
            {
                var rules = room.Rules;
                identity = Whom(call, room);
                var had = identity is null ? Role.None : rules.Roles.GetValueOrDefault(identity);
                return identity is null ? (call.Message.Has("identity") ? Fault.BadPayload : Fault.NoIdentity)
                    : !rules.IsOwned && seat.Me.ServerLevel < Level.Moderator ? Fault.NotFound
                    : seat.Me.Level < Level.ChannelOwner && (role >= Role.Moderator || had >= Role.Moderator)
                        ? Fault.Forbidden
                    : had == Role.Owner && role != Role.Owner && rules.Roles.Count(r => r.Value == Role.Owner) == 1
                        ? Fault.LastOwner
                    : had == Role.None && rules.Roles.Count >= Limits.MaxRoles ? Fault.TooMany
                    : null;
            },
            rules =>
                rules with
                {
                    Roles = role == Role.None ? rules.Roles.Remove(identity!) : rules.Roles.SetItem(identity!, role),
                },
            () => [SetRole(identity!, role)]
        );
    }

    public static void Roles(Call call)
    {
        if (!Moderation.Allowed(call, Level.ChannelModerator, out var seat) || !Charge(call, seat))
        {
            return;
        }
        call.Chat.Rooms.With(
            seat.Room,
            room =>
                call.Reply(
                    new Notice("roles")
                        .String("channel", room.Channel)
                        .Objects(
                            "roles",
                            room.Rules.Roles.OrderByDescending(r => r.Value).ThenBy(r => r.Key, StringComparer.Ordinal),
                            (json, r) =>
                                json.String("identity", r.Key)
                                    .String("role", RoomRules.Name(r.Value))
                                    .String(
                                        "nick",
                                        room.Members.FirstOrDefault(m => m.Identities.Contains(r.Key))?.Nick
                                    )
                        )
                )
        );
    }

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

    /// <summary>Changes what belongs to a room, and tells everybody.</summary>
    /// <param name="call">The verb.</param>
    /// <param name="seat">The caller's seat.</param>
    /// <param name="why">Why not, or null; under the gate.</param>
    /// <param name="change">The change.</param>
    /// <param name="steps">The same in SQL.</param>
    public static void Change(
        Call call,
        Session.Seat seat,
        Func<Room, Fault?> why,
        Func<RoomRules, RoomRules> change,
        params RuleStore.Step[] steps
    ) => Change(call, seat, why, change, () => steps);

    /// <inheritdoc cref="Change(Call, Session.Seat, Func{Room, Fault?}, Func{RoomRules, RoomRules}, RuleStore.Step[])"/>
    public static void Change(
        Call call,
        Session.Seat seat,
        Func<Room, Fault?> why,
        Func<RoomRules, RoomRules> change,
        Func<RuleStore.Step[]> steps,
        Action<Room>? then = null
    )
    {
        var (chat, session) = (call.Chat, call.Session);
        chat.Rooms.With(
            seat.Room,
            room =>
            {
                if (why(room) is { } fault)
                {
                    call.Refuse(fault, room.Channel);
                    return;
                }
                session.Begin();
                var begun = chat.Rooms.Rules.TryChange(
                    room,
                    change,
                    kept =>
                    {
                        if (kept)
                        {
                            Ranks.RefreshAll(room);
                            room.IsRaided = chat.Raids.IsOn(room);
                            room.Broadcast(
                                new Notice("roomInfo")
                                    .String("channel", room.Channel)
                                    .String("nick", seat.Me.Nick)
                                    .Object("room", json => Describe(json, room)),
                                Family.HCChat
                            );
                            then?.Invoke(room);
                        }
                        else
                        {
                            call.Refuse(Fault.Unavailable, room.Channel);
                        }
                        session.Settle();
                    },
                    steps()
                );
                if (!begun)
                {
                    call.Refuse(Fault.Unavailable, room.Channel);
                    session.Settle();
                }
            }
        );
    }

    /// <summary>Whether that is how rooms know somebody.</summary>
    public static bool IsIdentity(string text) => IdentityPattern().IsMatch(text);

    private static bool Charge(Call call, Session.Seat seat) => call.Charge(2, Fault.RateCommand, seat.Room.Channel);

    // The identity that the frame names, or that of the member whom it names.
    private static string? Whom(Call call, Room room)
    {
        if (call.Message.String("identity") is { } identity)
        {
            return IsIdentity(identity) ? identity : null;
        }
        var them =
            call.Message.Integer("userid") is { } id ? room.ByUserId(id)
            : call.Message.String("nick") is { } nick ? room.ByNick(nick)
            : null;
        return them?.Identities.FirstOrDefault();
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

    [GeneratedRegex(
        "^(key:[A-Za-z0-9_-]{20}|account:[A-Za-z0-9_-]{16}|trip:[A-Za-z0-9+/]{6})$",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex IdentityPattern();
}
