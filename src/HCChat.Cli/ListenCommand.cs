using System.CommandLine;
using HCChat.Client;
using HCChat.Crypto;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Cli;

/// <summary><c>hcchat listen</c>: joins and writes what happens, one line each, until it is stopped.</summary>
internal static class ListenCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(Terminal terminal)
    {
        var count = new Option<int?>("--count")
        {
            Description = Say(
                "stop after so many messages from others, readable or not",
                "收到他人这么多条消息（无论能否解读）后停止"
            ),
        };
        var options = new ReadingOptions(
            "--history",
            Say(
                "begin with so many older messages, or all that the server has",
                "先输出这么多条更早的消息，all 表示服务器上的全部"
            )
        );
        var command = new Command(
            "listen",
            Say("Write what happens in a room, line by line.", "逐行输出房间里发生的事情。")
        );
        options.AddTo(command);
        command.Options.Add(count);
        command.SetAction(
            async (parsed, stop) =>
            {
                await using var visit = await options.EnterAsync(parsed, terminal, stop, options.Count(parsed) ?? 0);
                var lines = options.Lines(parsed, terminal, visit);
                return await ListenAsync(visit.Room, lines, parsed.GetValue(count), stop);
            }
        );
        return command;
    }

    private static async Task<int> ListenAsync(ChatRoom room, EventLines lines, int? count, CancellationToken stop)
    {
        var (opened, otherKey, seen, now) = (false, false, 0, false);
        try
        {
            await foreach (var happened in room.ReadAsync(stop))
            {
                await lines.WriteAsync(happened, stop);
                opened |= happened is MessageReceived { Message: { Encrypted: true, IsMine: false } };
                otherKey |= happened is UnreadableReceived { Error: E2eeError.KeyUnknown };
                now |= happened is RoomEntered; // before it there is history
                seen += now && IsFromOthers(happened) ? 1 : 0;
                if (happened is RoomClosed closed)
                {
                    return Failure.Of(closed.Reason)?.Exit ?? ExitCode.Done;
                }
                if (seen == count)
                {
                    break;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped by the user: that is how listening ends.
        }
        return otherKey && !opened ? ExitCode.WrongKey : ExitCode.Done;
    }

    private static bool IsFromOthers(ChatEvent happened) =>
        happened is MessageReceived { Message.IsMine: false } or UnreadableReceived or UnprotectedReceived;
}
