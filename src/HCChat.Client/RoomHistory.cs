using System.Runtime.CompilerServices;

namespace HCChat.Client;

/// <summary>Reads a room backwards, page by page, from a place on: an epoch, and then the one before.</summary>
/// <param name="ask">Asks for a page under the room's gate, and gives how to withdraw the question.</param>
internal sealed class RoomHistory(EventList room, Func<PageRequest, Action> ask)
{
    /// <summary>The pages, newest first. The room must not be closed meanwhile.</summary>
    /// <exception cref="RoomClosedException">The room is closed.</exception>
    public async IAsyncEnumerable<Page> ReadAsync(RoomPosition before, [EnumeratorCancellation] CancellationToken stop)
    {
        RoomPosition? from = before;
        var epoch = before.Epoch;
        var known = new HashSet<string> { epoch };
        while (true)
        {
            var page = await AskAsync(from, epoch, stop).ConfigureAwait(false);
            if (!page.Recovered)
            {
                yield break;
            }
            yield return page;
            if (page.More && page.From < (from?.Seq ?? long.MaxValue))
            {
                from = new RoomPosition(page.Epoch, page.From);
            }
            else if (page.Previous is { } previous && known.Add(previous))
            {
                (from, epoch) = (null, previous);
            }
            else
            {
                yield break;
            }
        }
    }

    private async Task<Page> AskAsync(RoomPosition? before, string epoch, CancellationToken stop)
    {
        var answer = new TaskCompletionSource<Page>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Answer(Page? page)
        {
            if (page is null)
            {
                answer.TrySetException(new RoomClosedException("The room is closed."));
            }
            else
            {
                answer.TrySetResult(page);
            }
        }
        var withdraw = ask(
            before is { } at ? PageRequest.Before(room, at, Answer) : PageRequest.Newest(room, epoch, Answer)
        );
        try
        {
            return await answer.Task.WaitAsync(stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            withdraw();
            throw;
        }
    }
}
