using HCChat.Client;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Cli;

/// <summary>What the user said and the server has not acknowledged yet.</summary>
internal static class Outgoing
{
    /// <summary>The word to the user that a message is not delivered yet, and what will become of it.</summary>
    /// <param name="reason">Why, when there is more to say than that the user stopped it.</param>
    public static KeptException Kept(string? reason)
    {
        var sentence = Say(
            "Not delivered yet: the message is kept, and the next hcchat send or listen in this room delivers it.",
            "尚未送达：消息已保存，下次在该房间运行 hcchat send 或 listen 时补发。"
        );
        return new KeptException(reason is null ? sentence : $"{reason} {sentence}");
    }

    /// <summary>Waits for the server, and passes on what it says meanwhile, also of messages that an earlier command had left.</summary>
    /// <exception cref="KeptException">The user does not want to wait any longer, or the connection is over: the message stays in the outbox.</exception>
    public static async Task<string> WaitAsync(
        Visit visit,
        Task<string> sending,
        Terminal terminal,
        CancellationToken stop,
        Func<string?, KeptException>? kept = null
    )
    {
        using var answered = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var telling = TellAsync(visit.Room, terminal, answered.Token);
        try
        {
            return await sending.WaitAsync(stop);
        }
        catch (Exception e)
            when (visit.Keeps
                && (
                    e
                        is ConnectionEndedException
                            or ConnectFailedException
                            or FileRefusedException { IsTemporary: true }
                    || (e is OperationCanceledException && stop.IsCancellationRequested)
                )
            )
        {
            throw (kept ?? Kept)(Failure.Of(e)?.Sentence);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await terminal.Error.WriteLineAsync(
                Say(
                    "hcchat: not acknowledged, and not kept: it may or may not have been said.",
                    "hcchat：未获确认，也未保存：可能已送达，也可能没有。"
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
        var text = new EventText();
        try
        {
            await foreach (var happened in room.ReadAsync(stop))
            {
                if (happened is NoticeReceived { Code: not null } or Disconnected)
                {
                    await terminal.Error.WriteLineAsync($"hcchat: {text.Sentence(happened)}");
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The answer is there.
        }
    }
}
