using HCChat.Protocol;
using HCChat.Server.Database;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>Whether somebody may enter a room, or speak with it from outside. Why not is said in the same words whatever the reason, so that nobody learns of rooms that are not theirs.</summary>
internal static class Admission
{
    private const double PasswordCost = 4;
    private const int MaxSecret = 200;

    /// <summary>
    /// Whether the caller may be the first in a room. Whoever brings an invitation or a password means a room that is there: to such people a room that is not is a shut one.
    /// </summary>
    public static bool MayOpen(Call call) => !call.HasSecret;

    /// <summary>Why somebody may not enter, or null. Under the room's gate.</summary>
    /// <param name="mayOpen">Whether they may be the first in it.</param>
    public static Fault? Refusal(ChatServer chat, Room room, Member me, bool mayOpen = true)
    {
        var rules = room.Rules;
        if (me.ServerLevel >= Level.Moderator)
        {
            return me.Level < room.LockLevel ? Fault.Locked : null;
        }
        if (
            chat.Bans.IsBanned(me.Identities)
            || rules.BanOf(me, muted: false, room.Now.ToUnixTimeMilliseconds()) is not null
        )
        {
            return Fault.Banned;
        }
        if (room.IsUnknown && !mayOpen)
        {
            return Fault.Locked;
        }
        var isIn = rules.IsOpen || rules.RoleOf(me.Identities) >= Role.Member;
        return me.Level < room.LockLevel || !(isIn || (me.IsAdmitted && rules.Access != Access.Locked))
            ? Fault.Locked
            : null;
    }

    /// <summary>Takes the invitation or the password that a <c>join</c> brings. What it opens stays open for this session.</summary>
    /// <returns>False when the caller has been refused already.</returns>
    public static async Task<bool> PresentAsync(Call call, string channel)
    {
        if (!call.IsOurs)
        {
            return true;
        }
        var (invite, password) = (call.Message.String("invite"), call.Message.String("password"));
        if (invite?.Length > MaxSecret || password?.Length > MaxSecret)
        {
            call.Refuse(Fault.BadPayload, room: channel);
            return false;
        }
        if (invite is not null && !call.Session.IsAdmitted(channel))
        {
            return await PresentInviteAsync(call, channel, invite);
        }
        return password is null
            || call.Session.IsAdmitted(channel)
            || await PresentPasswordAsync(call, channel, password);
    }

    /// <summary>Gives back what <see cref="PresentAsync"/> has taken: the caller was not let in, and may bring it again.</summary>
    public static void Return(Call call, string channel)
    {
        if (call.Redeemed is { } invitation)
        {
            call.Redeemed = null;
            call.Session.Dismiss(channel);
            call.Chat.Rooms.Rules.Return(invitation, channel);
        }
    }

    /// <summary>Makes whoever came by an invitation and can be told from others a member for good. Under the room's gate.</summary>
    public static void Welcome(Call call, Room room, Member me)
    {
        if (
            !me.IsAdmitted
            || room.Rules.Access != Access.Invite
            || me.Identities.FirstOrDefault() is not { } identity
            || room.Rules.RoleOf([identity]) != Role.None
            || room.Rules.Roles.Count >= Limits.MaxRoles
        )
        {
            return;
        }
        call.Chat.Rooms.Rules.TryChange(
            room,
            rules => rules with { Roles = rules.Roles.SetItem(identity, Role.Member) },
            kept =>
            {
                if (kept)
                {
                    Ranks.Refresh(room, me);
                }
            },
            Owning.SetRole(identity, Role.Member)
        );
    }

    private static async Task<bool> PresentInviteAsync(Call call, string channel, string invite)
    {
        var hash = StoredSecret.Of(invite);
        if (await call.Chat.Rooms.Rules.RedeemAsync(hash, channel) is not { } isGood)
        {
            call.Refuse(Fault.Unavailable, room: channel);
            return false;
        }
        if (isGood)
        {
            call.Redeemed = hash;
            call.Session.Admit(channel);
        }
        return true;
    }

    private static async Task<bool> PresentPasswordAsync(Call call, string channel, string password)
    {
        if (!call.Charge(PasswordCost, Fault.RateJoin))
        {
            return false;
        }
        var hash = "";
        if (!await call.Chat.Rooms.InAsync(channel, room => hash = room.Rules.Password, fromOutside: true))
        {
            call.Refuse(Fault.Unavailable, room: channel);
            return false;
        }
        try
        {
            if (await call.Chat.Passwords.VerifyAsync(password, hash))
            {
                call.Session.Admit(channel);
            }
            return true;
        }
        catch (TimeoutException)
        {
            call.Refuse(Fault.Unavailable, room: channel, retryAfter: TimeSpan.FromSeconds(2));
            return false;
        }
    }
}
