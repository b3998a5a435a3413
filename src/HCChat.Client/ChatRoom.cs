using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using HCChat.Crypto;

namespace HCChat.Client;

/// <summary>
/// A joined room. What comes in is read by <see cref="ReadAsync"/>: one reader, in order, at most 1,024 events waiting; a reader that falls
/// behind loses the oldest and is told so by <see cref="EventsLost"/>, it never holds up the connection. Safe for concurrent use.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Closing the room disposes its keys.")]
public sealed class ChatRoom
{
    private readonly RoomAccess _access;
    private readonly ChatOptions _options;
    private readonly Action<byte[]> _post;
    private readonly Action<ChatRoom> _left;
    private readonly EventQueue _events;
    private readonly Outbox _outbox;
    private readonly Lock _gate = new();
    private readonly RoomInbox _inbox;
    private readonly RoomLock _protection;
    private volatile TaskCompletionSource _entry = new();
    private Exception? _closed;
    private bool _titleTold;

    internal ChatRoom(RoomAccess access, ChatOptions options, Action<byte[]> post, Action<ChatRoom> left)
    {
        _access = access;
        _options = options;
        _post = post;
        _left = left;
        _events = new EventQueue(options.Time);
        _outbox = new Outbox(post, options.Time);
        _protection = new RoomLock(access, options.Time);
        _inbox = new RoomInbox(_protection, options.Time, _events.Post) { Nick = options.Nick };
        _titleTold = access.Title is null;
    }

    /// <summary>The room's name on the wire.</summary>
    public string Channel => _access.Channel;

    /// <summary>How the room is protected.</summary>
    public RoomProtection Protection => _access.Protection;

    /// <summary>The public name of the room's key, for comparing aloud; null in a room that has none.</summary>
    public string? Kid => _protection.Kid;

    /// <summary>Our name in the room.</summary>
    public string Nick => _inbox.Nick;

    /// <summary>The room's name for people: the link's, else what a member told.</summary>
    public string? Title => _access.Title ?? _inbox.Title;

    /// <summary>Who is here, in the order of joining.</summary>
    public IReadOnlyList<Member> Members => _inbox.Members;

    internal bool JoinAsked { get; private set; }

    internal bool WasEntered { get; private set; }

    /// <summary>
    /// What happens from the first joining on, until the room is closed; the last event is <see cref="RoomClosed"/>. For one reader.
    /// </summary>
    public IAsyncEnumerable<ChatEvent> ReadAsync(CancellationToken stop = default) => _events.ReadAsync(stop);

    /// <summary>Says something to everybody, sealed unless the room is plain. Returns when the server has acknowledged it.</summary>
    /// <remarks>
    /// Messages leave in order, each when the one before is acknowledged. One that the server has no time for (<c>rate</c>, <c>limited</c>,
    /// <c>unavailable</c>), or that a lost connection left without an answer, is sent again under the same id: bound the wait by <paramref name="stop"/>.
    /// </remarks>
    /// <returns>The message's id.</returns>
    /// <exception cref="MessageRefusedException">The server refused it for good.</exception>
    /// <exception cref="E2eeException"><see cref="E2eeError.Limit"/>: longer than 32,767 bytes with what belongs to it.</exception>
    /// <exception cref="OutboxFullException">1,000 messages are waiting.</exception>
    /// <exception cref="RoomClosedException">The room is closed.</exception>
    /// <exception cref="ConnectionEndedException">The connection ended for good before the answer.</exception>
    public Task<string> SendAsync(string text, string? replyTo = null, CancellationToken stop = default) =>
        SendAsync(new TextBody(text), replyTo, null, stop);

    /// <summary>Tells of an action: "alice waves". Otherwise like <see cref="SendAsync(string, string, CancellationToken)"/>.</summary>
    public Task<string> EmoteAsync(string text, CancellationToken stop = default) =>
        SendAsync(new TextBody(text, Emote: true), null, null, stop);

