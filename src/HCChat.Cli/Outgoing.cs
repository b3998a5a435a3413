using HCChat.Client;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Cli;

/// <summary>What the user said and the server has not acknowledged yet.</summary>
internal static class Outgoing
{
    /// <summary>
    /// Waits for the server, and passes on what it says meanwhile, also of messages that an earlier command had left. Whoever does not want to wait any longer
    /// is told that the message is on its way all the same: it stays in the outbox.
    /// </summary>
    public static async Task<string> WaitAsync(
        ChatRoom room,
        Task<string> sending,
        Terminal terminal,
        CancellationToken stop
    )
    {
        using var answered = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var telling = TellAsync(room, terminal, answered.Token);
        try
        {
            return await sending.WaitAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await terminal.Error.WriteLineAsync(
                Say(
                    "hcchat: not acknowledged yet. Unless --no-outbox is given it is kept, and the next hcchat send or listen in this room delivers it.",
                    "hcchat：尚未获得确认。除非使用了 --no-outbox，消息已保存，下次在该房间运行 hcchat send 或 listen 时补发。"
                )
            );
            throw;
        }
        finally
        {
            await answered.CancelAsync();
            await telling;
        }
    }

    private static async Task TellAsync(ChatRoom room, Terminal terminal, CancellationToken stop)
    {
        try
        {
            await foreach (var happened in room.ReadAsync(stop))
            {
                if (happened is NoticeReceived { Code: not null } or Disconnected)
                {
                    await terminal.Error.WriteLineAsync($"hcchat: {EventText.Sentence(happened)}");
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The answer is there.
        }
    }
}
