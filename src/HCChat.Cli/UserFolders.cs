namespace HCChat.Cli;

/// <summary>Where this user's things are kept between two commands.</summary>
internal static class UserFolders
{
    /// <summary>Unacknowledged messages and sessions: <c>hcchat/outbox</c> in <c>XDG_STATE_HOME</c>, else <c>~/.local/state</c>; on Windows the local application data.</summary>
    public static string Outbox(Terminal terminal) =>
        Path.Combine(Of(terminal, "XDG_STATE_HOME", ".local", "state"), "outbox");

    /// <summary>Uploads that are not over, with the keys of their objects: <c>hcchat/uploads</c>, beside the outbox.</summary>
    public static string Uploads(Terminal terminal) =>
        Path.Combine(Of(terminal, "XDG_STATE_HOME", ".local", "state"), "uploads");

    /// <summary>The logins, a file for each server: <c>hcchat/accounts</c>, beside the outbox.</summary>
    public static string Accounts(Terminal terminal) =>
        Path.Combine(Of(terminal, "XDG_STATE_HOME", ".local", "state"), "accounts");

    /// <summary>This user's key: <c>hcchat/identity</c> in <c>XDG_DATA_HOME</c>, else <c>~/.local/share</c>; on Windows the local application data.</summary>
    public static string Identity(Terminal terminal) => Path.Combine(Data(terminal), "identity");

    /// <summary>The keys of others, beside it.</summary>
    public static string Pins(Terminal terminal) => Path.Combine(Data(terminal), "pins");

    private static string Data(Terminal terminal) => Of(terminal, "XDG_DATA_HOME", ".local", "share");

    private static string Of(Terminal terminal, string variable, params string[] below)
    {
        var user = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var folder =
            terminal.Environment(variable)
            ?? (
                OperatingSystem.IsWindows()
                    ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
                    : Path.Combine([user, .. below])
            );
        return Path.Combine(folder, "hcchat");
    }
}
