using System.Text.RegularExpressions;
using HCChat.Protocol;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>Rooms that belong to somebody: <c>claim</c>, <c>unclaim</c>, <c>setrole</c>, <c>roles</c>.</summary>
internal static partial class Owning
{
    /// <summary>What is told to hack.chat's clients of a channel's owners; beyond hack.chat's own numbers.</summary>
    public const int OwnerInfo = 1217;

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
            () => [SetRole(identity, Role.Owner)],
            room => TellStock(room, $"This channel belongs to {seat.Me.Nick} now.")
        );
    }

    /// <summary>Gives a room back: it belongs to nobody, and what was set is gone.</summary>
    public static void Unclaim(Call call)
    {
        if (Moderation.Allowed(call, Level.ChannelOwner, out var seat) && Charge(call, seat))
        {
            Unclaim(call, seat, room => room.Rules.IsOwned ? null : Fault.NotFound);
        }
    }

    /// <summary>The same, if nothing speaks against it.</summary>
    public static void Unclaim(Call call, Session.Seat seat, Func<Room, Fault?> why) =>
        Change(
            call,
            seat,
            why,
            _ => RoomRules.None,
            () =>
                [
                    new RuleStore.Step("DELETE FROM rules WHERE channel = @1"),
                    new RuleStore.Step("DELETE FROM roles WHERE channel = @1"),
                    new RuleStore.Step("DELETE FROM bans WHERE channel = @1"),
                    new RuleStore.Step("DELETE FROM invites WHERE channel = @1"),
                ],
            room => TellStock(room, "This channel belongs to nobody any more.")
        );

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
        Give(call, seat, role, room => Whom(call, room));
    }

    /// <summary>Gives somebody a role.</summary>
    /// <param name="call">The verb.</param>
    /// <param name="seat">The caller's seat.</param>
    /// <param name="role">The role.</param>
    /// <param name="whom">Finds them; under the gate.</param>
    /// <param name="say">How a refusal is put.</param>
    /// <param name="then">What follows.</param>
    public static void Give(
        Call call,
        Session.Seat seat,
        Role role,
        Func<Room, string?> whom,
        Func<Fault, Fault>? say = null,
        Action<Room>? then = null
    )
    {
        string? identity = null;
        Fault? Why(Room room)
        {
            var rules = room.Rules;
            identity = whom(room);
            var had = identity is null ? Role.None : rules.Roles.GetValueOrDefault(identity);
            return identity is null ? (call.Message.Has("identity") ? Fault.BadPayload : Fault.NoIdentity)
                : !rules.IsOwned && seat.Me.ServerLevel < Level.Moderator ? Fault.NotFound
                : seat.Me.Level < Level.ChannelOwner && (role >= Role.Moderator || had >= Role.Moderator)
                    ? Fault.Forbidden
                : had == Role.Owner && role != Role.Owner && rules.Roles.Count(r => r.Value == Role.Owner) == 1
                    ? Fault.LastOwner
                : had == Role.None && rules.Roles.Count >= Limits.MaxRoles ? Fault.TooMany
                : null;
        }
        Change(
            call,
            seat,
            room => Why(room) is { } fault ? say?.Invoke(fault) ?? fault : null,
            rules =>
                rules with
                {
                    Roles = role == Role.None ? rules.Roles.Remove(identity!) : rules.Roles.SetItem(identity!, role),
                },
            () => [SetRole(identity!, role)],
            then
        );
    }

    public static void Roles(Call call)
    {
        if (!Moderation.Allowed(call, Level.ChannelModerator, out var seat) || !Charge(call, seat))
        {
            return;
        }
        call.InRoom(
            seat,
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
        call.InRoom(
            seat,
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

    private static void TellStock(Room room, string text) =>
        room.Broadcast(Notices.Info(OwnerInfo, text, room.Channel), Family.Stock);

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

    [GeneratedRegex(
        "^(key:[A-Za-z0-9_-]{20}|account:[A-Za-z0-9_-]{16}|trip:[A-Za-z0-9+/]{6})$",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex IdentityPattern();
}
