using System.Globalization;
using System.Text.Json;
using HCChat.Protocol;
using HCChat.Server.Messages;

namespace HCChat.Server.Chat;

/// <summary>Getting what one has missed, or what was before: <c>sync</c>, and the positions that a client comes back with.</summary>
internal static class Catchup
{
    private const double SyncCost = 0.25;
    private const long DefaultLimit = 100;

    /// <summary>What a range must be, in a sentence.</summary>
    public const string RangeRule =
        "since (0 or more) or before (1 or more) and limit (1 to 200) are whole numbers, epoch is the name of one.";

    /// <summary>Bytes of events that a return may be answered with at once, over all rooms: the outbound queue has to hold them.</summary>
    private const int MaxReturn = 512 * 1024;

    /// <summary>Positions that a connection may wait with: in a room and an inbox, for all the rooms that it may be in.</summary>
    public const int MaxPositions = 2 * Limits.MaxRoomsPerConnection;

    /// <summary>Where somebody stood in a list.</summary>
    internal sealed record Position(string Channel, bool Inbox, string Epoch, long Seq);

    public static async Task SyncAsync(Call call)
    {
        call.Session.Guard.Reprice(SyncCost);
        if (call.Seat is not { } seat)
        {
            call.Refuse(Fault.NotInRoom);
            return;
        }
        var channel = seat.Room.Channel;
        if (RangeOf(call.Message) is not { } range)
        {
            call.Refuse(Fault.BadPayload, channel, RangeRule);
            return;
        }
        var inbox = call.Message.Json("inbox", JsonTokenType.True).Length > 0;
        var log = inbox
            ? await call.Chat.Messages.OpenInboxAsync(seat.Room.Log, Whispering.OwnerOf(seat.Me))
            : seat.Room.Log;
        if (log is null || await call.Chat.Messages.ReadAsync(log, range) is not { } page)
        {
            call.Refuse(Fault.Unavailable, channel, retryAfter: TimeSpan.FromSeconds(1));
            return;
        }
        call.Reply(Replay(page, channel, inbox));
    }

    /// <summary>The positions in the <c>resume</c> of a <c>session</c>.</summary>
    public static IReadOnlyList<Position> Positions(Incoming message)
    {
        var json = message.Json("resume", JsonTokenType.StartArray);
        if (json.IsEmpty)
        {
            return [];
        }
        using var list = JsonDocument.Parse(json.ToArray());
        return
        [
            .. list
                .RootElement.EnumerateArray()
                .Take(MaxPositions)
                .Select(item => PositionOf(item, channel: null))
                .OfType<Position>(),
        ];
    }

    /// <summary>The position in the <c>resume</c> of a <c>join</c>, or null.</summary>
    public static Position? PositionIn(Incoming message, string channel)
    {
        var json = message.Json("resume", JsonTokenType.StartObject);
        if (json.IsEmpty)
        {
            return null;
        }
        using var item = JsonDocument.Parse(json.ToArray());
        return PositionOf(item.RootElement, channel);
    }

    /// <summary>Sends what came after a position, up to where live frames began.</summary>
    /// <param name="call">Whoever came back.</param>
    /// <param name="seat">The room.</param>
    /// <param name="head">The newest number when it sat down.</param>
    public static async Task ReturnAsync(Call call, Session.Seat seat, long head)
    {
        var (chat, session) = (call.Chat, call.Session);
        if (session.Take(seat.Room.Channel, inbox: false) is { } position)
        {
            await ReturnAsync(call, seat.Room.Log, position, head);
        }
        var owner = Whispering.OwnerOf(seat.Me);
        if (await chat.Messages.OpenInboxAsync(seat.Room.Log, owner) is not { } inbox)
        {
            return;
        }
        var known = session.Take(seat.Room.Channel, inbox: true);
        if (known is null && session.Returned >= MaxReturn)
        {
            // Said as of somebody who stood before its beginning: the client goes on by itself.
            known = new Position(inbox.Channel, true, inbox.Epoch, 0);
        }
        lock (inbox.Gate)
        {
            head = inbox.Head;
        }
        if (head > 0 && known is not null && !(known.Epoch == inbox.Epoch && known.Seq == head))
        {
            await ReturnAsync(call, inbox, known, head);
        }
        else if (
            head > 0
            && known is null
            && await chat.Messages.ReadAsync(inbox, new Messages.Range(null, null, null, Messages.Range.MaxLimit), head)
                is { Events.Count: > 0 } page
        )
        {
            session.Returned += page.Events.Sum(e => e.Length);
            call.Reply(Replay(page, inbox.Channel, inbox: true));
        }
    }

