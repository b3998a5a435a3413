using System.Collections.Concurrent;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>
/// The app knows no numbers and no history. So that it misses nothing when its connection breaks, the server remembers for a moment what it has certainly
/// received, and sends the rest as ordinary messages when it is back under the same nick and from the same address.
/// </summary>
internal sealed class AppReturns(TimeProvider time)
{
    private const int Capacity = 10_000;

    /// <summary>Bytes after which no further page is sent: the outbound queue has to hold them.</summary>
    private const int MaxReturn = 512 * 1024;

    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(120);

    private readonly ConcurrentDictionary<(string Channel, string Nick, string Address), Stand> _left = new();

    /// <summary>How far an app had come when it was lost.</summary>
    private sealed record Stand(string Epoch, long Received, long At);

    /// <summary>Remembers an app that goes.</summary>
    public void Remember(Session.Seat seat)
    {
        lock (seat.Room.Gate)
        {
            if (seat.Me.Progress is { } progress && _left.Count < Capacity)
            {
                _left[Key(seat)] = new Stand(seat.Room.Log.Epoch, progress.Received, time.GetTimestamp());
            }
        }
    }

    /// <summary>Whether an app of that nick and address has lost its place a moment ago.</summary>
    public bool IsExpected(string channel, Member me) =>
        _left.TryGetValue((channel, me.Nick.ToUpperInvariant(), me.AddressKey), out var stand)
        && time.GetElapsedTime(stand.At) <= s_window;

    /// <summary>Sends an app that has come back what it missed.</summary>
    /// <param name="call">The app.</param>
    /// <param name="seat">Where it sits.</param>
    /// <param name="head">The newest number when it sat down.</param>
    public async Task ReturnAsync(Call call, Session.Seat seat, long head)
    {
        var (log, progress) = (seat.Room.Log, seat.Me.Progress!);
        if (
            !_left.TryRemove(Key(seat), out var stand)
            || time.GetElapsedTime(stand.At) > s_window
            || stand.Epoch != log.Epoch
            || stand.Received >= head
        )
        {
            return;
        }
        lock (seat.Room.Gate)
        {
            progress.Begin(stand.Received);
        }
        // What is too old to be complete is sent as far as it is there: the app can be told of no gap.
        var range = new Messages.Range(null, null, null, Messages.Range.MaxLimit);
        var page = await call.Chat.Messages.ReadAsync(log, range with { Since = stand.Received }, head);
        page = page is { Recovered: false } ? await call.Chat.Messages.ReadAsync(log, range, head) : page;
        for (var sent = 0; page is not null; )
        {
            foreach (var frame in page.Events.Where(IsMessage))
            {
                call.Session.Deliver(frame, false);
                sent += frame.Length;
            }
            page =
                page.More && page.To < head && sent < MaxReturn
                    ? await call.Chat.Messages.ReadAsync(log, range with { Since = page.To }, head)
                    : null;
        }
        lock (seat.Room.Gate)
        {
            progress.Sent(head);
        }
    }

    /// <summary>Forgets those who will not come back. Called every second.</summary>
    public void Tick()
    {
        foreach (var (key, stand) in _left)
        {
            if (time.GetElapsedTime(stand.At) > s_window)
            {
                _left.TryRemove(KeyValuePair.Create(key, stand));
            }
        }
    }

    private static bool IsMessage(byte[] frame) => frame.AsSpan().IndexOf("\"type\":\"message\""u8) is > 0 and < 32;

    private static (string, string, string) Key(Session.Seat seat) =>
        (seat.Room.Channel, seat.Me.Nick.ToUpperInvariant(), seat.Me.AddressKey);
}
