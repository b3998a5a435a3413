using HCChat.Protocol;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>
/// hack.chat's commands for those whose channel it is, with its numbers (spec/codes.md, Owners' commands). They do to our rooms what they say; who somebody is shows the trip. The claim of a channel asks
/// for no captcha, because it takes to have opened it, and does not run out.
/// </summary>
internal static class StockOwning
{
    private const double IgnoredPenalty = 10;
    private const int TripLength = 6;

    public static Task ClaimAsync(Call call) => IsKnown(call, out _) ? Owning.ClaimAsync(call) : Task.CompletedTask;

    public static void Unclaim(Call call)
    {
        if (IsKnown(call, out var seat) && Charge(call, seat))
        {
            Owning.Unclaim(
                call,
                seat,
                room =>
                    !room.Rules.IsOwned ? Fault.NotFound with { Id = 141, Text = "This channel belongs to nobody." }
                    : !IsOwner(seat)
                        ? Fault.Forbidden with
                        {
                            Id = 142,
                            Text = "Only its owner may give this channel back.",
                        }
                    : null
            );
        }
    }

    /// <summary>Nothing to do: a claim holds until it is given back.</summary>
    public static void Renew(Call call)
    {
        if (!IsKnown(call, out var seat) || !Charge(call, seat))
        {
            return;
        }
        var channel = seat.Room.Channel;
        if (seat.Me.ServerLevel >= Level.Moderator)
        {
            call.Refuse(Fault.Forbidden with { Id = 111 }, channel, "Moderators of the whole server own no channels.");
        }
        else if (!IsOwner(seat))
        {
            call.Refuse(
                Fault.Forbidden with
                {
                    Id = 112,
                },
                channel,
                "Only its owner may renew the claim of this channel."
            );
        }
        else
        {
            call.Inform(
                Owning.OwnerInfo,
                "This channel is yours until you give it back; claims do not run out.",
                channel
            );
        }
    }

    /// <summary><c>makepublic</c> and <c>makeprivate</c>: whether the channel is on the public list while somebody is in it.</summary>
    public static void List(Call call, bool listed)
    {
        if (!IsKnown(call, out var seat) || !Charge(call, seat))
        {
            return;
        }
        Owning.Change(
            call,
            seat,
            room =>
                !IsOwner(seat) || !room.Rules.IsOwned
                    ? Fault.Forbidden with
                    {
                        Id = listed ? 101 : 91,
                        Text = "Only the owner of a channel may do that.",
                    }
                : room.Rules.Listed == listed
                    ? Fault.LockState with
                    {
                        Id = listed ? 102 : 92,
                        Text = $"This channel is already {(listed ? "public" : "private")}.",
                    }
                : null,
            rules => rules with { Listed = listed },
            () => [new RuleStore.Step("UPDATE rules SET listed = @2 WHERE channel = @1", listed ? 1L : 0L)],
            room =>
                call.Inform(
                    Owning.OwnerInfo,
                    listed
                        ? "This channel is on the list of public channels now."
                        : "This channel is not on the list of public channels any more.",
                    room.Channel
                )
        );
    }

    public static void SetLevel(Call call) => SetLevel(call, call.Message.String("trip"), call.Message.String("level"));

    /// <summary>Gives a trip a role, here or not.</summary>
    /// <param name="call">The command.</param>
    /// <param name="trip">Whose.</param>
    /// <param name="label">hack.chat's name of the level.</param>
    public static void SetLevel(Call call, string? trip, string? label)
    {
        if (!Moderation.Allowed(call, Level.ChannelModerator, out var seat) || !Charge(call, seat))
        {
            return;
        }
        var channel = seat.Room.Channel;
        var identity = "trip:" + trip;
        if (trip?.Length != TripLength || !Owning.IsIdentity(identity))
        {
            call.Refuse(Fault.BadPayload with { Id = 121 }, channel, "Failed to set level: that is no trip.");
        }
        else if (label is null || !Level.Labels.TryGetValue(label, out var level))
        {
            var choices = string.Join(", ", Level.Labels.Keys);
            call.Refuse(
                Fault.BadPayload with
                {
                    Id = 122,
                },
                channel,
                $"Failed to set level: that is no level; there are {choices}."
            );
        }
        else if (level >= seat.Me.Level)
        {
            call.Refuse(TooHigh, channel);
        }
        else if (RoleOf(level) is not { } role)
        {
            call.Refuse(Failed, channel, $"Failed to set level: there is no {label} here.");
        }
        else
        {
            Owning.Give(
                call,
                seat,
                role,
                _ => identity,
                fault =>
                    fault == Fault.Forbidden ? TooHigh : Failed with { Text = "Failed to set level: " + fault.Text },
                room =>
                    room.Broadcast(
                        Notices.Info(
                            Owning.OwnerInfo,
                            $"Changed permission level of \"{trip}\" to \"{label}\"",
                            room.Channel
                        ),
                        Family.Stock
                    )
            );
        }
    }

    private static Fault TooHigh =>
        Fault.Forbidden with
        {
            Id = 123,
            Text = "Failed to set level: it may not be your own or a higher one.",
        };

    private static Fault Failed => Fault.NotFound with { Id = 124 };

    private static Role? RoleOf(long level) =>
        level switch
        {
            Level.ChannelOwner => Role.Owner,
            Level.ChannelModerator => Role.Moderator,
            Level.ChannelTrusted => Role.Member,
            Level.Default => Role.None,
            _ => null,
        };

    private static bool IsOwner(Session.Seat seat) => seat.Me.Level >= Level.ChannelOwner;

    // In a channel, and with a trip: else nobody whom a channel could know.
    private static bool IsKnown(Call call, out Session.Seat seat)
    {
        seat = call.Seat!;
        if (seat is null)
        {
            call.Penalize(IgnoredPenalty);
            return false;
        }
        if (seat.Me.TripCode.Length > 0)
        {
            return true;
        }
        call.Refuse(Fault.NoIdentity, seat.Room.Channel);
        return false;
    }

    private static bool Charge(Call call, Session.Seat seat) => call.Charge(2, Fault.RateCommand, seat.Room.Channel);
}