    /// <summary>The <c>replay</c> frame of a page.</summary>
    public static Notice Replay(Page page, string channel, bool inbox)
    {
        var notice = new Notice("replay", capacity: page.Events.Sum(e => e.Length + 1) + 512)
            .String("channel", channel)
            .String("epoch", page.Epoch)
            .Flag("recovered", page.Recovered)
            .Flag("inbox", inbox ? true : null);
        if (page.Recovered)
        {
            notice
                .Number("from", page.From)
                .Number("to", page.To)
                .Frames("events", page.Events)
                .Flag("more", page.More)
                .String("previous", page.Previous);
        }
        return notice.Number("oldest", page.Oldest).Number("head", page.Head);
    }

    /// <summary>The part that <c>since</c>, <c>before</c>, <c>epoch</c> and <c>limit</c> name; null when they are not what they should be.</summary>
    public static Messages.Range? RangeOf(Incoming message) =>
        RangeOf(
            message.Has("epoch") ? message.String("epoch") ?? "" : null,
            message.Has("since") ? message.Integer("since") ?? -1 : null,
            message.Has("before") ? message.Integer("before") ?? -1 : null,
            message.Has("limit") ? message.Integer("limit") ?? -1 : null
        );

    /// <summary>The same from a query.</summary>
    public static Messages.Range? RangeOf(string? epoch, string? since, string? before, string? limit) =>
        RangeOf(epoch, Number(since), Number(before), Number(limit));

    private static Messages.Range? RangeOf(string? epoch, long? since, long? before, long? limit) =>
        since < 0
        || before < 1
        || (since is not null && before is not null)
        || limit is < 1 or > Messages.Range.MaxLimit
        || epoch is { Length: 0 or > 64 }
        || epoch?.All(char.IsAsciiLetterOrDigit) == false
            ? null
            : new Messages.Range(epoch, since, before, (int)(limit ?? DefaultLimit));

    private static long? Number(string? text) =>
        text is null ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < 1L << 53
            ? number
        : -1;

    private static async Task ReturnAsync(Call call, RoomLog log, Position position, long head)
    {
        var budget = call.Session.Returned < MaxReturn;
        var inbox = position.Inbox;
        if (!budget && position.Epoch == log.Epoch)
        {
            // Too much at once: the client goes on by itself.
            var empty = new Page(log.Epoch, true, position.Seq + 1, position.Seq, [], true, null, log.Floor + 1, head);
            call.Reply(Replay(empty, log.Channel, inbox));
            return;
        }
        var page =
            position.Epoch == log.Epoch
                ? await call.Chat.Messages.ReadAsync(
                    log,
                    new Messages.Range(null, position.Seq, null, Messages.Range.MaxLimit),
                    head
                )
                : new Page(log.Epoch, false, 0, 0, [], false, null, log.Floor + 1, head);
        if (page is null)
        {
            call.Refuse(Fault.Unavailable, log.Channel, retryAfter: TimeSpan.FromSeconds(1));
            return;
        }
        call.Session.Returned += page.Events.Sum(e => e.Length);
        call.Reply(Replay(page, log.Channel, inbox));
    }

    private static Position? PositionOf(JsonElement item, string? channel)
    {
        if (
            item.ValueKind != JsonValueKind.Object
            || !item.TryGetProperty("epoch", out var epoch)
            || epoch.ValueKind != JsonValueKind.String
            || !item.TryGetProperty("seq", out var seq)
            || !seq.TryGetSafe(out var number)
        )
        {
            return null;
        }
        channel ??=
            item.TryGetProperty("channel", out var name) && name.ValueKind == JsonValueKind.String ? Read(name) : null;
        var inbox = item.TryGetProperty("inbox", out var flag) && flag.ValueKind == JsonValueKind.True;
        return channel is null || Read(epoch) is not { } read ? null : new Position(channel, inbox, read, number);
    }

    private static bool TryGetSafe(this JsonElement seq, out long number)
    {
        number = 0;
        return seq.ValueKind == JsonValueKind.Number && seq.TryGetInt64(out number) && number >= 0;
    }

    // A lone surrogate, which JavaScript can send, is no text to .NET.
    private static string? Read(JsonElement text)
    {
        try
        {
            return text.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
