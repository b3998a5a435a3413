using System.CommandLine;
using HCChat.Client;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Cli;

/// <summary><c>hcchat room</c>: keeping order, and asking to be let in.</summary>
internal static class OrderCommands
{
    /// <summary>The verbs.</summary>
    public static IEnumerable<Command> Create(Terminal terminal)
    {
        var (kicked, pardoned) = (RoomVerb.Nick(), RoomVerb.Id());
        return
        [
            Knock(terminal),
            Admit(terminal),
            RoomVerb.Create(
                "kick",
                Say("Put somebody out, who may come back.", "移出房间，之后仍可返回。"),
                terminal,
                (room, parsed, stop) =>
                    RoomVerb.DoneAsync(room.KickAsync(Whom.Nick(parsed.GetRequiredValue(kicked)), stop)),
                kicked
            ),
            Banish(
                "ban",
                Say(
                    "Shut somebody out for a time: key, trip, session and address. Writes the ban's id.",
                    "在一段时间内禁止进入（针对密钥、识别码、会话和地址）。输出封禁的 id。"
                ),
                terminal,
                (room, whom, time, stop) => room.BanAsync(whom, time, stop)
            ),
            Banish(
                "mute",
                Say(
                    "Let nobody hear somebody for a time, without telling them. Writes the mute's id.",
                    "在一段时间内不让其他人看到其发言，且不告知本人。输出禁言的 id。"
                ),
                terminal,
                (room, whom, time, stop) => room.MuteAsync(whom, time, stop)
            ),
            RoomVerb.Create(
                "bans",
                Say(
                    "Write id, kind, name, end and identities of each ban, with tabs between.",
                    "输出每条封禁的 id、种类、名字、到期时间和身份，以制表符分隔。"
                ),
                terminal,
                async (room, _, stop) =>
                    (await room.BansAsync(stop)).Select(b =>
                        RoomVerb.Line(
                            b.Id,
                            b.Muted ? "mute" : "ban",
                            b.Nick,
                            $"{b.Expires.UtcDateTime:s}Z",
                            string.Join(' ', b.Identities)
                        )
                    )
            ),
            RoomVerb.Create(
                "pardon",
                Say("Lift a ban or a mute.", "解除封禁或禁言。"),
                terminal,
                (room, parsed, stop) => RoomVerb.DoneAsync(room.PardonAsync(parsed.GetRequiredValue(pardoned), stop)),
                pardoned
            ),
        ];
    }

    private static Command Knock(Terminal terminal)
    {
        var text = new Option<string?>("--message", "-m")
        {
            Description = Say(
                "a word to those inside, up to 200 characters; the server reads it",
                "给房间内的人的话，最多 200 个字符；服务器可以读到"
            ),
        };
        return RoomVerb.Create(
            "knock",
            Say(
                "Ask to be let in, wait until somebody opens, and go in once: the room knows your key or trip from then on. Nobody tells you a no.",
                "请求进入，等待有人允许，然后进入一次：此后房间认得您的密钥或识别码。被拒绝不会有通知。"
            ),
            terminal,
            [text],
            async (options, parsed, stop) =>
            {
                var destination = await options.ResolveAsync(parsed, terminal, proves: true);
                await using var client = await ChatClient.ConnectAsync(destination.Options, stop);
                await client.KnockAsync(destination.Access.Channel, parsed.GetValue(text), stop);
                await client.JoinAsync(destination.Access, stop);
                return [];
            }
        );
    }

    private static Command Admit(Terminal terminal)
    {
        var id = new Argument<long>("userid")
        {
            Description = Say("the number that the knock told", "请求进入时显示的编号"),
        };
        var deny = new Option<bool>("--deny") { Description = Say("do not let them in", "不允许进入") };
        return RoomVerb.Create(
            "admit",
            Say("Let somebody in who knocks (hcchat listen tells of it).", "允许请求者进入（见 hcchat listen）。"),
            terminal,
            (room, parsed, stop) =>
                RoomVerb.DoneAsync(room.AdmitAsync(parsed.GetRequiredValue(id), parsed.GetValue(deny), stop)),
            id,
            deny
        );
    }

    private static Command Banish(
        string name,
        string description,
        Terminal terminal,
        Func<ChatRoom, Whom, TimeSpan?, CancellationToken, Task<RoomBan>> act
    )
    {
        var nick = RoomVerb.Nick();
        var seconds = new Option<int?>("--seconds")
        {
            Description = Say("for so long, 1 to 31536000; a day if left out", "秒数，1 至 31536000；默认一天"),
        };
        return RoomVerb.Create(
            name,
            description,
            terminal,
            async (room, parsed, stop) =>
            {
                var whom = Whom.Nick(parsed.GetRequiredValue(nick));
                var ban = await act(room, whom, RoomVerb.Seconds(parsed.GetValue(seconds)), stop);
                return [ban.Id];
            },
            nick,
            seconds
        );
    }
}
