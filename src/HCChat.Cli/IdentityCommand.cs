using System.CommandLine;
using HCChat.Client;
using HCChat.Crypto;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Cli;

/// <summary><c>hcchat identity</c>: the key that one signs with.</summary>
internal static class IdentityCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(Terminal terminal)
    {
        var command = new Command(
            "identity",
            Say("The key that you sign with in encrypted rooms.", "在加密房间中用来签名的密钥。")
        );
        command.Subcommands.Add(Show(terminal));
        command.Subcommands.Add(Export(terminal));
        command.Subcommands.Add(Import(terminal));
        return command;
    }

    private static Command Show(Terminal terminal)
    {
        var (command, file) = Verb(
            "show",
            Say("Write the fingerprint, for others to compare, and the public key.", "输出指纹（供他人核对）和公钥。")
        );
        command.SetAction(
            async (parsed, _) =>
            {
                using var identity = Open(parsed.GetValue(file), terminal);
                await terminal.Output.WriteLineAsync(identity.Key.ToString());
                await terminal.Output.WriteLineAsync(identity.Key.Text);
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static Command Export(Terminal terminal)
    {
        var secret = new Option<bool>("--show-secret")
        {
            Description = Say("write the secret key to standard output", "将私钥输出到标准输出"),
        };
        var (command, file) = Verb(
            "export",
            Say(
                "Write the key as hcid1-…, to carry it to another device. Whoever has it can sign in your name.",
                "以 hcid1-… 形式输出密钥，用于转移到其他设备。持有者可以用您的名义签名。"
            )
        );
        command.Options.Add(secret);
        command.SetAction(
            async (parsed, _) =>
            {
                if (!parsed.GetValue(secret))
                {
                    throw new UsageException(
                        Say(
                            "This writes your secret key: say --show-secret, and let nobody see it.",
                            "此命令会输出私钥：请加 --show-secret，并避免他人看到。"
                        )
                    );
                }
                using var identity = Open(parsed.GetValue(file), terminal);
                await terminal.Output.WriteLineAsync(identity.ExportWithSecret());
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static Command Import(Terminal terminal)
    {
        var replace = new Option<bool>("--replace")
        {
            Description = Say("the key that is there now is lost", "现有的密钥将丢失"),
        };
        var (command, file) = Verb(
            "import",
            Say("Take over a key (hcid1-…) from standard input.", "从标准输入导入密钥（hcid1-…）。")
        );
        command.Options.Add(replace);
        command.SetAction(
            async (parsed, stop) =>
            {
                var text = await terminal.Input.ReadLineAsync(stop) ?? "";
                var path = IdentityOptions.PathOf(parsed.GetValue(file), terminal);
                using var identity = Parse(text.Trim());
                if (File.Exists(path) && !parsed.GetValue(replace))
                {
                    throw new UsageException(
                        Say(
                            $"There is a key in {path}. With --replace it is lost: export it first.",
                            $"{path} 中已有密钥。使用 --replace 会丢失它，请先导出。"
                        )
                    );
                }
                IdentityFile.Save(path, identity, parsed.GetValue(replace));
                await terminal.Output.WriteLineAsync(identity.Key.ToString());
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static (Command, Option<string?> File) Verb(string name, string description)
    {
        var file = IdentityOptions.FileOption();
        var command = new Command(name, description);
        command.Options.Add(file);
        return (command, file);
    }

    private static SigningIdentity Open(string? given, Terminal terminal)
    {
        var path = IdentityOptions.PathOf(given, terminal);
        try
        {
            return IdentityFile.Open(path);
        }
        catch (E2eeException)
        {
            throw IdentityOptions.Damaged(path);
        }
    }

    private static SigningIdentity Parse(string text)
    {
        try
        {
            return SigningIdentity.Import(text);
        }
        catch (E2eeException)
        {
            throw new UsageException(
                Say(
                    "That is no key: it is hcid1- and 48 characters, all of them right.",
                    "这不是有效的密钥：应为 hcid1- 加 48 个字符，且须全部正确。"
                )
            );
        }
    }
}
