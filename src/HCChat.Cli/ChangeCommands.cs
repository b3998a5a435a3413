using System.CommandLine;
using HCChat.Client;
using HCChat.Crypto;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Cli;

/// <summary><c>hcchat edit</c>, <c>delete</c> and <c>react</c>: what can be done to a message that was said.</summary>
internal static class ChangeCommands
{
    private const int MaxSearched = 5_000; // events, the newest

    /// <summary>Something to do to a message.</summary>
    /// <param name="MakeAsync">Does it.</param>
    /// <param name="NeedsName">Whether it counts only under the name that the message was said under.</param>
    private sealed record Change(Func<ChatRoom, Task<string>> MakeAsync, Func<ChatRoom, Message, bool> NeedsName);

    /// <summary>The verbs.</summary>
    public static IEnumerable<Command> Create(Terminal terminal) => [Edit(terminal), Delete(terminal), React(terminal)];

    private static Command Edit(Terminal terminal)
    {
        var id = Id();
        var message = new Option<string?>("--message", "-m")
        {
            Description = Say("the new text; '-' reads standard input", "新的内容；“-” 表示从标准输入读取"),
        };
        var command = new Command(
            "edit",
            Say(
                "Give a message of your own another text. Use the --nick and HCCHAT_TRIP that it was sent with: you are known again by your trip code, or without one "
                    + "on the same machine for a day after your last command in that room.",
                "修改自己的消息。请使用发送时的 --nick 和 HCCHAT_TRIP：凭识别码确认身份；没有识别码时，须在同一台机器上，且距上次在该房间运行命令不超过一天。"
            )
        );
        command.Options.Add(message);
        return Act(
            command,
            id,
            terminal,
            async parsed =>
            {
                var text = await SendCommand.TextAsync(parsed.GetValue(message), terminal);
                return new Change(room => room.EditAsync(parsed.GetRequiredValue(id), text), (_, _) => true);
            }
        );
    }

    private static Command Delete(Terminal terminal)
    {
        var id = Id();
        var command = new Command(
            "delete",
            Say(
                "Remove a message: your own (see edit), or as a moderator anybody's. The server forgets it.",
                "删除消息：自己的（见 edit），管理员可删除任何人的。服务器不再保留。"
            )
        );
        return Act(
            command,
            id,
            terminal,
            parsed =>
                // What is somebody else's a moderator may remove: the server says so, and that is enough.
                Task.FromResult(new Change(room => room.DeleteAsync(parsed.GetRequiredValue(id)), IsByOurTrip))
        );
    }

    private static Command React(Terminal terminal)
    {
        var id = Id();
        var emoji = new Argument<string>("emoji") { Description = Say("such as 👍", "例如 👍") };
        var off = new Option<bool>("--off") { Description = Say("take the reaction back", "撤回该回应") };
        var command = new Command("react", Say("React to a message.", "用表情回应一条消息。"));
        command.Options.Add(off);
        var made = Act(
            command,
            id,
            terminal,
            parsed =>
            {
                var key = parsed.GetRequiredValue(emoji);
                return key.Length is > 0 and <= 120
                    ? Task.FromResult(
                        new Change(
                            room => room.ReactAsync(parsed.GetRequiredValue(id), key, parsed.GetValue(off)),
                            (_, _) => false
                        )
                    )
                    : throw new UsageException(
                        Say("A reaction has 1 to 120 characters.", "回应的长度为 1 至 120 个字符。")
                    );
            }
        );
        made.Arguments.Add(emoji);
        return made;
    }

    /// <summary>
    /// In an encrypted room the others hold a change to the name that is sealed in the message, which the server cannot: under another it would be taken,
    /// and shown to nobody.
    /// </summary>
    /// <exception cref="UsageException">The message is there, and said under another name.</exception>
    private static async Task CheckNameAsync(ChatRoom room, string id, Change change, CancellationToken stop)
    {
        if (room.Protection != RoomProtection.Passphrase)
        {
            return;
        }
        await foreach (var happened in room.HistoryAsync(stop: stop).Take(MaxSearched))
        {
            if (happened is not MessageReceived { Message: var message } || message.Id != id)
            {
                continue;
            }
            if (message.Nick != room.Nick && change.NeedsName(room, message))
            {
                throw new UsageException(
                    Say(
                        $"{message.Nick} said that, and this is {room.Nick}: the others would ignore it. Use the --nick that it was sent with.",
                        $"该消息由 {message.Nick} 发送，当前名字是 {room.Nick}，其他人会忽略此操作。请使用发送时的 --nick。"
                    )
                );
            }
            return;
        }
    }

    private static bool IsByOurTrip(ChatRoom room, Message message) =>
        message.Trip is { } trip && room.Members.Any(member => member.IsMe && member.Trip == trip);

    private static Argument<string> Id() =>
        new("id")
        {
            Description = Say(
                "the message's id, as listen --json and history --json write it",
                "消息的 id，见 listen --json 或 history --json 的输出"
            ),
        };

    /// <summary>Goes into the room, does it, and waits for the server.</summary>
    private static Command Act(
        Command command,
        Argument<string> id,
        Terminal terminal,
        Func<ParseResult, Task<Change>> prepare
    )
    {
        var options = new RoomOptions();
        command.Arguments.Add(id);
        options.AddTo(command);
        command.SetAction(
            async (parsed, stop) =>
            {
                options.CheckId(parsed, parsed.GetRequiredValue(id));
                var change = await prepare(parsed);
                await using var visit = await options.EnterAsync(parsed, terminal, stop);
                await CheckNameAsync(visit.Room, parsed.GetRequiredValue(id), change, stop);
                await Outgoing.WaitAsync(visit, change.MakeAsync(visit.Room), terminal, stop);
                return ExitCode.Done;
            }
        );
        return command;
    }
}
