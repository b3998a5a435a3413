using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using HCChat.Crypto;

namespace HCChat.Client;

/// <summary>
/// A joined room. What comes in is read by <see cref="ReadAsync"/>: one reader, in order, at most 4,096 events waiting; a reader that falls
/// behind loses the oldest and is told so by <see cref="EventsLost"/>, it never holds up the connection. Safe for concurrent use.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Closing the room disposes its keys.")]
public sealed partial class ChatRoom
{
    private readonly RoomAccess _access;
    private readonly ChatOptions _options;
    private readonly Action<ReadOnlyMemory<byte>> _post;
    private readonly Action<ChatRoom> _left;
    private readonly EventQueue _events;
    private readonly Outbox _outbox;
    private readonly Lock _gate = new();
    private readonly RoomInbox _inbox;
    private readonly RoomLock _protection;
    private readonly RoomPins? _pins;
    private readonly Reading _live;
    private readonly MessageReader _reader;
    private readonly PageRequests _pages;
    private readonly Timeline _timeline;
    private readonly Timeline _whispers;
    private readonly Receipts _receipts;
    private readonly RoomCommands _commands;
    private volatile TaskCompletionSource _entry = new();
    private Exception? _closed;
    private bool _seated; // on this connection
    private bool _titleTold;
    private int _readers;