    /// <summary>
    /// Says something to one member. In an encrypted room it is sealed under the room's key: the server cannot read it, and shows it to one
    /// member only; it is not secret from the other members if the server helps them.
    /// </summary>
    public Task<string> WhisperAsync(Member to, string text, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(to);
        return SendAsync(new TextBody(text, To: to.Nick), null, to.UserId, stop);
    }

    /// <summary>Tells the others that we are typing. Lost without a word when it cannot be sent.</summary>
    public void Typing() => _post(Frames.Command("typing", ("channel", Channel)));

    /// <summary>Takes another name. The answer comes as <see cref="MemberChanged"/> or <see cref="NoticeReceived"/>.</summary>
    public void ChangeNick(string nick) => _post(Frames.Command("changenick", ("channel", Channel), ("nick", nick)));

    /// <summary>Leaves the room; <see cref="ReadAsync"/> ends.</summary>
    public void Leave()
    {
        _post(Frames.Command("leave", ("channel", Channel)));
        _left(this);
        Close(new OperationCanceledException("The room was left."));
    }

    internal byte[] JoinFrame()
    {
        JoinAsked = true;
        return Frames.Command("join", ("channel", Channel), ("nick", Nick), ("pass", _options.TripPassword));
    }

    /// <summary>A task that ends with the next answer to a join.</summary>
    internal Task ExpectEntry()
    {
        _entry = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return _entry.Task;
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
            _outbox.Suspend();
            Post(new Disconnected(_options.Time.GetUtcNow(), retryAfter));
        }
    }

    internal void OnTick()
    {
        lock (_gate)
        {
            if (_closed is null)
            {
                _inbox.ReportGaps();
            }
        }
    }

    internal void OnFrame(string cmd, JsonElement frame)
    {
        lock (_gate)
        {
            if (_closed is not null)
            {
                return;
            }
            switch (cmd)
            {
                case "onlineSet":
                    Enter(frame);
                    break;
                case "ack":
                    _outbox.Acknowledge(frame.Text("mid") ?? "");
                    break;
                case "nack":
                    _outbox.Refuse(frame.Text("mid") ?? "", frame.Refusal());
                    break;
                default:
                    _inbox.OnFrame(cmd, frame);
                    break;
            }
            if (_inbox.RemovedBySomebody)
            {
                _left(this);
                Close(new RoomClosedException("You were removed from the room."));
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
            Post(new RoomClosed(_options.Time.GetUtcNow(), reason));
            _events.Close();
            _protection.Dispose();
        }
    }

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
        if (!WasEntered)
        {
            WasEntered = true;
            _outbox.Open(); // coming back, all rooms are joined before any speaks
        }
        _entry.TrySetResult();
    }

    private async Task<string> SendAsync(TextBody body, string? replyTo, long? to, CancellationToken stop)
    {
        PendingMessage message;
        lock (_gate)
        {
            if (_closed is not null)
            {
                throw new RoomClosedException("The room is closed.");
            }
            message = Prepare(_titleTold || to is not null ? body : body with { Title = _access.Title }, replyTo, to);
            _outbox.Add(message);
            _titleTold |= to is null;
        }
        try
        {
            await message.Acknowledged.Task.WaitAsync(stop).ConfigureAwait(false);
            return message.Mid;
        }
        catch (OperationCanceledException)
        {
            _outbox.Take(message.Mid);
            throw;
        }
    }

    private PendingMessage Prepare(TextBody body, string? replyTo, long? to)
    {
        var (text, mid) = _protection.Seal(Nick, body, replyTo);
        var emote = body.Emote && Protection == RoomProtection.Off;
        var cmd =
            to is not null ? "whisper"
            : emote ? "emote"
            : "chat";
        return new PendingMessage(
            mid,
            Frames.Command(cmd, "userid", to, ("channel", Channel), ("text", text), ("mid", mid))
        );
    }
}
