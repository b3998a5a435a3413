using System.Runtime.CompilerServices;
using HCChat.Crypto;

namespace HCChat.Client;

/// <content>How what we say goes out, and how the past is read.</content>
public sealed partial class ChatRoom
{
    private static readonly TimeSpan TimerPatience = TimeSpan.FromSeconds(3);

    private Task<string> SayAsync(TextBody body, string? replyTo, CancellationToken stop) =>
        PostAsync(
            () =>
            {
                var said = _protection.SealSaying(
                    Nick,
                    _titleTold ? body : body with { Title = _access.Title },
                    replyTo
                );
                _titleTold = true;
                return said;
            },
            stop
        );

    /// <summary>Puts what <paramref name="prepare"/> makes into the outbox, and waits for the server's word.</summary>
    private async Task<string> PostAsync(Func<(string Mid, byte[] Frame)> prepare, CancellationToken stop)
    {
        PendingMessage message;
        lock (_gate)
        {
            if (_closed is not null)
            {
                throw new RoomClosedException("The room is closed.");
            }
            message = Enqueue(prepare());
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

    private PendingMessage Enqueue((string Mid, byte[] Frame) prepared)
    {
        var message = new PendingMessage(prepared.Mid, prepared.Frame);
        _outbox.Add(message);
        _reader.Sent(message.Mid);
        return message;
    }

    private (string Mid, byte[] Frame) Note(ContentBody body)
    {
        var (text, mid) = _protection.Seal(Nick, body);
        return (mid, Frames.Command("note", [.. Named(text, mid)]));
    }

    private (string, string?)[] Named(string? text, string mid) => [("channel", Channel), ("text", text), ("mid", mid)];

    private void Mark(string? read, string? delivered)
    {
        lock (_gate)
        {
            if (_closed is null)
            {
                _receipts.Mark(read, delivered);
            }
        }
    }

    private void SendReceipt(string? read, string? delivered)
    {
        if (_protection.HasContent)
        {
            try
            {
                Enqueue(Note(new ReceiptBody(read, delivered)));
            }
            catch (Exception e) when (e is ChatException or E2eeException or IOException)
            {
                // Nobody misses it.
            }
            return;
        }
        foreach (var (cmd, id) in new[] { ("read_receipt", read), ("delivered_receipt", delivered) })
        {
            if (id is not null)
            {
                _post(Frames.Command(cmd, ("channel", Channel), ("messageId", id)));
            }
        }
    }

    private async Task<IReadOnlyList<ChatEvent>> RecentOrNoneAsync(CancellationToken stop)
    {
        try
        {
            return await RecentAsync(_options.History, stop).ConfigureAwait(false);
        }
        catch (RoomClosedException)
        {
            return []; // the events say why
        }
    }

    /// <summary>What was there before a place, newest first; null where there are losses.</summary>
    private async IAsyncEnumerable<SequencedFrame?> PastAsync(
        RoomPosition? before,
        [EnumeratorCancellation] CancellationToken stop
    )
    {
        if ((before ?? Locked(() => _timeline.Joined?.Next)) is not { } from)
        {
            yield break; // the server gives no places
        }
        var lossyEpoch = "";
        var history = new RoomHistory(new EventList(Channel, IsInbox: false), AskForPage);
        await foreach (var page in history.ReadAsync(from, stop).ConfigureAwait(false))
        {
            foreach (var happened in page.Events.Reverse())
            {
                if (happened.Position.Seq < page.Oldest && lossyEpoch != page.Epoch)
                {
                    lossyEpoch = page.Epoch;
                    yield return null;
                }
                yield return happened;
            }
        }
    }

    private Action AskForPage(PageRequest request) =>
        Locked<Action>(() =>
        {
            if (_closed is not null)
            {
                throw new RoomClosedException("The room is closed.");
            }
            _pages.Ask(request);
            return () => Locked(() => _pages.Drop(request));
        });

    /// <summary>What happened, in order, with what is proven to be missing.</summary>
    /// <summary>
    /// What the room's timer says: after that time messages disappear that are sent without a time of their own. Where nobody has set it since we came, the newest kept
    /// messages are asked; <see cref="SendAsync"/> alone does not wait for that.
    /// </summary>
    /// <returns>Null when messages stay, or nothing is known within three seconds.</returns>
    /// <exception cref="RoomClosedException">The room is closed.</exception>
    public async Task<TimeSpan?> TimerAsync(CancellationToken stop = default)
    {
        if (_protection.HasContent)
        {
            using var patience = new CancellationTokenSource(TimerPatience, _options.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token);
            try
            {
                await LearnTimerAsync(either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                // The server does not answer: what is known counts.
            }
        }
        return Locked(() => _reader.Ttl) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
    }

    // The newest first: a timer that was set counts for what came after it too.
    private async Task LearnTimerAsync(CancellationToken stop)
    {
        long? said = null;
        var looked = 0;
        await foreach (var frame in PastAsync(null, stop).ConfigureAwait(false))
        {
            if (frame is null || looked++ >= PageRequest.Limit)
            {
                break;
            }
            var body = Locked(() => _protection.Peek(frame.Frame.Text("text") ?? "")?.Content.Body);
            if (body is TimerBody timer)
            {
                said = timer.Ttl;
                break;
            }
            said ??= body is TextBody { To: null } text ? text.Ttl ?? 0 : null;
        }
        if (said is { } seconds)
        {
            Locked(() =>
            {
                _reader.Learn(seconds);
                return true;
            });
        }
    }

    private List<ChatEvent> ReadPast(IEnumerable<SequencedFrame?> ascending)
    {
        var (events, missing) = (new List<ChatEvent>(), new MissingMessages());
        foreach (var frame in ascending)
        {
            var index = events.Count;
            events.AddRange(ReadPast(frame, _live.Changes, content => missing.Add(content, frame!, index)));
            if (events.Skip(index).Any(e => e is UnreadableReceived))
            {
                missing.AddUnreadable(index);
            }
        }
        foreach (var (index, before, count) in missing.Find())
        {
            var time = before.Frame.Time(_options.Time.GetUtcNow());
            events.Insert(index, new MessagesMissing(time, count) { Position = before.Position });
        }
        return events;
    }

    private List<ChatEvent> ReadPast(SequencedFrame? frame, Changes changes, Action<Content>? opened = null)
    {
        var events = new List<ChatEvent>();
        if (frame is null)
        {
            return [NewGap()];
        }
        lock (_gate)
        {
            if (_closed is not null)
            {
                throw new RoomClosedException("The room is closed.");
            }
            _reader.Read(
                frame.Frame.Text("cmd") ?? "",
                frame.Frame,
                new Reading(History: true, changes, events.Add, opened)
            );
        }
        return events;
    }

    private T Locked<T>(Func<T> read)
    {
        lock (_gate)
        {
            return read();
        }
    }

    private void Locked(Action act)
    {
        lock (_gate)
        {
            act();
        }
    }
}
