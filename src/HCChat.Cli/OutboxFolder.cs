using static HCChat.Server.Hosting.Language;

namespace HCChat.Cli;

/// <summary>Where this user's unacknowledged messages are kept between two commands.</summary>
internal static class OutboxFolder
{
    /// <summary>The folder; null, and a word to the user, where nothing can be written.</summary>
    public static async Task<string?> OpenAsync(Terminal terminal)
    {
        var folder = Of(terminal);
        try
        {
            Directory.CreateDirectory(folder);
            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await terminal.Error.WriteLineAsync(
                Say(
                    $"hcchat: no outbox, because {folder} cannot be made: what is not acknowledged when this ends is lost.",
                    $"hcchat：无法创建 {folder}，没有发件箱：命令结束时尚未确认的消息会丢失。"
                )
            );
            return null;
        }
    }

    /// <summary><c>hcchat/outbox</c> in the folder for state: <c>XDG_STATE_HOME</c>, else <c>~/.local/state</c>; on Windows the local application data.</summary>
    private static string Of(Terminal terminal)
    {
        var user = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var state =
            terminal.Environment("XDG_STATE_HOME")
            ?? (
                OperatingSystem.IsWindows()
                    ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
                    : Path.Combine(user, ".local", "state")
            );
        return Path.Combine(state, "hcchat", "outbox");
    }
}
