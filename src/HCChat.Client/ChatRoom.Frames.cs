using System.Text.Json;
using HCChat.Crypto;

namespace HCChat.Client;

/// <content>What the connection tells the room.</content>
public sealed partial class ChatRoom
{
    /// <summary>The connection on which we last asked to be let in; null before the first time.</summary>
    internal object? AskedOn { get; set; }

    /// <summary>We have been in: the server let us in, and then told the session by which it knows us again.</summary>
    internal bool WasEntered { get; private set; }

    /// <summary>The session of an earlier run, to go on with.</summary>
    internal StoredSession? Left => _outbox.Session;

    /// <summary>The seat that comes back with a session is the one that we want. Trip passwords are told anew, for they may be others.</summary>
    internal bool WantsSeatOf(StoredSession left) => left.Nick is { } nick && nick == _options.LastingNick;

    /// <summary>Asks to be let in, with the work that the room wants of newcomers when it does.</summary>
    internal byte[] JoinFrame(long? work = null) => Frames.Join(_access, Nick, _options.TripPassword, Position, work);

    /// <summary>What is known of the room and of the whispers in it, for coming back.</summary>
    internal IEnumerable<KnownPosition> Known()
    {
        lock (_gate)
        {
            KnownPosition?[] known =
            [
                _timeline.Known is { } at ? new KnownPosition(new EventList(Channel, IsInbox: false), at) : null,
                _whispers.Known is { } whispered
                    ? new KnownPosition(new EventList(Channel, IsInbox: true), whispered)
                    : null,
            ];
            return known.OfType<KnownPosition>();
        }
    }

