using System.CommandLine;
using HCChat.Client;
using HCChat.Crypto;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Cli;

/// <summary><c>hcchat history</c>: writes what was said in a room, oldest first, and ends.</summary>
internal static class HistoryCommand
{
    private const int Default = 100;

    /// <summary>The verb.</summary>
    public static Command Create(Terminal terminal)
    {
        var options = new ReadingOptions(
            "--limit",
            Say(
                "so many of the newest messages, or all that the server has; 100 if left out",
                "最近这么多条消息，all 表示服务器上的全部；默认 100"
            )
        );
        var command = new Command(
            "history",
            Say("Write what was said in a room, oldest first.", "从旧到新输出房间里说过的内容。")
        );
        options.AddTo(command);
        command.SetAction(
            async (parsed, stop) =>
            {
                var count = options.Count(parsed) ?? Default;
                await using var visit = await options.EnterAsync(parsed, terminal, stop);
                var events = await visit.Room.RecentAsync(count, stop);
                var lines = options.Lines(parsed, terminal, visit);
                foreach (var happened in events)
                {
                    await lines.WriteAsync(happened, stop);
                }
                var otherKey = events.Any(e => e is UnreadableReceived { Error: E2eeError.KeyUnknown });
                var opened = events.Any(e => e is MessageReceived { Message.Encrypted: true });
                return otherKey && !opened ? ExitCode.WrongKey : ExitCode.Done;
            }
        );
        return command;
    }
}
