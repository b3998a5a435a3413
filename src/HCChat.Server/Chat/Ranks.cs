using HCChat.Protocol;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>What somebody's role in a room makes of them, in hack.chat's terms. Under the room's gate.</summary>
internal static class Ranks
{
    /// <summary>The level in a room: what the server gives, or the room, whichever is more.</summary>
    public static long LevelIn(Room room, long serverLevel, IEnumerable<string> identities) =>
        Math.Max(serverLevel, RoomRules.LevelOf(room.Rules.RoleOf(identities)));

    /// <summary>Gives a member the level that it has now, and tells the others when that is another one.</summary>
    public static void Refresh(Room room, Member me)
    {
        var level = LevelIn(room, me.ServerLevel, me.Identities);
        if (level == me.Level)
        {
            return;
        }
        me.Level = level;
        (me.Color, me.Flair) = Level.Appearance(level);
        room.Broadcast(Notices.UpdateUser(me, room.Channel), Family.Stock | Family.HCChat);
    }

    /// <summary>The same for everybody.</summary>
    public static void RefreshAll(Room room)
    {
        foreach (var member in room.Members.ToList())
        {
            Refresh(room, member);
        }
    }
}
