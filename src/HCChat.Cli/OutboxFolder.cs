using static HCChat.Server.Hosting.Language;

namespace HCChat.Cli;

/// <summary>Where this user's unacknowledged messages are kept between two commands.</summary>
internal static class OutboxFolder
{
    /// <summary>The folder; null, and a word to the user, where nothing can be written.</summary>
    public static async Task<string?> OpenAsync(Terminal terminal)
    {
        var folder = UserFolders.Outbox(terminal);
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
}
