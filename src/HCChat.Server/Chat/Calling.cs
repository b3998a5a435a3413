using HCChat.Protocol;
using HCChat.Server.Messages;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>
/// Calls as a room sees them. A call is begun by a message (<c>chat</c> with <c>call</c>) that names it to those who can read it, and is the room's until everybody has left it; whoever comes meanwhile is told
/// of it with the room.
/// </summary>
internal static class Calling
{
    /// <summary>How long a call rings into which nobody comes.</summary>
    public static readonly TimeSpan Ringing = TimeSpan.FromSeconds(60);

    /// <summary>Why a message cannot begin a call, or null. Under the room's gate.</summary>
    public static Fault? Refusal(ChatServer chat, Room room, EventKind kind) =>
        !chat.Settings.HasCalls ? Fault.NoCalls
        : kind != EventKind.Envelope ? Fault.BadPayload // who cannot encrypt has no keys for a call either
        : room.Call is not null ? Fault.CallRunning
        : null;

    /// <summary>A call has begun. Under the room's gate.</summary>
    public static void Begin(ChatServer chat, Room room, LogEvent start)
    {
        room.Call = new OngoingCall(start.Frame, chat.Time.GetTimestamp());
        chat.KeptCalls?.Add(room.Channel, start);
        chat.TellCallBegan(room.Channel);
        Tell(room);
    }

    /// <summary>Takes up a call that went on while this process was away. Whether it still does has to be looked up.</summary>
    /// <returns>False when the message that began it is not there any more, or cannot be read.</returns>
    public static async Task<bool> RestoreAsync(ChatServer chat, KeptCalls.Kept kept)
    {
        RoomLog? log = null;
        await chat.Rooms.InAsync(kept.Channel, room => log = room.Log);
        var range = new Messages.Range(kept.Epoch, kept.Seq - 1, null, 1);
        if (log is null || await chat.Messages.ReadAsync(log, range, keptOnly: true) is not { } page)
        {
            return false; // cannot be read now
        }
        if (page is not { Recovered: true, Events: [var start] } || page.From != kept.Seq)
        {
            chat.KeptCalls?.Remove(kept.Channel);
            return false;
        }
        return await chat.Rooms.InAsync(
            kept.Channel,
            room =>
            {
                room.Call ??= new OngoingCall(start, chat.Time.GetTimestamp()) { WasJoined = true };
                chat.TellCallBegan(room.Channel);
            }
        );
    }

    /// <summary>Takes what is known of who is in a room's call.</summary>
    public static void Update(ChatServer chat, string channel, IReadOnlyList<OngoingCall.Person> people)
    {
        if (chat.Rooms.Find(channel) is not { } found)
        {
            return;
        }
        chat.Rooms.With(
            found,
            room =>
            {
                if (room.Call is not { } call)
                {
                    return;
                }
                if (people.Count == 0 && call.WasJoined)
                {
                    End(chat, room);
                }
                else if (!call.People.SequenceEqual(people))
                {
                    room.Call = call with { People = people, WasJoined = true };
                    Tell(room);
                }
            }
        );
    }

    /// <summary>Ends calls into which nobody has come.</summary>
    public static void EndUnanswered(ChatServer chat, string channel)
    {
        if (chat.Rooms.Find(channel) is not { } found)
        {
            return;
        }
        chat.Rooms.With(
            found,
            room =>
            {
                if (room.Call is { WasJoined: false } call && chat.Time.GetElapsedTime(call.Since) >= Ringing)
                {
                    End(chat, room);
                }
            }
        );
    }

    /// <summary>Adds what there is of a call to a frame about the room.</summary>
    public static Notice Describe(Notice notice, Room room) =>
        room.Call is not { } call
            ? notice
            : notice.Object(
                "call",
                json =>
                    json.Objects(
                            "people",
                            call.People,
                            (person, p) => person.String("nick", p.Nick).String("identity", p.Identity)
                        )
                        .Json("start", call.Start)
            );

    private static void End(ChatServer chat, Room room)
    {
        room.Call = null;
        chat.KeptCalls?.Remove(room.Channel);
        Tell(room);
    }

    private static void Tell(Room room) =>
        room.Broadcast(Describe(new Notice("call").String("channel", room.Channel), room), Family.HCChat);
}
