using System.CommandLine;
using HCChat.Cli.Doctor;
using HCChat.Server;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Cli;

/// <summary>The command <c>hcchat</c>.</summary>
public static class Program
{
    /// <summary>
    /// Runs one verb and returns the process's exit code: 0 done, 1 failed, 2 wrong usage, 3 refused by the server, 4 wrong key, 5 not
    /// delivered yet but kept.
    /// </summary>
    public static Task<int> Main(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        return args switch
        {
            ["serve", ..] => ServerHost.RunAsync(args[1..]),
            ["migrate", ..] => ServerHost.MigrateAsync(args[1..]),
            ["restored", ..] => ServerHost.RestoredAsync(args[1..]),
            _ => RunAsync(args, Terminal.Console),
        };
    }

    /// <summary>A client verb in given surroundings.</summary>
    internal static async Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken stop = default)
    {
        var root = new RootCommand(Say("HCChat: chat that is encrypted from end to end.", "HCChat：端到端加密聊天。"));
        root.Subcommands.Add(new Command("serve", Say("Run the server.", "运行服务器。"))); // handed over above; here for the help
        root.Subcommands.Add(
            new Command(
                "migrate",
                Say("Bring a PostgreSQL database to this version.", "把 PostgreSQL 数据库升级到此版本。")
            )
        );
        root.Subcommands.Add(
            new Command(
                "restored",
                Say("Say that a backup was put back: rooms begin new numbers.", "说明已恢复备份：各房间重新开始编号。")
            )
        );
        root.Subcommands.Add(SendCommand.Create(terminal));
        root.Subcommands.Add(ListenCommand.Create(terminal));
        root.Subcommands.Add(HistoryCommand.Create(terminal));
        root.Subcommands.Add(DownloadCommand.Create(terminal));
        foreach (var command in ChangeCommands.Create(terminal))
        {
            root.Subcommands.Add(command);
        }
        root.Subcommands.Add(RoomCommand.Create(terminal));
        root.Subcommands.Add(AdminCommand.Create(terminal));
        root.Subcommands.Add(DoctorCommand.Create(terminal));
        root.Subcommands.Add(AccountCommands.LogIn(terminal));
        root.Subcommands.Add(AccountCommands.LogOut(terminal));
        root.Subcommands.Add(IdentityCommand.Create(terminal));
        root.Subcommands.Add(TrustCommand.Create(terminal));
        var json = args is ["listen" or "history", ..] && args.Contains("--json");
        if (RoomOptions.SecretInArguments(args) is { } sentence)
        {
            return await new Failure(ExitCode.Usage, "secret_in_argv", sentence).TellAsync(
                terminal.Output,
                terminal.Error,
                json
            );
        }
        // Keys and fingerprints may begin with "-h" or any other short option: letters behind one are no more options.
        var parsed = root.Parse(args, new ParserConfiguration { EnablePosixBundling = false });
        if (parsed.Errors.Count > 0)
        {
            var errors = string.Join(' ', parsed.Errors.Select(error => error.Message));
            var wrong = Say(errors, $"命令用法有误，用法见 --help（{errors}）");
            return await new Failure(ExitCode.Usage, "usage", wrong).TellAsync(terminal.Output, terminal.Error, json);
        }
        var configuration = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            Output = terminal.Output,
            Error = terminal.Error,
        };
        try
        {
            return await parsed.InvokeAsync(configuration, stop);
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Failed;
        }
        catch (Exception e) when (Failure.Of(e) is { } failure)
        {
            return await failure.TellAsync(terminal.Output, terminal.Error, json);
        }
    }
}
