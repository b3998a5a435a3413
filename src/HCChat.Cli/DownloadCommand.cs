using System.CommandLine;
using HCChat.Client;
using HCChat.Crypto;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Cli;

/// <summary><c>hcchat download</c>: fetches, verifies and saves a file that somebody has sent.</summary>
internal sealed class DownloadCommand
{
    private const int MaxSearched = 20_000; // events, the newest
    private const string StandardOutput = "-";

    private readonly RoomOptions _room = new();

    private readonly Argument<string?> _id = new("message-id")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description = Say(
            "the id of the message that has the file, as listen --json and history --json write it",
            "含有该文件的消息 id，见 listen --json 或 history --json 的输出"
        ),
    };

    private readonly Option<bool> _latest = new("--latest")
    {
        Description = Say("the newest message that has files", "最近一条含有文件的消息"),
    };

    private readonly Option<string?> _output = new("--output", "-o")
    {
        HelpName = "FILE",
        Description = Say(
            "save it under this name, or in this folder under the sender's; '-' writes standard output. Else: in the current folder",
            "保存为此文件，或以发送者的文件名保存到此文件夹；“-” 表示写到标准输出。默认保存到当前文件夹"
        ),
    };

    private readonly Option<int?> _index = new("--index")
    {
        Description = Say(
            "which file of the message, from 1; needed when it has several",
            "消息中的第几个文件，从 1 开始；有多个文件时必须指定"
        ),
    };

    private readonly Option<bool> _force = new("--force")
    {
        Description = Say("overwrite what is there under that name", "覆盖同名文件"),
    };

    private static string Description =>
        Say(
            "Fetch a file that was sent in a room, decrypt it and write the name under which it was saved. Until all of it is verified, nothing stands under that name. If it is broken off, run the same command again: it goes on where it was.",
            "获取房间中发送的文件，解密后输出保存的文件名。在全部内容验证通过之前，不会出现该文件。中断后再次运行同一命令，会从中断处继续。"
        );

    /// <summary>The verb.</summary>
    public static Command Create(Terminal terminal)
    {
        var download = new DownloadCommand();
        var command = new Command("download", Description);
        command.Arguments.Add(download._id);
        foreach (Option option in new Option[] { download._latest, download._output, download._index, download._force })
        {
            command.Options.Add(option);
        }
        download._room.AddTo(command);
        command.SetAction((parsed, stop) => download.RunAsync(parsed, terminal, stop));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        var (id, latest) = (parsed.GetValue(_id), parsed.GetValue(_latest));
        if (id is null == !latest)
        {
            throw new UsageException(
                Say("Which file? Give the message's id, or --latest.", "下载哪个文件？请给出消息 id，或用 --latest。")
            );
        }
        if (parsed.GetValue(_output) is "")
        {
            throw new UsageException(
                Say("-o is followed by a name or a folder, not by nothing.", "-o 之后须为文件名或文件夹，不能为空。")
            );
        }
        if (id is not null)
        {
            _room.CheckId(parsed, id);
        }
        await using var visit = await _room.EnterAsync(parsed, terminal, stop);
        var found = await FindAsync(visit.Room, id, stop);
        if (found.Message is { Authorship.IsDoubtful: true } or { Encrypted: false } && !_room.IsPlain(parsed))
        {
            await terminal.Error.WriteLineAsync($"hcchat: {new EventText().Sentence(found)}");
        }
        var file = Choose(found.Message, parsed.GetValue(_index));
        using var progress = new ProgressLine(terminal);
        if (parsed.GetValue(_output) == StandardOutput)
        {
            await WriteAsync(visit.Room, file, terminal, progress, stop);
            return ExitCode.Done;
        }
        var saved = await visit.Room.DownloadAsync(
            file,
            parsed.GetValue(_output) ?? Directory.GetCurrentDirectory(),
            parsed.GetValue(_force),
            progress,
            stop
        );
        progress.Dispose();
        await terminal.Output.WriteLineAsync(EventText.Harmless(saved));
        return ExitCode.Done;
    }

    private static async Task<MessageReceived> FindAsync(ChatRoom room, string? id, CancellationToken stop)
    {
        var (opened, otherKey) = (false, false);
        await foreach (var happened in room.HistoryAsync(stop: stop).Take(MaxSearched))
        {
            opened |= happened is MessageReceived { Message.Encrypted: true };
            otherKey |= happened is UnreadableReceived { Error: E2eeError.KeyUnknown };
            if (
                happened is MessageReceived { Message: var message } said
                && (id is null ? message.Files.Count > 0 : message.Id == id)
            )
            {
                return said;
            }
        }
        throw new NoSuchFileException { IsOtherKey = otherKey && !opened };
    }

    private static SharedFile Choose(Message message, int? index) =>
        message.Files.Count == 0 ? throw new NoSuchFileException()
        : index is null && message.Files.Count > 1
            ? throw new UsageException(
                Say(
                    $"The message has {message.Files.Count} files; say which, with --index 1 to {message.Files.Count}.",
                    $"该消息有 {message.Files.Count} 个文件，请用 --index 1 至 {message.Files.Count} 指定。"
                )
            )
        : index is null or 1 || (index > 1 && index <= message.Files.Count) ? message.Files[(index ?? 1) - 1]
        : throw new UsageException(
            Say(
                $"--index takes 1 to {message.Files.Count} here.",
                $"此处 --index 的范围是 1 至 {message.Files.Count}。"
            )
        );

    /// <summary>Small files are whole and verified before a byte is written; of large ones the end is not known when the beginning is written.</summary>
    private static async Task WriteAsync(
        ChatRoom room,
        SharedFile file,
        Terminal terminal,
        ProgressLine progress,
        CancellationToken stop
    )
    {
        await using var plain = room.OpenFile(file, progress);
        await using var output = terminal.OpenOutput();
        if (file.Size < FileCipher.LargeFrom)
        {
            using var whole = new MemoryStream();
            await plain.CopyToAsync(whole, stop);
            whole.Position = 0;
            await whole.CopyToAsync(output, stop);
            return;
        }
        await terminal.Error.WriteLineAsync(
            Say(
                "hcchat: this is written before its end is verified. If this command fails, what was written is not the file: do not use it.",
                "hcchat：内容在验证完结尾之前就开始输出。如果本命令失败，已输出的内容不是完整的文件，请勿使用。"
            )
        );
        await plain.CopyToAsync(output, stop);
    }
}

/// <summary>There is no such message, or it has no file.</summary>
internal sealed class NoSuchFileException : Exception
{
    /// <summary>Nothing that is there could be opened.</summary>
    public bool IsOtherKey { get; init; }
}
