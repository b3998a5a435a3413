using System.CommandLine;
using HCChat.Client;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Cli;

/// <summary><c>hcchat send</c>: joins, sends one message, waits until the server has it, leaves.</summary>
internal sealed class SendCommand
{
    private readonly Option<string?> _message = new("--message", "-m")
    {
        Description = Say("what to say; '-' reads standard input", "要发送的内容；“-” 表示从标准输入读取"),
    };

    private readonly Option<bool> _emote = new("--emote")
    {
        Description = Say("as an action: \"alice waves\"", "以动作形式发送"),
    };

    private readonly Option<string?> _replyTo = new("--reply-to")
    {
        Description = Say(
            "the id of the message that this one answers (encrypted rooms)",
            "所回复消息的 id（仅加密房间）"
        ),
    };

    private readonly Option<int?> _ttl = new("--ttl")
    {
        Description = Say(
            "seconds after which the message disappears, 5 to 31536000",
            "消息在多少秒后消失，5 至 31536000"
        ),
    };

    private readonly Option<bool> _printId = new("--print-id")
    {
        Description = Say("write the message's id when the server has it", "服务器确认后输出消息的 id"),
    };

    private readonly RoomOptions _room = new();
    private readonly FileSending _files = new();

    private static string Description =>
        Say(
            "Send one message, encrypted unless --plain is given, and wait until the server has acknowledged it. If the server cannot be reached, the network fails or this "
                + "command is stopped first, the message stays on disk as it goes out (sealed in an encrypted room), the exit code is 5, and the next `hcchat send` or `hcchat listen` "
                + "in that room delivers it. The server knows it again, so it is said once (in an unencrypted room for a day). --no-outbox switches this off.",
            "发送一条消息（除非加 --plain，否则加密），并等待服务器确认。如果连不上服务器、网络中断或命令先被中止，消息会按发出时的样子（加密房间中为密文）"
                + "保存在磁盘上，退出码为 5，下次在该房间运行 hcchat send 或 hcchat listen 会补发。服务器能认出同一条消息，不会重复"
                + "（不加密的房间以一天为限）。--no-outbox 可关闭此功能。"
        );

    /// <summary>The verb.</summary>
    public static Command Create(Terminal terminal)
    {
        var send = new SendCommand();
        var command = new Command("send", Description);
        send._room.AddTo(command);
        send._files.AddTo(command);
        foreach (Option option in new Option[] { send._message, send._emote, send._replyTo, send._ttl, send._printId })
        {
            command.Options.Add(option);
        }
        command.SetAction((parsed, stop) => send.RunAsync(parsed, terminal, stop));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        var files = _files.IsAsked(parsed) ? _files.Open(parsed, terminal) : null;
        var text = files is null
            ? await TextAsync(parsed.GetValue(_message), terminal)
            : await CaptionAsync(parsed, terminal);
        var (emote, replyTo, ttl) = (
            parsed.GetValue(_emote),
            parsed.GetValue(_replyTo),
            Lifetime(parsed.GetValue(_ttl))
        );
        if ((emote && (replyTo is not null || ttl is not null)) || (replyTo is not null && _room.IsPlain(parsed)))
        {
            throw new UsageException(
                Say(
                    "--reply-to and --ttl do not go with --emote, nor --reply-to with --plain.",
                    "--reply-to、--ttl 不能与 --emote 同用，--reply-to 不能与 --plain 同用。"
                )
            );
        }
        if (replyTo is not null)
        {
            _room.CheckId(parsed, replyTo);
        }
        if (files is not null)
        {
            return await SendFilesAsync(parsed, files, text, replyTo, ttl, terminal, stop);
        }
        var destination = await _room.ResolveAsync(parsed, terminal);
        await using var visit = await EnterOrKeepAsync(
            destination,
            () => DeferredMessage.Keep(destination.Options, destination.Access, text, emote, replyTo, ttl),
            terminal,
            stop
        );
        ttl ??= await visit.Room.TimerAsync(stop);
        // Not stopped by the user's impatience: the message stays in the outbox.
        var sending = emote
            ? visit.Room.EmoteAsync(text, CancellationToken.None)
            : visit.Room.SendAsync(text, replyTo, ttl, CancellationToken.None);
        return await DoneAsync(parsed, await Outgoing.WaitAsync(visit, sending, terminal, stop), terminal);
    }

