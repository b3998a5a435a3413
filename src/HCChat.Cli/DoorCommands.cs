using System.CommandLine;
using HCChat.Client;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Cli;

/// <summary><c>hcchat room</c>: whose a room is, and who comes in.</summary>
internal static class DoorCommands
{
    /// <summary>The verbs.</summary>
    public static IEnumerable<Command> Create(Terminal terminal) =>
        [
            RoomVerb.Create(
                "claim",
                Say(
                    "Make a new room yours: nobody may have been in it before. It knows you by your key, which is proven to the server, or by your trip.",
                    "认领新房间：此前不能有人进入过。房间凭密钥（会向服务器证明）或识别码认出您。"
                ),
                terminal,
                (room, _, stop) => RoomVerb.DoneAsync(room.ClaimAsync(stop))
            ),
            RoomVerb.Create(
                "unclaim",
                Say(
                    "Give the room back: its roles, bans, invitations and settings are gone.",
                    "放弃房间：其角色、封禁、邀请和设置全部清除。"
                ),
                terminal,
                (room, _, stop) => RoomVerb.DoneAsync(room.UnclaimAsync(stop))
            ),
            Role(terminal),
            RoomVerb.Create(
                "roles",
                Say(
                    "Write role, identity and present name, with tabs between.",
                    "输出角色、身份和当前名字，以制表符分隔。"
                ),
                terminal,
                async (room, _, stop) =>
                    (await room.RolesAsync(stop)).Select(r => RoomVerb.Line(Word(r.Role), r.Identity, r.Nick))
            ),
            Set(terminal),
            Invite(terminal),
            RoomVerb.Create(
                "invites",
                Say(
                    "Write id, uses left and end of each invitation, with tabs between.",
                    "输出每份邀请的 id、剩余次数和到期时间，以制表符分隔。"
                ),
                terminal,
                async (room, _, stop) =>
                    (await room.InvitationsAsync(stop)).Select(i =>
                        RoomVerb.Line(i.Id, $"{i.Uses}", $"{i.Expires.UtcDateTime:s}Z")
                    )
            ),
            Revoke(terminal),
        ];

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static Command Role(Terminal terminal)
    {
        var whom = new Argument<string>("whom")
        {
            Description = Say(
                "a name in the room, or key:FINGERPRINT or trip:CODE",
                "房间内的名字，或 key:指纹、trip:识别码"
            ),
        };
        var role = new Argument<RoomRole>("role")
        {
            Description = Say("owner, moderator, member or none", "owner、moderator、member 或 none"),
        };
        return RoomVerb.Create(
            "role",
            Say("Give somebody a role, or take it.", "授予或取消角色。"),
            terminal,
            (room, parsed, stop) =>
                RoomVerb.DoneAsync(
                    room.SetRoleAsync(RoomVerb.Whom(parsed.GetRequiredValue(whom)), parsed.GetRequiredValue(role), stop)
                ),
            whom,
            role
        );
    }

    private static Command Set(Terminal terminal)
    {
        var access = new Option<RoomEntrance?>("--access")
        {
            Description = Say("open, invite or locked", "open（开放）、invite（凭邀请）或 locked（仅成员）"),
        };
        var knock = new Option<bool?>("--knock")
        {
            Description = Say("true: those outside may ask", "true：房间外的人可以请求进入"),
        };
        var slow = new Option<int?>("--slow")
        {
            Description = Say(
                "least seconds between two messages of one person, 0 to 3600",
                "同一人两条消息的最小间隔，0 至 3600 秒"
            ),
        };
        var password = new Option<string?>("--new-password-file")
        {
            Description = Say(
                "file with the password to put on the door ('-': standard input); an empty first line removes it",
                "保存新房间密码的文件（“-” 表示标准输入）；首行为空则取消密码"
            ),
        };
        var motd = new Option<string?>("--motd")
        {
            Description = Say(
                "the message of the day, which the server reads; empty for none",
                "每日消息，服务器可以读到；空表示没有"
            ),
        };
        var listed = new Option<bool?>("--listed")
        {
            Description = Say("true: on the public list while somebody is in it", "true：有人时公开列出"),
        };
        var raid = new Option<string?>("--raid")
        {
            Description = Say(
                "on: newcomers pay by a moment of work; auto: only while so many come that it is an attack",
                "on：新来者须先做一点计算；auto：仅在遭到涌入攻击时"
            ),
        };
        raid.AcceptOnlyFromAmong("on", "auto");
        return RoomVerb.Create(
            "set",
            Say("Set the door, the pace and the sign of a room.", "设置房间的进入方式、节奏和公告。"),
            terminal,
            [access, knock, slow, password, motd, listed, raid],
            async (options, parsed, stop) =>
            {
                var file = parsed.GetValue(password);
                var settings = new DoorSettings
                {
                    Entrance = parsed.GetValue(access),
                    Knock = parsed.GetValue(knock),
                    Slow = RoomVerb.Seconds(parsed.GetValue(slow)),
                    Password = file is null ? null : await SecretText.ReadAsync(file, "", terminal) ?? "",
                    MessageOfTheDay = parsed.GetValue(motd),
                    Listed = parsed.GetValue(listed),
                    Toll = parsed.GetValue(raid) is { } word ? word == "on" : null,
                };
                if (settings == new DoorSettings())
                {
                    throw new UsageException(Say("Set what? See --help.", "要设置什么？见 --help。"));
                }
                await using var visit = await options.EnterKnownAsync(parsed, terminal, stop);
                await visit.Room.SetDoorAsync(settings, stop);
                return [];
            }
        );
    }

    private static Command Invite(Terminal terminal)
    {
        var uses = new Option<int>("--uses")
        {
            DefaultValueFactory = _ => 1,
            Description = Say("so many may come by it, 1 to 10000", "可使用的次数，1 至 10000"),
        };
        var seconds = new Option<int?>("--seconds")
        {
            Description = Say(
                "it is good for so long, 60 to 31536000; a week if left out",
                "有效秒数，60 至 31536000；默认一周"
            ),
        };
        return RoomVerb.Create(
            "invite",
            Say(
                "Make an invitation, and write the room's link with it. Whoever has the link comes in.",
                "生成邀请，并输出含邀请的房间链接。持有链接的人可以进入。"
            ),
            terminal,
            [uses, seconds],
            async (options, parsed, stop) =>
            {
                using var link = await options.LinkAsync(parsed, terminal);
                await using var visit = await options.EnterKnownAsync(parsed, terminal, stop);
                var invitation = await visit.Room.CreateInvitationAsync(
                    parsed.GetValue(uses),
                    RoomVerb.Seconds(parsed.GetValue(seconds)),
                    stop
                );
                await terminal.Error.WriteLineAsync(
                    Say(
                        $"Invitation {invitation.Id}, {invitation.Uses} times until {invitation.Expires:u}:",
                        $"邀请 {invitation.Id}，可用 {invitation.Uses} 次，有效期至 {invitation.Expires:u}："
                    )
                );
                using var invited = link.With(invitation.Secret ?? "");
                return [invited.FormatWithSecret()];
            }
        );
    }

    private static Command Revoke(Terminal terminal)
    {
        var id = RoomVerb.Id();
        return RoomVerb.Create(
            "revoke",
            Say("Nobody comes by that invitation any more.", "使邀请失效。"),
            terminal,
            (room, parsed, stop) => RoomVerb.DoneAsync(room.RevokeInvitationAsync(parsed.GetRequiredValue(id), stop)),
            id
        );
    }
}