    /// <exception cref="IOException">What is left in the outbox cannot be taken over, or the pins cannot be read.</exception>
    /// <exception cref="PinsDamagedException">The pins are damaged.</exception>
    internal ChatRoom(RoomAccess access, ChatOptions options, Action<ReadOnlyMemory<byte>> post, Action<ChatRoom> left)
    {
        _access = access;
        _options = options;
        _post = post;
        _left = left;
        _events = new EventQueue(options.Time);
        _pins = OpenPins();
        _outbox = new Outbox(post, options.Time, options.Outbox(options.StoredRoom(access)));
        _protection = new RoomLock(access, options.Time, options.Identity);
        _inbox = new RoomInbox(options.Time, _events.Post) { Nick = options.Nick };
        _live = new Reading(History: false, new Changes(backwards: false), OnRead);
        _reader = new MessageReader(_protection, _pins, _inbox, options.Time, _live);
        _pages = new PageRequests(_gate, post, options.Time);
        _timeline = new Timeline(new EventList(Channel, IsInbox: false), _pages, Deliver, OnGap);
        _whispers = new Timeline(new EventList(Channel, IsInbox: true), _pages, Deliver, _ => Post(NewGap()));
        _receipts = new Receipts(_gate, options.Time, () => Members.Count, SendReceipt);
        _commands = new RoomCommands(post, options.Time);
        _call = new RoomCall(_protection, _pins, options.Time, Channel, Post, SayOfCall);
        _api = new Lazy<RoomApi>(NewApi);
        _titleTold = access.Title is null;
        TellOfOutbox();
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
    public string? Title => _access.Title ?? _reader.Title;

    /// <summary>Who is here, in the order of joining.</summary>
    public IReadOnlyList<Member> Members => _inbox.Members;

    /// <summary>What the server says that it keeps of this room; null when it does not say.</summary>
    public HistorySettings? History { get; private set; }

    /// <summary>Up to where <see cref="ReadAsync"/> has brought what happened, or will; null with a server that gives no places.</summary>
    public RoomPosition? Position
    {
        get
        {
            lock (_gate)
            {
                return _timeline.Position;
            }
        }
    }

    /// <summary>
    /// What happens from the first joining on, until the room is closed, each event once and in the order of the room; the last is <see cref="RoomClosed"/>.
    /// It begins with the messages that <see cref="ChatOptions.History"/> asks for. For one reader at a time.
    /// </summary>
    public async IAsyncEnumerable<ChatEvent> ReadAsync([EnumeratorCancellation] CancellationToken stop = default)
    {
        if (_options.History > 0 && Interlocked.Increment(ref _readers) == 1)
        {
            foreach (var happened in await RecentOrNoneAsync(stop).ConfigureAwait(false))
            {
                yield return happened;
            }
        }
        await foreach (var happened in _events.ReadAsync(stop).ConfigureAwait(false))
        {
            yield return happened;
        }
    }

    /// <summary>
    /// Reads backwards, newest first, what was there before <paramref name="before"/>, through all that the server has of this room. An edit, deletion or
    /// reaction follows the message that it concerns. Where the list has losses there is a <see cref="HistoryGap"/>; the last event is <see cref="HistoryEnded"/>.
    /// A lost connection only delays it.
    /// </summary>
    /// <param name="before">A place; null: where the room was joined, so that nothing is told that <see cref="ReadAsync"/> tells.</param>
    /// <exception cref="RoomClosedException">The room is closed.</exception>
    public async IAsyncEnumerable<ChatEvent> HistoryAsync(
        RoomPosition? before = null,
        [EnumeratorCancellation] CancellationToken stop = default
    )
    {
        var changes = new Changes(backwards: true);
        await foreach (var frame in PastAsync(before, stop).ConfigureAwait(false))
        {
            foreach (var happened in ReadPast(frame, changes))
            {
                yield return happened;
            }
        }
        yield return new HistoryEnded(_options.Time.GetUtcNow());
    }

    /// <summary>
    /// The newest messages from before the joining, in the order in which they were said, with what happened to them; less when the server has less, and
    /// then the first event is <see cref="HistoryEnded"/>. Where the list has losses and the senders' numbers prove some, there is a <see cref="MessagesMissing"/> with a
    /// place. All of them are held in memory.
    /// </summary>
    /// <param name="count">So many messages; <see cref="int.MaxValue"/> for all.</param>
    /// <exception cref="RoomClosedException">The room is closed.</exception>
    public async Task<IReadOnlyList<ChatEvent>> RecentAsync(int count, CancellationToken stop = default)
    {
        var frames = new List<SequencedFrame?>();
        var messages = 0;
        await foreach (var frame in PastAsync(null, stop).ConfigureAwait(false))
        {
            messages += frame?.Frame.Text("cmd") is "chat" or "emote" ? 1 : 0;
            frames.Add(frame);
            if (messages >= count)
            {
                break;
            }
        }
        IEnumerable<ChatEvent> ended = messages < count ? [new HistoryEnded(_options.Time.GetUtcNow())] : [];
        frames.Reverse();
        return [.. ended, .. ReadPast(frames)];
    }

    /// <summary>Says something to everybody, sealed unless the room is plain. Returns when the server has acknowledged it.</summary>
    /// <remarks>
    /// Messages leave in order, each when the one before is acknowledged. One that the server has no time for (<c>rate</c>, <c>limited</c>,
    /// <c>unavailable</c>, <c>storage_full</c>), or the room (<c>slow</c>), or that a lost connection left without an answer, is sent again under the same id: bound the wait by
    /// <paramref name="stop"/>, which takes the message back as far as it has not left yet.
    /// </remarks>
    /// <param name="text">What is said.</param>
    /// <param name="replyTo">The id of the message that it answers; told in encrypted rooms only.</param>
    /// <param name="ttl">It disappears after this time, 5 s to 365 days in whole seconds; null: as the room's timer says; zero: it stays.</param>
    /// <returns>The message's id.</returns>
    /// <exception cref="MessageRefusedException">The server refused it for good.</exception>
    /// <exception cref="E2eeException"><see cref="E2eeError.Limit"/>: longer than 32,671 bytes with what belongs to it; <see cref="E2eeError.Format"/>: no Unicode, or what is named is no id of an encrypted room.</exception>
    /// <exception cref="OutboxFullException">1,000 messages are waiting.</exception>
    /// <exception cref="IOException">The outbox's store cannot keep it; it is not sent.</exception>
    /// <exception cref="RoomClosedException">The room is closed.</exception>
    /// <exception cref="ConnectionEndedException">The connection ended for good before the answer.</exception>
    public Task<string> SendAsync(
        string text,
        string? replyTo = null,
        TimeSpan? ttl = null,
        CancellationToken stop = default
    )
    {
        var seconds = ttl is null ? _reader.Ttl : Lifetime.Seconds(ttl);
        return SayAsync(new TextBody(text) { Ttl = seconds > 0 ? seconds : null }, replyTo, stop);
    }

    /// <summary>Tells of an action: "alice waves". Otherwise like <see cref="SendAsync"/>.</summary>
    public Task<string> EmoteAsync(string text, CancellationToken stop = default) =>
        SayAsync(new TextBody(text, Emote: true) { Ttl = _reader.Ttl }, null, stop);

    /// <summary>
    /// Says something to one member. In an encrypted room it is sealed under the room's key: the server cannot read it, and shows it to one
    /// member only; it is not secret from the other members if the server helps them.
    /// </summary>
    public Task<string> WhisperAsync(Member to, string text, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(to);
        return PostAsync(
            () =>
            {
                var (sealedText, mid) = _protection.Seal(Nick, new TextBody(text, To: to.Nick));
                return (mid, Frames.Command("whisper", "userid", to.UserId, [.. Named(sealedText, mid)]));
            },
            stop
        );
    }

    /// <summary>Gives a message of our own another text. The others take it when our nick and our session or trip are those that said it.</summary>
    /// <returns>The edit's own id.</returns>
    /// <exception cref="MessageRefusedException"><c>not_found</c>: there is no such message any more; <c>forbidden</c>: it is not ours.</exception>
    /// <inheritdoc cref="SendAsync" path="/exception"/>
    public Task<string> EditAsync(string target, string text, CancellationToken stop = default) =>
        PostAsync(
            () =>
            {
                var (sealedText, mid) = _protection.Seal(Nick, new EditBody(target, text));
                return (mid, Frames.Command("edit", [.. Named(sealedText, mid), ("target", target)]));
            },
            stop
        );

    /// <summary>Removes a message: our own, or as a moderator anybody's. The server forgets it.</summary>
    /// <returns>The deletion's own id.</returns>
    /// <inheritdoc cref="EditAsync" path="/exception"/>
    public Task<string> DeleteAsync(string target, CancellationToken stop = default) =>
        PostAsync(
            () =>
            {
                var (text, mid) = _protection.HasContent
                    ? _protection.Seal(Nick, new DeleteBody(target))
                    : (null, ContentJson.NewId());
                return (mid, Frames.Command("delete", [.. Named(text, mid), ("target", target)]));
            },
            stop
        );

    /// <summary>Reacts to a message, or takes the reaction back. There is one for each pair of nick and emoji.</summary>
    /// <param name="target">The message's id.</param>
    /// <param name="emoji">The emoji, 1–120 UTF-16 units.</param>
    /// <param name="off">Take it back.</param>
    /// <returns>The reaction's own id.</returns>
    /// <exception cref="NotSupportedException">The room is in HChat compatibility, which knows no sealed reactions.</exception>
    /// <inheritdoc cref="SendAsync" path="/exception"/>
    public Task<string> ReactAsync(string target, string emoji, bool off = false, CancellationToken stop = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(emoji);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(emoji.Length, 120);
        return PostAsync(
            () =>
            {
                if (Protection != RoomProtection.Off)
                {
                    return Note(new ReactBody(target, emoji, off));
                }
                var mid = ContentJson.NewId();
                var cmd = off ? "remove_reaction" : "add_reaction";
                (string, string?)[] reaction = [("messageId", target), ("emoji", emoji)];
                return (mid, Frames.Command(cmd, [.. Named(null, mid), .. reaction]));
            },
            stop
        );
    }

    /// <summary>
    /// Lets messages disappear after a time, from now on. In an encrypted room it is agreed among the members; in others the server keeps it, if we are a
    /// moderator, and answers by <see cref="HistoryChanged"/> or <see cref="NoticeReceived"/>.
    /// </summary>
    /// <param name="after">5 s to 365 days in whole seconds; zero: they stay.</param>
    /// <inheritdoc cref="SendAsync" path="/exception"/>
    public Task SetTimerAsync(TimeSpan after, CancellationToken stop = default)
    {
        var seconds = Lifetime.Seconds(after) ?? 0;
        if (_protection.HasContent)
        {
            return PostAsync(() => Note(new TimerBody(seconds)), stop);
        }
        _post(Frames.Command("sethistory", "ttl", seconds, ("channel", Channel)));
        return Task.CompletedTask;
    }

    /// <summary>
    /// Tells the others that we have read the room up to a message. It goes out at most every five seconds, for the newest only, while at most 30 people are here, and
    /// is lost without a word when it cannot be sent.
    /// </summary>
    /// <param name="id">The message's id.</param>
    public void MarkRead(string id) => Mark(id, null);

    /// <summary>The same of what we have received.</summary>
    /// <inheritdoc cref="MarkRead"/>
    public void MarkDelivered(string id) => Mark(null, id);

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
}
