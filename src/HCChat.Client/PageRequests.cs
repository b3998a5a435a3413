namespace HCChat.Client;

/// <summary>A page that is wanted.</summary>
/// <param name="Frame">The <c>sync</c> that asks for it.</param>
/// <param name="Fits">Is this page the answer, and not one to an earlier question?</param>
/// <param name="Answer">Takes the page; null when the room is closed.</param>
internal sealed record PageRequest(byte[] Frame, Func<Page, bool> Fits, Action<Page?> Answer)
{
    /// <summary>Most events on a page.</summary>
    public const int Limit = 200;

    /// <summary>What follows a place.</summary>
    public static PageRequest Since(EventList list, RoomPosition at, Action<Page?> answer) =>
        new(
            Frames.Sync(list, at.Epoch, since: at.Seq),
            page => page.IsInbox == list.IsInbox && (!page.Recovered || (page.Epoch == at.Epoch && page.To >= at.Seq)),
            answer
        );

    /// <summary>What comes before a place.</summary>
    public static PageRequest Before(EventList list, RoomPosition at, Action<Page?> answer) =>
        new(
            Frames.Sync(list, at.Epoch, before: at.Seq),
            page =>
                page.IsInbox == list.IsInbox
                && (!page.Recovered || (page.Epoch == at.Epoch && page.To == Math.Min(page.Head, at.Seq - 1))),
            answer
        );

    /// <summary>The newest of an epoch.</summary>
    public static PageRequest Newest(EventList list, string epoch, Action<Page?> answer) =>
        new(
            Frames.Sync(list, epoch),
            page => page.IsInbox == list.IsInbox && (!page.Recovered || (page.Epoch == epoch && page.To >= page.Head)),
            answer
        );
}

/// <summary>
/// The pages that one room wants, asked for one after the other: the server's answers carry no number by which they could be told apart. A question
/// without an answer is asked again, after a while or on the next connection. Everything happens under the room's gate.
/// </summary>
internal sealed class PageRequests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DefaultPause = TimeSpan.FromSeconds(3);

    private readonly Lock _gate;
    private readonly Action<ReadOnlyMemory<byte>> _post;
    private readonly ITimer _retry;
    private readonly LinkedList<PageRequest> _line = [];
    private PageRequest? _underway;
    private bool _open;

    public PageRequests(Lock gate, Action<ReadOnlyMemory<byte>> post, TimeProvider time)
    {
        _gate = gate;
        _post = post;
        _retry = time.CreateTimer(_ => AskAgain(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Asks when it is its turn.</summary>
    public void Ask(PageRequest request)
    {
        _line.AddLast(request);
        SendNext();
    }

    /// <summary>Asks next: what happens now waits for it.</summary>
    public void AskNext(PageRequest request)
    {
        if (_underway is null)
        {
            _line.AddFirst(request);
        }
        else
        {
            _line.AddAfter(_line.Find(_underway)!, request);
        }
        SendNext();
    }

    /// <summary>Waits for an answer to what another frame (a <c>join</c> with <c>resume</c>) has asked already.</summary>
    public void Expect(PageRequest request)
    {
        _line.AddFirst(request);
        _underway = request;
        _retry.Change(Patience, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Nobody wants it any more.</summary>
    public void Drop(PageRequest request)
    {
        _line.Remove(request);
        if (_underway == request)
        {
            _underway = null;
            SendNext();
        }
    }

    /// <summary>The room is entered on this connection.</summary>
    public void Open()
    {
        _open = true;
        SendNext();
    }

    /// <summary>The connection is lost, and with it the answer to what was asked.</summary>
    public void Suspend()
    {
        _open = false;
        _underway = null;
    }

    /// <summary>Hands a page to whoever wants it; false when nobody asked.</summary>
    public bool OnPage(Page page)
    {
        if (_underway is not { } request || !request.Fits(page))
        {
            return false;
        }
        _line.Remove(request);
        _underway = null;
        request.Answer(page);
        SendNext();
        return true;
    }

    /// <summary>The server has no time now, perhaps for our question.</summary>
    public void OnRefused(TimeSpan? retryAfter)
    {
        if (_underway is not null)
        {
            _retry.Change(retryAfter ?? DefaultPause, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The room is closed: nobody gets an answer.</summary>
    public void Dispose()
    {
        _retry.Dispose();
        _open = false;
        foreach (var request in _line)
        {
            request.Answer(null);
        }
        _line.Clear();
    }

    private void AskAgain()
    {
        lock (_gate)
        {
            _underway = null;
            SendNext();
        }
    }

    private void SendNext()
    {
        if (_open && _underway is null && _line.First is { Value: var next })
        {
            _underway = next;
            _retry.Change(Patience, Timeout.InfiniteTimeSpan);
            _post(next.Frame);
        }
    }
}