    /// <summary>A task that ends with the next answer to a join.</summary>
    internal Task ExpectEntry()
    {
        lock (_gate)
        {
            _entry = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_closed is not null)
            {
                _entry.SetException(_closed);
            }
            return _entry.Task;
        }
    }

    /// <summary>How to come back as the author of what we say.</summary>
    internal void Keep(string token)
    {
        lock (_gate)
        {
            if (_closed is null)
            {
                _outbox.Keep(new StoredSession(token, _options.LastingNick is null ? null : Nick));
            }
        }
    }

    /// <summary>The server knows us in here by a session, which is kept. Nothing is said before.</summary>
    internal void OnSession()
    {
        lock (_gate)
        {
            if (_closed is not null || !_seated)
            {
                return;
            }
            if (!WasEntered)
            {
                WasEntered = true;
                _outbox.Open(); // coming back, all rooms are joined before any speaks
            }
            _entry.TrySetResult();
        }
    }

    internal void Post(ChatEvent happened) => _events.Post(happened);

    internal void OnRefused(Refusal refusal)
    {
        if (!_entry.TrySetException(new JoinRefusedException(refusal)))
        {
            Post(new NoticeReceived(_options.Time.GetUtcNow(), refusal.Code, refusal.Text));
        }
    }

    internal void OnLost(TimeSpan retryAfter)
    {
        lock (_gate)
        {
            _seated = false;
            _outbox.Suspend();
            _pages.Suspend();
            _timeline.Lost();
            _whispers.Lost();
            _commands.Fail(new CommandRefusedException(Refusal.ByLoss));
            Post(new Disconnected(_options.Time.GetUtcNow(), retryAfter));
        }
    }

    internal void OnTick()
    {
        lock (_gate)
        {
            if (_closed is null)
            {
                ReportGaps();
                _call.OnTick();
            }
        }
    }

    internal void OnFrame(string cmd, JsonElement frame)
    {
        lock (_gate)
        {
            // On the way back one may be told that one was put out meanwhile.
            var isHeard = _seated || cmd is "onlineSet" or "warn" or "info" || (cmd == "onlineRemove" && IsMine(frame));
            if (_closed is not null || !isHeard)
            {
                return;
            }
            if (cmd != "call")
            {
                _commands.OnFrame(cmd, frame);
            }
            switch (cmd)
            {
                case "onlineSet":
                    Enter(frame);
                    break;
                case "ack":
                    _outbox.Acknowledge(frame.Text("mid") ?? "");
                    break;
                case "nack" when _commands.Refuse(frame.Text("mid") ?? "", frame.Refusal()):
                    break;
                case "nack":
                    OnNotTaken(frame.Text("mid") ?? "", frame.Refusal());
                    break;
                case "replay":
                    OnReplay(frame);
                    break;
                case "whisper":
                    _whispers.OnFrame(frame);
                    break;
                case "warn" when frame.Refusal() is { IsTemporary: true } refusal:
                    _pages.OnRefused(refusal.RetryAfter);
                    _inbox.OnFrame(cmd, frame);
                    break;
                default:
                    _timeline.OnFrame(frame);
                    break;
            }
            if (_inbox.RemovedBySomebody)
            {
                _left(this);
                Close(new RoomClosedException(_inbox.LastWord) { IsByOthers = true });
            }
        }
    }

    /// <summary>Sends, in order, what has no answer; the server knows the ids and delivers nothing twice.</summary>
    internal void Resend() => _outbox.Open();

    /// <summary>Ends everything that waits on this room.</summary>
    internal void Close(Exception reason)
    {
        lock (_gate)
        {
            if (_closed is not null)
            {
                return;
            }
            _closed = reason;
            _entry.TrySetException(reason);
            _ = _entry.Task.Exception; // nobody may be waiting for it
            _outbox.Fail(reason is ChatException ? reason : new RoomClosedException("The room is closed."));
            _outbox.Dispose();
            _commands.Fail(reason);
            if (_api.IsValueCreated)
            {
                _api.Value.Dispose();
            }
            _pages.Dispose();
            _receipts.Dispose();
            Post(new RoomClosed(_options.Time.GetUtcNow(), reason));
            _events.Close();
            _protection.Dispose();
        }
    }

    private bool IsMine(JsonElement frame) => _inbox.IsMe(frame.Integer("userid"));

    /// <summary>Derives keys on the reading thread: nothing of this room may be read before they exist.</summary>
    private void Enter(JsonElement frame)
    {
        try
        {
            _protection.Unlock(frame);
        }
        catch (Exception e) when (e is RoomSaltChangedException or E2eeException)
        {
            if (!_entry.TrySetException(e))
            {
                _left(this);
                Close(e);
            }
            return;
        }
        _inbox.Enter(frame, again: WasEntered);
        History = frame.Object("history")?.History() ?? History;
        Door = frame.Object("room")?.Door() ?? Door;
        _call.Told(frame.Object("call"));
        _timeline.Enter(frame.Position("head"));
        _pages.Open();
        _seated = true;
    }

    private void OnReplay(JsonElement frame)
    {
        if (Page.Read(frame) is not { } page || _pages.OnPage(page))
        {
            return;
        }
        if (page.IsInbox)
        {
            _whispers.OnInbox(page);
        }
        else
        {
            _timeline.OnPage(page);
        }
    }

    private void Deliver(JsonElement frame)
    {
        var cmd = frame.Text("cmd") ?? "";
        _inbox.OnFrame(cmd, frame);
        _reader.Read(cmd, frame, _live);
        OnCall(cmd, frame);
        if (cmd == "roomState")
        {
            History = frame.Object("history")?.History() ?? History;
        }
        else if (RoomWords.Read(cmd, frame, _options.Time.GetUtcNow()) is { } happened)
        {
            Door = (happened as DoorChanged)?.Door ?? Door;
            Post(happened);
        }
        ReportGaps();
    }

    private void OnGap(RoomPosition after) => Post(NewGap() with { Position = after });

    private HistoryGap NewGap() => new(_options.Time.GetUtcNow());

    private void ReportGaps()
    {
        foreach (var missing in _protection.TakeGaps())
        {
            Post(new MessagesMissing(_options.Time.GetUtcNow(), missing.Count));
        }
    }

    private void OnNotTaken(string mid, Refusal refusal)
    {
        if (_outbox.Refuse(mid, refusal) is { Left: true })
        {
            var text = $"A message that an earlier run had left was refused: {refusal.Text}";
            Post(new NoticeReceived(_options.Time.GetUtcNow(), refusal.Code, text));
        }
    }

    private void TellOfOutbox()
    {
        foreach (var left in _outbox.Waiting)
        {
            _reader.Sent(left.Mid);
        }
        if (_outbox.Unreadable > 0)
        {
            var text = $"{_outbox.Unreadable} entries of the outbox were damaged and are lost.";
            Post(new NoticeReceived(_options.Time.GetUtcNow(), "outbox_damaged", text));
        }
    }
}
