using System.CommandLine;
using HCChat.Client;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Cli;

/// <summary><c>hcchat send</c>: joins, sends one message, waits until the server has it, leaves.</summary>
internal static class SendCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(Terminal terminal)
    {
        var message = new Option<string?>("--message", "-m")
        {
            Description = Say("what to say; '-' reads standard input", "要发送的内容；“-” 表示从标准输入读取"),
        };
        var emote = new Option<bool>("--emote")
        {
            Description = Say("as an action: \"alice waves\"", "以动作形式发送"),
        };
        var room = new RoomOptions();
        var command = new Command(
            "send",
            Say("Send one message, encrypted unless --plain is given.", "发送一条消息；除非加 --plain，否则加密。")
        );
        room.AddTo(command);
        command.Options.Add(message);
        command.Options.Add(emote);
        command.SetAction(
            async (parsed, stop) =>
            {
                var text = await TextAsync(parsed.GetValue(message), terminal);
                var (options, access) = await room.ResolveAsync(parsed, terminal);
                await using var client = await ChatClient.ConnectAsync(options, stop);
                var joined = await client.JoinAsync(access, stop);
                await (parsed.GetValue(emote) ? joined.EmoteAsync(text, stop) : joined.SendAsync(text, stop: stop));
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static async Task<string> TextAsync(string? given, Terminal terminal)
    {
        if (given is null && terminal.Interactive)
        {
            throw new UsageException(
                Say(
                    "What to say? Use -m TEXT, or -m - for standard input.",
                    "发送什么？请用 -m 文本，或 -m - 从标准输入读取。"
                )
            );
        }
        var text = given is null or "-" ? (await terminal.Input.ReadToEndAsync()).TrimEnd('\n', '\r') : given;
        return string.IsNullOrWhiteSpace(text)
            ? throw new UsageException(Say("The message is empty.", "消息为空。"))
            : text;
    }
}