    private async Task<int> SendFilesAsync(
        ParseResult parsed,
        IReadOnlyList<OutgoingFile> files,
        string caption,
        string? replyTo,
        TimeSpan? ttl,
        Terminal terminal,
        CancellationToken stop
    )
    {
        await using var visit = await _room.EnterToGoOnAsync(parsed, terminal, stop);
        ttl ??= await visit.Room.TimerAsync(stop);
        using var progress = new ProgressLine(terminal);
        var sending = visit.Room.SendFilesAsync(files, caption, replyTo, ttl, progress, stop);
        // What came from standard input is gone with it.
        var id = _files.TakesInput(parsed)
            ? await Outgoing.WaitAsync(visit with { Keeps = false }, sending, terminal, stop)
            : await Outgoing.WaitAsync(visit, sending, terminal, stop, FileSending.Kept);
        progress.Dispose();
        return await DoneAsync(parsed, id, terminal);
    }

    private async Task<int> DoneAsync(ParseResult parsed, string id, Terminal terminal)
    {
        if (parsed.GetValue(_printId))
        {
            await terminal.Output.WriteLineAsync(id);
        }
        return ExitCode.Done;
    }

    private async Task<string> CaptionAsync(ParseResult parsed, Terminal terminal)
    {
        var given = parsed.GetValue(_message);
        if (parsed.GetValue(_emote) || !_room.IsSealed(parsed) || (given == "-" && _files.TakesInput(parsed)))
        {
            throw new UsageException(
                Say(
                    "--file goes with encrypted rooms alone, not with --plain, --hchat or --emote, and standard input is read once.",
                    "--file 仅用于加密房间，不能与 --plain、--hchat、--emote 同用；标准输入只能读取一次。"
                )
            );
        }
        return given is null ? "" : await TextAsync(given, terminal);
    }

    /// <summary>Goes into the room, or leaves the message for the next command when time may help.</summary>
    /// <exception cref="KeptException">It is left.</exception>
    private static async Task<Visit> EnterOrKeepAsync(
        Destination destination,
        Func<string> keep,
        Terminal terminal,
        CancellationToken stop
    )
    {
        try
        {
            return await destination.EnterAsync(stop);
        }
        catch (Exception e) when (destination.Keeps && MayPass(e, stop))
        {
            if (!destination.Access.CanSealUnjoined)
            {
                await terminal.Error.WriteLineAsync(
                    Say(
                        "hcchat: the message is NOT kept: under a passphrase it can be sealed only once the server has named the room's salt. A link with the key (k=) or the salt (s=) does not have this limit.",
                        "hcchat：消息未保存：使用口令时，须先由服务器给出房间盐值才能加密。含密钥（k=）或盐值（s=）的链接没有此限制。"
                    )
                );
                throw;
            }
            keep();
            throw Outgoing.Kept(Failure.Of(e)?.Sentence);
        }
    }

    private static bool MayPass(Exception e, CancellationToken stop) =>
        e
            is ConnectFailedException
                or ConnectionEndedException { CloseCode: null }
                or JoinRefusedException { IsTemporary: true }
        || (e is OperationCanceledException && stop.IsCancellationRequested);

    private static TimeSpan? Lifetime(int? seconds) =>
        seconds is null or (>= 5 and <= 31_536_000)
            ? (seconds is { } given ? TimeSpan.FromSeconds(given) : null)
            : throw new UsageException(Say("--ttl takes 5 to 31536000 seconds.", "--ttl 的范围是 5 至 31536000 秒。"));

    /// <summary>What to say: the option, or standard input.</summary>
    /// <exception cref="UsageException">It is missing or empty.</exception>
    public static async Task<string> TextAsync(string? given, Terminal terminal)
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
