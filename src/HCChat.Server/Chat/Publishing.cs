using HCChat.Protocol;
using HCChat.Server.Messages;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>From a verb to everybody: an event gets its place in the room's list, its sender an answer, the members the frame.</summary>
internal static class Publishing
{
    /// <summary>Something that happens in a room.</summary>
    /// <param name="Frame">Its frame.</param>
    /// <param name="Kind">What it holds.</param>
    /// <param name="Audience">Families that get it.</param>
    /// <param name="Body">All that makes it what it is, to tell a repetition from another one.</param>
    internal sealed record Deed(Notice Frame, EventKind Kind, Family Audience, string Body)
    {
        /// <summary>The frame as the disk may have it, when that is less.</summary>
        public Notice? KeptFrame { get; init; }

        /// <summary>The objects that it names.</summary>
        public NamedObjects Objects { get; init; } = NamedObjects.None;

        /// <summary>The message that it is about.</summary>
        public string? Target { get; init; }

        /// <summary>The message that it removes.</summary>
        public Identity? Erases { get; init; }

        /// <summary>Seconds after which it disappears; 0 for never.</summary>
        public long Ttl { get; init; }

        /// <summary>The room's settings from now on.</summary>
        public HistoryChoice? Choice { get; init; }

        /// <summary>Who does not get it.</summary>
        public Member? Except { get; init; }

        /// <summary>What follows when everybody has it, under the room's gate.</summary>
        public Action<LogEvent>? Then { get; init; }
    }

    /// <summary>Publishes. Under the room's gate.</summary>
    /// <param name="call">The verb.</param>
    /// <param name="room">The room.</param>
    /// <param name="me">The sender.</param>
    /// <param name="mid">The sender's id for it, or null.</param>
    /// <param name="deed">What happens.</param>
    public static void Publish(Call call, Room room, Member me, string? mid, Deed deed)
    {
        var answer = new Answer(call.Session, call.Family, mid, room.Channel);
        if (call.Chat.HearersOf(room, me) is { } hearers)
        {
            // Unheard, and unnoticed by themselves.
            call.Penalize(9);
            var now = room.Now.ToUnixTimeMilliseconds();
            answer.Acknowledge(new Place(room.Log.Epoch, room.Log.Head, now, false));
            room.Broadcast(deed.Frame, deed.Audience, deed.Except, hearers);
            return;
        }
        call.Session.Begin();
        room.Log.Append(
            new Draft
            {
                Frame = deed.Frame,
                KeptFrame = deed.KeptFrame,
                Kind = deed.Kind,
                Of = IdentityOf(call, me) with
                {
                    Mid = mid,
                    Body = mid is null ? "" : call.Chat.SessionTokens.Name("body\0" + deed.Body),
                    Target = deed.Target,
                },
                Erases = deed.Erases,
                Objects = deed.Objects,
                Ttl = deed.Ttl,
                Choice = deed.Choice,
                Done = outcome => Finish(room, answer, deed, outcome),
            }
        );
    }

    /// <summary>Who a member is, as the author of messages: its session, which a restore brings back. The app has none, only its nick.</summary>
    public static Identity IdentityOf(Call call, Member me) =>
        new(call.IsApp ? "app:" + me.Nick.ToUpperInvariant() : call.Session.SessionId, me.TripCode, null, "");

    private static void Finish(Room room, Answer answer, Deed deed, Outcome outcome)
    {
        try
        {
            answer.Give(outcome, room.Now);
            if (outcome.Event is { } happened)
            {
                room.Broadcast(happened, deed.Audience, deed.Except);
                deed.Then?.Invoke(happened);
            }
        }
        finally
        {
            answer.Session.Settle();
        }
    }
}
