using HCChat.Protocol;

namespace HCChat.Server.Rooms;

/// <summary>The frames that tell about people in a room. Member orders are hack.chat's.</summary>
internal static class Notices
{
    public static Notice OnlineAdd(Member who, string channel) =>
        new Notice("onlineAdd", "user_joined").User(who).String("channel", channel);

    public static Notice OnlineRemove(Member who, string channel) =>
        new Notice("onlineRemove", "user_left")
            .String("nick", who.Nick)
            .Number("userid", who.UserId)
            .String("channel", channel);

    public static Notice UpdateUser(Member who, string channel) =>
        new Notice("updateUser").User(who).Flag("online", true).String("channel", channel);

    /// <summary>Who is here, as a joiner learns it: others in the order of connection, oneself last.</summary>
    /// <param name="self">The joiner.</param>
    /// <param name="others">Everybody else.</param>
    /// <param name="channel">The room.</param>
    /// <param name="roomSalt">Base64 of the installation's salt for passphrases (spec/crypto.md §2).</param>
    public static Notice OnlineSet(Member self, IReadOnlyList<Member> others, string channel, string roomSalt)
    {
        var everybody = others.OrderBy(m => m.ConnectionNumber).Append(self).ToList();
        return new Notice("onlineSet")
            .Strings("nicks", everybody.Select(m => m.Nick))
            .Objects(
                "users",
                everybody,
                (json, m) =>
                {
                    json.String("channel", channel).Flag("isme", m == self).User(m);
                    if (m != self)
                    {
                        json.Flag("online", true);
                    }
                }
            )
            .String("channel", channel)
            .Object("e2ee", e2ee => e2ee.String("saltB64", roomSalt));
    }

    public static Notice Presence(IEnumerable<Member> members, string channel)
    {
        var nicks = members.Select(m => m.Nick).ToList();
        return new Notice("presence", "presence")
            .String("room", channel)
            .String("channel", channel)
            .Strings("users", nicks)
            .Number("count", nicks.Count);
    }

    /// <summary>A line of information; <paramref name="channel"/> null means the whole server.</summary>
    public static Notice Info(int id, string text, string? channel) =>
        new Notice("info", "info").String("text", text).Number("id", id).StringOrFalse("channel", channel);

    /// <summary>The members that describe a user.</summary>
    public static Notice User(this Notice json, Member who) =>
        json.String("nick", who.Nick)
            .String("trip", who.Trip)
            .String("uType", Level.UserType(who.Level))
            .String("hash", who.Hash)
            .Number("level", who.Level)
            .Number("userid", who.UserId)
            .Flag("isBot", who.IsBot)
            .StringOrFalse("color", who.Color)
            .StringOrFalse("flair", who.Flair);
}
