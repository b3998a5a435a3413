using HCChat.Client;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Cli;

/// <summary>This user's logins, one at each server.</summary>
internal static class Accounts
{
    /// <summary>Where the login at a server is kept.</summary>
    public static string FileOf(Uri server, Terminal terminal) =>
        Path.Combine(UserFolders.Accounts(terminal), AccountLogin.FileNameOf(server));

    /// <summary>The login at a server; null when there is none.</summary>
    /// <exception cref="DamagedException">Its file is damaged: whoever is logged in does not become a guest unasked.</exception>
    public static AccountLogin? Open(Uri server, Terminal terminal)
    {
        var file = FileOf(server, terminal);
        try
        {
            return AccountLogin.Open(file);
        }
        catch (InvalidDataException)
        {
            throw new DamagedException(
                Say(
                    $"The login in {file} is damaged. Log in again with hcchat login, or go in as a guest with --guest.",
                    $"{file} 中的登录信息已损坏。请用 hcchat login 重新登录，或用 --guest 以访客身份进入。"
                )
            );
        }
    }
}
