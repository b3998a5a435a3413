using System.CommandLine;
using System.Globalization;
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
        var json = new Option<bool>("--json")
        {
            Description = Say("one JSON object per line", "每行输出一个 JSON 对象"),
        };
        var limit = CountOption("--limit");
        limit.Description = Say(
            "so many of the newest messages, or all that the server has; 100 if left out",
            "最近这么多条消息，all 表示服务器上的全部；默认 100"
        );
        var room = new RoomOptions();
        var command = new Command(
            "history",
            Say("Write what was said in a room, oldest first.", "从旧到新输出房间里说过的内容。")
        );
        room.AddTo(command);
        command.Options.Add(json);
        command.Options.Add(limit);
        command.SetAction(
            async (parsed, stop) =>
            {
                var count = Count(parsed.GetValue(limit)) ?? Default;
                await using var visit = await room.EnterAsync(parsed, terminal, stop);
                var events = await visit.Room.RecentAsync(count, stop);
                foreach (var happened in events)
                {
                    var line = parsed.GetValue(json)
                        ? EventJson.Write(visit.Room.Channel, happened)
                        : EventText.Write(happened);
                    await terminal.Output.WriteLineAsync(line.AsMemory(), stop);
                }
                var otherKey = events.Any(e => e is UnreadableReceived { Error: E2eeError.KeyUnknown });
                var opened = events.Any(e => e is MessageReceived { Message.Encrypted: true });
                return otherKey && !opened ? ExitCode.WrongKey : ExitCode.Done;
            }
        );
        return command;
    }

    /// <summary>An option that takes a number or <c>all</c>.</summary>
    public static Option<string?> CountOption(string name) => new(name) { HelpName = "N|all" };

    /// <summary>The number that was given; null when none was.</summary>
    /// <exception cref="UsageException">It is neither a number nor <c>all</c>.</exception>
    public static int? Count(string? given) =>
        given is null ? null
        : given == "all" ? int.MaxValue
        : int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count
        : throw new UsageException(
            Say($"'{given}' is neither a number nor 'all'.", $"“{given}” 既不是数字也不是 all。")
        );
}
