using System.Text.Json;

namespace HCChat.Client;

/// <summary>How the wire says what belongs to a room (spec/protocol.md, Rooms that belong to somebody).</summary>
internal static class RoomWords
{
    /// <summary>What the server tells of itself; null for everything else.</summary>
    public static ChatEvent? Read(string cmd, JsonElement frame, DateTimeOffset now)
    {
        var at = frame.Time(now);
        return cmd switch
        {
            "roomInfo" when frame.Object("room")?.Door() is { } door => new DoorChanged(
                at,
                frame.Text("nick") ?? "",
                door
            ),
            "knock" when frame.Integer("userid") is { } id => new KnockReceived(
                at,
                id,
                frame.Text("nick") ?? "",
                frame.Text("trip"),
                frame.Text("identity"),
                frame.Text("text")
            ),
            "banned" => new MemberBanned(at, frame.Text("by") ?? "", frame.Ban()),
            "pardoned" => new BanLifted(at, frame.Text("id") ?? ""),
            _ => null,
        };
    }

    /// <summary>The member <c>room</c>; null when it makes no sense.</summary>
    public static RoomDoor? Door(this JsonElement room) =>
        Parse<RoomEntrance>(room.Text("access")) is { } entrance
            ? new RoomDoor(
                room.Flag("owned"),
                entrance,
                room.Flag("knock"),
                TimeSpan.FromSeconds(Math.Clamp(room.Integer("slow") ?? 0, 0, int.MaxValue)),
                room.Flag("password"),
                room.Flag("listed")
            )
            {
                Toll = room.Text("raid") == "on",
                Raided = room.Flag("raided"),
                MessageOfTheDay = room.Text("motd"),
            }
            : null;

    public static RoleHolder Role(this JsonElement role) =>
        new(role.Text("identity") ?? "", Parse<RoomRole>(role.Text("role")) ?? RoomRole.None, role.Text("nick"));

    public static RoomInvitation Invitation(this JsonElement invite) =>
        new(invite.Text("id") ?? "", invite.Integer("uses") ?? 0, invite.Expires(), invite.Text("invite"));

    public static RoomBan Ban(this JsonElement ban) =>
        new(
            ban.Text("id") ?? "",
            ban.Text("nick") ?? "",
            ban.Flag("muted"),
            ban.Expires(),
            [.. ban.Texts("identities")]
        );

    /// <summary>The word of a role or an entrance.</summary>
    public static string? Word<T>(T? value)
        where T : struct, Enum =>
        value is { } known ? EnumWords<T>.All.First(word => word.Value.Equals(known)).Key : null;

    private static T? Parse<T>(string? word)
        where T : struct, Enum => word is not null && EnumWords<T>.All.TryGetValue(word, out var value) ? value : null;

    private static DateTimeOffset Expires(this JsonElement frame) =>
        frame.Integer("expires") is { } ms and >= 0 and <= 253_402_300_799_999
            ? DateTimeOffset.FromUnixTimeMilliseconds(ms)
            : DateTimeOffset.MaxValue;

    private static class EnumWords<T>
        where T : struct, Enum
    {
        public static readonly Dictionary<string, T> All = Enum.GetValues<T>()
            .ToDictionary(value => value.ToString().ToLowerInvariant(), value => value);
    }
}
