using System.Text.Json;

namespace HCChat.Client;

/// <summary>
/// The order of one room, or of the whispers to us in it (spec/protocol.md, "Order, history, coming back"): hands on every sequenced frame once and in order. What
/// comes too early is held back until the server has told what was missed; what can no longer be told is a gap. Everything happens under the room's gate.
/// </summary>
internal sealed class Timeline(
    EventList list,
    PageRequests pages,
    Action<JsonElement> deliver,
    Action<RoomPosition> gap
)
{
    /// <summary>Frames that are held back at most. Others are asked for again when their turn comes.</summary>
    public const int MaxHeld = 256;

    private const int MaxEpochs = 16;
    private const int MaxEmptyPages = 4; // one may be late, or an answer to an earlier question

    /// <summary>Before everything: an inbox is read from its beginning, a room from where it is joined.</summary>
    private static readonly RoomPosition s_nowhere = new("", 0);

    private readonly Dictionary<RoomPosition, JsonElement> _held = [];
    private readonly Dictionary<string, long> _shown = []; // epoch → the highest number that was handed on
    private readonly Queue<string> _epochsByAge = [];
    private RoomPosition _heard; // the newest place that is known to be taken
    private PageRequest? _asked;
    private Bridge? _bridge;
    private int _emptyPages;

    /// <summary>Everything up to here was handed on; null while the server gives no numbers.</summary>
    public RoomPosition? Position { get; private set; } = list.IsInbox ? s_nowhere : null;

    /// <summary>The same, when there is anything.</summary>
    public RoomPosition? Known => Position == s_nowhere ? null : Position;

    /// <summary>Where our own time begins: what comes before is history.</summary>
    public RoomPosition? Joined { get; private set; }

    private RoomPosition At => Position!.Value;

    private bool Lacks => _heard.Epoch == At.Epoch && _heard.Seq > At.Seq;

    /// <summary>
    /// The room is entered, and the server says where its list stands. When we had a position it was told to the server, whose answer is expected.
    /// </summary>
    public void Enter(RoomPosition? head)
    {
        if (head is not { } newest)
        {
            Position = null; // a server without numbers: frames pass as they come
            return;
        }
        _heard = newest;
        if (Position is not { } at)
        {
            Joined ??= newest;
            Move(newest);
            return;
        }
        Await(PageRequest.Since(list, at, OnSince));
    }

    /// <summary>The connection is lost: what was held back comes again.</summary>
    public void Lost()
    {
        if (_asked is not null)
        {
            pages.Drop(_asked);
            _asked = null;
        }
        _bridge = null;
        _emptyPages = 0;
        _held.Clear();
    }

    /// <summary>A frame as it happens.</summary>
    public void OnFrame(JsonElement frame)
    {
        if (list.PlaceOf(frame) is not { } place || Position is null)
        {
            deliver(frame);
            return;
        }
        if (!IsAhead(place))
        {
            return; // shown already, or of a list that is over
        }
        if (place.Epoch != _heard.Epoch || place.Seq > _heard.Seq)
        {
            _heard = place;
        }
        var isFirst = place.Seq == 1 && Position == s_nowhere; // the server tells of itself what was before
        if (_bridge is null && (place == At.Next || isFirst))
        {
            Show(place, frame);
        }
        else if (_held.Count < MaxHeld)
        {
            _held.TryAdd(place, frame.Clone());
        }
        Settle();
    }

    /// <summary>A page that nobody asked for, or that came too late. It may fit all the same.</summary>
    public void OnPage(Page page)
    {
        if (_bridge is null && page.Recovered && page.Epoch == Position?.Epoch && page.From <= At.Seq + 1)
        {
            Apply(page);
            Settle();
        }
    }

    /// <summary>A page that the server sends of itself: what is in an inbox, when its owner comes. Nothing else tells how far it goes.</summary>
    public void OnInbox(Page page)
    {
        if (_bridge is not null || _asked is not null)
        {
            return; // what was asked for brings it too
        }
        var head = new RoomPosition(page.Epoch, Math.Max(page.Head, page.To));
        if (!IsAhead(head))
        {
            return;
        }
        _heard = head;
        if (page.Recovered && page.Epoch == At.Epoch && page.From <= At.Seq + 1)
        {
            Apply(page);
        }
        else if (page.Recovered && page.Epoch != At.Epoch && page.To >= page.Head)
        {
            _bridge = new Bridge(_shown, page.Epoch);
            OnBridge(page);
            return;
        }
        Settle();
    }

    private bool IsAhead(RoomPosition place) =>
        place.Epoch == At.Epoch ? place.Seq > At.Seq : !_shown.ContainsKey(place.Epoch);

    /// <summary>Hands on what is next, and asks for what lacks.</summary>
    private void Settle()
    {
        if (_bridge is not null)
        {
            return;
        }
        Drain();
        if (_asked is not null)
        {
            return;
        }
        if (_heard.Epoch != At.Epoch)
        {
            Cross(_heard.Epoch);
        }
        else if (Lacks)
        {
            Ask(PageRequest.Since(list, At, OnSince));
        }
    }

    private void Ask(PageRequest request)
    {
        _asked = request;
        pages.AskNext(request);
    }

    /// <summary>The answer is on its way; asks only if it does not come.</summary>
    private void Await(PageRequest request)
    {
        _asked = request;
        pages.Expect(request);
    }

    /// <summary>The answer to "what follows?".</summary>
    private void OnSince(Page? page)
    {
        _asked = null;
        if (page is null)
        {
            return;
        }
        if (!page.Recovered || page.From > At.Seq + 1)
        {
            Cross(page.Epoch);
            return;
        }
        var before = At;
        Apply(page);
        Drain();
        _emptyPages = At == before && (page.More || Lacks) ? _emptyPages + 1 : 0;
        if (_emptyPages > 0 && IsNoAnswer(page))
        {
            Await(PageRequest.Since(list, At, OnSince));
        }
        else if (_emptyPages >= MaxEmptyPages)
        {
            Leap();
        }
        else if (page.More)
        {
            Ask(PageRequest.Since(list, At, OnSince));
        }
        Settle();
    }

    /// <summary>A page that brought nothing: from before what we heard, late to an earlier question; or it promises more again and again.</summary>
    private bool IsNoAnswer(Page page) => page.More ? _emptyPages >= MaxEmptyPages : page.Head < _heard.Seq;

    private void Drain()
    {
        while (_held.Remove(At.Next, out var frame))
        {
            Show(At.Next, frame);
        }
    }

    private void Apply(Page page)
    {
        foreach (var (place, frame) in page.Events.Where(e => e.Position.Seq > At.Seq))
        {
            Show(place, frame);
        }
        if (page.To > At.Seq)
        {
            Move(new RoomPosition(page.Epoch, page.To));
        }
        LetGo();
    }

    /// <summary>Nothing follows, says the server again and again, and yet something came: goes on with that, over a gap.</summary>
    private void Leap()
    {
        _emptyPages = 0;
        gap(At);
        var held = _held.Keys.Where(place => place.Epoch == _heard.Epoch).Select(place => place.Seq).Order();
        var before = held.Select(seq => _heard with { Seq = seq - 1 }).FirstOrDefault(_heard);
        if (IsAhead(before))
        {
            Move(before);
        }
        LetGo();
    }

    /// <summary>The list that we followed does not go on: reads backwards from the newest until something known is found.</summary>
    private void Cross(string epoch)
    {
        _bridge = new Bridge(_shown, epoch);
        Ask(PageRequest.Newest(list, epoch, OnBridge));
    }

    private void OnBridge(Page? page)
    {
        var asked = _asked;
        _asked = null;
        if (page is null || _bridge is not { } bridge)
        {
            return;
        }
        if (bridge.IsEmpty && !page.Recovered)
        {
            OnNoShore(bridge, page);
            return;
        }
        if (!page.Recovered && asked is not null && ++_emptyPages < MaxEmptyPages)
        {
            Ask(asked); // gone meanwhile, or this is a late answer to an earlier question: the next one tells
            return;
        }
        switch (bridge.Add(page))
        {
            case (var epoch, null):
                Ask(PageRequest.Newest(list, epoch, OnBridge));
                break;
            case (var epoch, { } before):
                Ask(PageRequest.Before(list, new RoomPosition(epoch, before), OnBridge));
                break;
            case null:
                Land(bridge);
                break;
        }
    }

    /// <summary>The newest page itself is refused: its epoch is over already, or the answer is a late one to an earlier question.</summary>
    private void OnNoShore(Bridge bridge, Page page)
    {
        if (page.Epoch != bridge.Epoch)
        {
            Cross(page.Epoch);
        }
        else if (++_emptyPages < MaxEmptyPages)
        {
            Await(PageRequest.Newest(list, page.Epoch, OnBridge));
        }
        else
        {
            _bridge = null;
            _heard = new RoomPosition(page.Epoch, page.Head);
            Leap();
            Settle();
        }
    }

    private void Land(Bridge bridge)
    {
        _bridge = null;
        _emptyPages = 0;
        var before = At;
        if (bridge.IsCut || (!bridge.IsComplete && before != s_nowhere))
        {
            gap(before);
        }
        foreach (var (place, frame) in bridge.TakeAscending())
        {
            Show(place, frame);
        }
        foreach (var end in bridge.Ends)
        {
            Move(end);
        }
        if (At == before)
        {
            _held.Clear(); // what opened this bridge is nowhere to be found
        }
        if (At == before || !IsAhead(_heard))
        {
            _heard = At;
        }
        LetGo();
        Settle();
    }

    private void Show(RoomPosition place, JsonElement frame)
    {
        Move(place);
        deliver(frame);
    }

    private void Move(RoomPosition to)
    {
        Position = to;
        if (_shown.TryAdd(to.Epoch, to.Seq))
        {
            _epochsByAge.Enqueue(to.Epoch);
            if (_epochsByAge.Count > MaxEpochs)
            {
                _shown.Remove(_epochsByAge.Dequeue());
            }
        }
        _shown[to.Epoch] = to.Seq;
    }

    private void LetGo()
    {
        foreach (var place in _held.Keys.Where(place => !IsAhead(place)).ToList())
        {
            _held.Remove(place);
        }
    }
}
