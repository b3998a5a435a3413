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
    private readonly RoomAccess access;
    private readonly ChatOptions options;
    private readonly Action<byte[]> post;
    private readonly Action<ChatRoom> left;
    private readonly EventQueue events;
    private readonly Outbox outbox = new();
    private readonly Lock gate = new();
    private readonly RoomInbox inbox;
    private readonly RoomLock protection;
    private volatile TaskCompletionSource entry = new();
    private Exception? closed;
    private bool titleTold;
    private bool present; // on this very connection: before, a message would be refused

    internal ChatRoom(RoomAccess access, ChatOptions options, Action<byte[]> post, Action<ChatRoom> left)
    {
        this.access = access;
        this.options = options;
        this.post = post;
        this.left = left;
        events = new EventQueue(options.Time);
        protection = new RoomLock(access, options.Time);
        inbox = new RoomInbox(protection, options.Time, events.Post) { Nick = options.Nick };
        titleTold = access.Title is null;
    }

    /// <summary>The room's name on the wire.</summary>
    public string Channel => access.Channel;

    /// <summary>How the room is protected.</summary>
    public RoomProtection Protection => access.Protection;

    /// <summary>The public name of the room's key, for comparing aloud; null in a room that has none.</summary>
    public string? Kid => protection.Kid;

    /// <summary>Our name in the room.</summary>
    public string Nick => inbox.Nick;

    /// <summary>The room's name for people: the link's, else what a member told.</summary>
    public string? Title => access.Title ?? inbox.Title;

    /// <summary>Who is here, in the order of joining.</summary>
    public IReadOnlyList<Member> Members => inbox.Members;

    internal bool JoinAsked { get; private set; }

    internal bool WasEntered { get; private set; }

    /// <summary>
    /// What happens from the first joining on, until the room is closed; the last event is <see cref="RoomClosed"/>. For one reader.
    /// </summary>
    public IAsyncEnumerable<ChatEvent> ReadAsync(CancellationToken stop = default) => events.ReadAsync(stop);

    /// <summary>Says something to everybody, sealed unless the room is plain. Returns when the server has acknowledged it.</summary>
    /// <returns>The message's id.</returns>
    /// <exception cref="MessageRefusedException">The server refused it.</exception>
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
    public void Typing() => post(Frames.Command("typing", ("channel", Channel)));

    /// <summary>Takes another name. The answer comes as <see cref="MemberChanged"/> or <see cref="NoticeReceived"/>.</summary>
    public void ChangeNick(string nick) => post(Frames.Command("changenick", ("channel", Channel), ("nick", nick)));

    /// <summary>Leaves the room; <see cref="ReadAsync"/> ends.</summary>
    public void Leave()
    {
        post(Frames.Command("leave", ("channel", Channel)));
        left(this);
        Close(new OperationCanceledException("The room was left."));
    }

    internal byte[] JoinFrame()
    {
        JoinAsked = true;
        return Frames.Command("join", ("channel", Channel), ("nick", Nick), ("pass", options.TripPassword));
    }

    /// <summary>A task that ends with the next answer to a join.</summary>
    internal Task ExpectEntry()
    {
        entry = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return entry.Task;
    }

    internal void Post(ChatEvent happened) => events.Post(happened);

    internal void OnRefused(Refusal refusal)
    {
        if (!entry.TrySetException(new JoinRefusedException(refusal)))
        {
            Post(new NoticeReceived(options.Time.GetUtcNow(), refusal.Code, refusal.Text));
        }
    }

    internal void OnLost(TimeSpan retryAfter)
    {
        lock (gate)
        {
            present = false;
            Post(new Disconnected(options.Time.GetUtcNow(), retryAfter));
        }
    }

    internal void OnTick()
    {
        lock (gate)
        {
            if (closed is null)
            {
                inbox.ReportGaps();
            }
        }
    }

    internal void OnFrame(string cmd, JsonElement frame)
    {
        lock (gate)
        {
            if (closed is not null)
            {
                return;
            }
            switch (cmd)
            {
                case "onlineSet":
                    Enter(frame);
                    break;
                case "ack":
                    outbox.Take(frame.Text("mid") ?? "")?.Acknowledged.TrySetResult();
                    break;
                case "nack":
                    var refused = new MessageRefusedException(frame.Refusal());
                    outbox.Take(frame.Text("mid") ?? "")?.Acknowledged.TrySetException(refused);
                    break;
                default:
                    inbox.OnFrame(cmd, frame);
                    break;
            }
            if (inbox.RemovedBySomebody)
            {
                left(this);
                Close(new RoomClosedException("You were removed from the room."));
            }
        }
    }

    /// <summary>Sends again, in order, what has no answer; the server knows the ids and delivers nothing twice.</summary>
    internal void Resend()
    {
        lock (gate)
        {
            present = true;
            foreach (var message in outbox.Unanswered())
            {
                post(message.Frame);
            }
        }
    }

    /// <summary>Ends everything that waits on this room.</summary>
    internal void Close(Exception reason)
    {
        lock (gate)
        {
            if (closed is not null)
            {
                return;
            }
            closed = reason;
            entry.TrySetException(reason);
            _ = entry.Task.Exception; // nobody may be waiting for it
            outbox.Fail(reason is ChatException ? reason : new RoomClosedException("The room is closed."));
            Post(new RoomClosed(options.Time.GetUtcNow(), reason));
            events.Close();
            protection.Dispose();
        }
    }

    /// <summary>Derives keys on the reading thread: nothing of this room may be read before they exist.</summary>
    private void Enter(JsonElement frame)
    {
        try
        {
            protection.Unlock(frame);
        }
        catch (Exception e) when (e is RoomSaltChangedException or E2eeException)
        {
            if (!entry.TrySetException(e))
            {
                left(this);
                Close(e);
            }
            return;
        }
        inbox.Enter(frame, again: WasEntered);
        present |= !WasEntered; // when coming back, what waits goes first
        WasEntered = true;
        entry.TrySetResult();
    }

    private async Task<string> SendAsync(TextBody body, string? replyTo, long? to, CancellationToken stop)
    {
        PendingMessage message;
        lock (gate)
        {
            if (closed is not null)
            {
                throw new RoomClosedException("The room is closed.");
            }
            message = Prepare(titleTold || to is not null ? body : body with { Title = access.Title }, replyTo, to);
            outbox.Add(message);
            titleTold |= to is null;
            if (present)
            {
                post(message.Frame);
            }
        }
        try
        {
            await message.Acknowledged.Task.WaitAsync(stop).ConfigureAwait(false);
            return message.Mid;
        }
        catch (OperationCanceledException)
        {
            outbox.Take(message.Mid);
            throw;
        }
    }

    private PendingMessage Prepare(TextBody body, string? replyTo, long? to)
    {
        var (text, mid) = protection.Seal(Nick, body, replyTo);
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
