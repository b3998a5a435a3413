using System.CommandLine;
using HCChat.Client;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Cli;

/// <summary><c>hcchat login</c> and <c>hcchat logout</c>: an account, for servers that do not take guests and for roles in rooms.</summary>
internal static class AccountCommands
{
    private const string NameVariable = "HCCHAT_ACCOUNT";
    private const string PasswordVariable = "HCCHAT_ACCOUNT_PASSWORD";
    private const string InvitationVariable = "HCCHAT_ACCOUNT_INVITE";

    /// <summary>Logs in.</summary>
    public static Command LogIn(Terminal terminal)
    {
        var name = new Option<string?>("--name")
        {
            Description = Say($"the account's name; else {NameVariable}", $"账号名；否则用环境变量 {NameVariable}"),
        };
        var passwordFile = new Option<string?>("--password-file")
        {
            Description = Say(
                $"file with the account's password ('-': standard input); else {PasswordVariable}, else a prompt",
                $"保存账号密码的文件（“-” 表示标准输入）；否则用环境变量 {PasswordVariable}，再否则提示输入"
            ),
        };
        var inviteFile = new Option<string?>("--invite-file")
        {
            Description = Say(
                $"file with an invitation: the account is made by it; else {InvitationVariable}",
                $"保存注册邀请的文件，用于新建账号；否则用环境变量 {InvitationVariable}"
            ),
        };
        var server = ServerOption();
        var command = new Command(
            "login",
            Say(
                "Log in with an account. The commands that follow use the login; the password is kept nowhere.",
                "用账号登录。之后的命令使用此登录；不保存密码。"
            )
        );
        command.Options.Add(name);
        command.Options.Add(passwordFile);
        command.Options.Add(inviteFile);
        command.Options.Add(server);
        command.SetAction(
            async (parsed, stop) =>
            {
                var address = Address(parsed, server, terminal);
                var account = parsed.GetValue(name) ?? terminal.Environment(NameVariable);
                if (account is null)
                {
                    throw new UsageException(
                        Say($"Who? Use --name or {NameVariable}.", $"请用 --name 或 {NameVariable} 指定账号名。")
                    );
                }
                var invitation = await SecretText.ReadAsync(parsed.GetValue(inviteFile), InvitationVariable, terminal);
                var password = await PasswordAsync(parsed.GetValue(passwordFile), terminal);
                var file = Accounts.FileOf(address, terminal);
                var login = invitation is null
                    ? await AccountLogin.LogInAsync(address, account, password, file, stop: stop)
                    : await AccountLogin.RegisterAsync(address, invitation, account, password, file, stop: stop);
                await terminal.Output.WriteLineAsync(RoomVerb.Line(login.Name, login.Identity));
                return ExitCode.Done;
            }
        );
        return command;
    }

    /// <summary>Logs out.</summary>
    public static Command LogOut(Terminal terminal)
    {
        var server = ServerOption();
        var command = new Command(
            "logout",
            Say("End the login at a server, there and here.", "结束在服务器上的登录，并删除本机的登录信息。")
        );
        command.Options.Add(server);
        command.SetAction(
            async (parsed, stop) =>
            {
                var address = Address(parsed, server, terminal);
                try
                {
                    if (Accounts.Open(address, terminal) is { } login)
                    {
                        await login.LogOutAsync(stop);
                    }
                }
                catch (DamagedException)
                {
                    File.Delete(Accounts.FileOf(address, terminal));
                }
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static async Task<string> PasswordAsync(string? file, Terminal terminal) =>
        await SecretText.ReadAsync(file, PasswordVariable, terminal)
        ?? terminal.Ask(Say("Password: ", "密码："))
        ?? throw new UsageException(
            Say(
                $"The password? Use --password-file FILE, --password-file - for standard input, or {PasswordVariable}.",
                $"请用 --password-file 文件、--password-file -（标准输入）或 {PasswordVariable} 提供密码。"
            )
        );

    private static Option<string?> ServerOption() =>
        new("--server")
        {
            Description = Say("the server's address; else HCCHAT_SERVER", "服务器地址；否则用环境变量 HCCHAT_SERVER"),
        };

    private static Uri Address(ParseResult parsed, Option<string?> server, Terminal terminal) =>
        RoomOptions.ServerAddress(parsed.GetValue(server) ?? terminal.Environment("HCCHAT_SERVER"));
}
