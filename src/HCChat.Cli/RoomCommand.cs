using System.CommandLine;
using HCChat.Crypto;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Cli;

/// <summary><c>hcchat room</c>: what concerns a room itself.</summary>
internal static class RoomCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(Terminal terminal)
    {
        var command = new Command("room", Say("Rooms, their links, and whose they are.", "房间、链接与归属。"));
        command.Subcommands.Add(New(terminal));
        foreach (var verb in DoorCommands.Create(terminal).Concat(OrderCommands.Create(terminal)))
        {
            command.Subcommands.Add(verb);
        }
        return command;
    }

    private static Command New(Terminal terminal)
    {
        var title = new Option<string?>("--title", "-t")
        {
            Description = Say("the room's name for people; the server never sees it", "给人看的房间名称；服务器看不到"),
        };
        var server = new Option<string?>("--server")
        {
            Description = Say("the server's address; else HCCHAT_SERVER", "服务器地址；否则用环境变量 HCCHAT_SERVER"),
        };
        var command = new Command(
            "new",
            Say(
                "Make a link to a new encrypted room. The room comes into being when somebody opens it.",
                "生成新加密房间的链接。有人打开链接时房间即存在。"
            )
        );
        command.Options.Add(title);
        command.Options.Add(server);
        command.SetAction(
            async (parsed, _) =>
            {
                var address = RoomOptions.ServerAddress(
                    parsed.GetValue(server) ?? terminal.Environment("HCCHAT_SERVER")
                );
                using var link = InviteLink.NewRoom(address, parsed.GetValue(title));
                // The links alone go to standard output, so that a script can take them line by line.
                await terminal.Error.WriteLineAsync(
                    Say("With the secret (whoever has it reads and writes here):", "含密钥（持有者可以读写此房间）：")
                );
                await terminal.Output.WriteLineAsync(link.FormatWithSecret());
                await terminal.Error.WriteLineAsync(
                    Say(
                        "Without the secret and the title (shows where the room is, opens nothing):",
                        "不含密钥和房间名称（只说明房间位置，无法打开）："
                    )
                );
                await terminal.Output.WriteLineAsync(link.FormatWithoutSecret());
                return ExitCode.Done;
            }
        );
        return command;
    }
}
