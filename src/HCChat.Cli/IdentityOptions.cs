using System.CommandLine;
using HCChat.Client;
using HCChat.Crypto;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Cli;

/// <summary>With which key one signs, and whether the server is to know it.</summary>
internal sealed class IdentityOptions
{
    private readonly Option<string?> _file = FileOption();

    private readonly Option<bool> _prove = new("--prove")
    {
        Description = Say(
            "prove your key to the server, because you have a role in the room or come to claim it; the server then knows which rooms the key is in",
            "向服务器证明自己的密钥（在房间中有角色，或要认领房间时使用）；服务器由此知道该密钥进入了哪些房间"
        ),
    };

    /// <summary>The option that names another key file.</summary>
    public static Option<string?> FileOption() =>
        new("--identity")
        {
            HelpName = "FILE",
            Description = Say(
                "file with the key that you sign with; else HCCHAT_IDENTITY, else your own, which is made when it is first needed",
                "保存签名密钥的文件；否则用环境变量 HCCHAT_IDENTITY，再否则用自己的密钥（首次使用时生成）"
            ),
        };

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_file);
        command.Options.Add(_prove);
    }

    /// <summary>Where the user's key is.</summary>
    public static string PathOf(string? given, Terminal terminal) =>
        given ?? terminal.Environment("HCCHAT_IDENTITY") ?? UserFolders.Identity(terminal);

    /// <summary>A key that is damaged is nobody's business but the user's.</summary>
    public static DamagedException Damaged(string path) =>
        new(
            Say(
                $"The key in {path} is damaged. It is not replaced by itself, for another key is another person to everybody: put a copy back (hcchat identity import --replace), or move it away.",
                $"{path} 中的密钥已损坏。程序不会自行更换，因为换了密钥，对所有人来说就是另一个人：请恢复备份（hcchat identity import --replace），或移走该文件。"
            )
        );

    /// <summary>As whom: the user's key, and those by which others are known.</summary>
    /// <param name="proves">Prove the key even if the user did not say so.</param>
    /// <exception cref="DamagedException">The key's file is damaged.</exception>
    public async Task<ChatOptions> ApplyAsync(ChatOptions options, ParseResult parsed, Terminal terminal, bool proves)
    {
        var path = PathOf(parsed.GetValue(_file), terminal);
        var isUsual = path == UserFolders.Identity(terminal);
        try
        {
            return options with
            {
                Identity = IdentityFile.Open(path),
                Pins = room => new FilePinStore(UserFolders.Pins(terminal), room),
                ProveIdentity = proves || parsed.GetValue(_prove),
            };
        }
        catch (E2eeException)
        {
            throw Damaged(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException && isUsual && !File.Exists(path))
        {
            await terminal.Error.WriteLineAsync(
                Say(
                    $"hcchat: no key is kept, because {path} cannot be made: to the others you are somebody new with every command.",
                    $"hcchat：无法创建 {path}，密钥未保存：每次运行命令，对其他人来说您都是新的人。"
                )
            );
            return options with { ProveIdentity = proves || parsed.GetValue(_prove) };
        }
    }
}
