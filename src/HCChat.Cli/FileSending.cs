using System.CommandLine;
using HCChat.Client;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Cli;

/// <summary>The files of <c>hcchat send</c>.</summary>
internal sealed class FileSending
{
    private const string StandardInput = "-";

    private readonly Option<string[]> _files = new("--file", "-f")
    {
        HelpName = "PATH",
        Description = Say(
            "a file to send, up to ten times; '-' reads standard input, and needs --name. -m is what is said of them. If the network fails or the command is stopped, run the same command again: it goes on where it was",
            "要发送的文件，最多十个；“-” 表示从标准输入读取，须加 --name。-m 为说明文字。网络中断或命令被中止后，再次运行同一命令会从中断处继续"
        ),
    };

    private readonly Option<string?> _name = new("--name")
    {
        Description = Say("what the others see as the file's name; for one file", "其他人看到的文件名；仅用于单个文件"),
    };

    private readonly Option<string?> _mime = new("--mime")
    {
        Description = Say(
            "the media type; else by the name's ending; for one file",
            "媒体类型；默认由扩展名决定；仅用于单个文件"
        ),
    };

    /// <summary>Adds the options.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_files);
        command.Options.Add(_name);
        command.Options.Add(_mime);
    }

    /// <summary>Are there any?</summary>
    public bool IsAsked(ParseResult parsed) => Paths(parsed).Length > 0;

    /// <summary>Is standard input one of them?</summary>
    public bool TakesInput(ParseResult parsed) => Paths(parsed).Contains(StandardInput);

    /// <summary>The files.</summary>
    /// <exception cref="UsageException">They cannot be sent like that.</exception>
    /// <exception cref="FileNotFoundException">One is not there.</exception>
    public IReadOnlyList<OutgoingFile> Open(ParseResult parsed, Terminal terminal)
    {
        var (paths, name, mime) = (Paths(parsed), parsed.GetValue(_name), parsed.GetValue(_mime));
        if (paths.Length > ChatRoom.MaxFiles)
        {
            throw new UsageException(Say("At most ten files go into a message.", "一条消息最多十个文件。"));
        }
        if (paths.Length > 1 && (name is not null || mime is not null))
        {
            throw new UsageException(Say("--name and --mime are for one file.", "--name 和 --mime 仅用于单个文件。"));
        }
        if (paths.Contains(StandardInput) && name is null)
        {
            throw new UsageException(
                Say(
                    "What comes from standard input needs a name: --name NAME. It goes as the only file.",
                    "从标准输入读取的文件须用 --name 指定名称，且只能单独发送。"
                )
            );
        }
        if (mime is { Length: 0 or > 100 } || mime?.All(c => c is >= ' ' and <= '~') == false)
        {
            throw new UsageException(
                Say("A media type has 1 to 100 ASCII characters.", "媒体类型为 1 至 100 个 ASCII 字符。")
            );
        }
        return
        [
            .. paths.Select(path =>
                path == StandardInput
                    ? OutgoingFile.FromStream(terminal.OpenInput(), name!, mime)
                    : OnDisk(path, name, mime)
            ),
        ];
    }

    /// <summary>The word to the user that the files are not sent yet, and how to go on.</summary>
    public static KeptException Kept(string? reason)
    {
        var sentence = Say(
            "Not sent yet. What has been uploaded is kept: run the same command again, and it goes on where it was.",
            "尚未发送完。已上传的部分不会丢失：再次运行同一命令，会从中断处继续。"
        );
        return new KeptException(reason is null ? sentence : $"{reason} {sentence}");
    }

    private static OutgoingFile OnDisk(string path, string? name, string? mime)
    {
        if (Directory.Exists(path))
        {
            throw new UsageException(
                Say(
                    $"{path} is a folder. Make one file of it first, as with tar or zip.",
                    $"{path} 是文件夹，请先打包成一个文件（例如用 tar 或 zip）。"
                )
            );
        }
        return File.Exists(path)
            ? OutgoingFile.FromPath(path, name, mime)
            : throw new FileNotFoundException(null, path);
    }

    private string[] Paths(ParseResult parsed) => parsed.GetValue(_files) ?? [];
}
