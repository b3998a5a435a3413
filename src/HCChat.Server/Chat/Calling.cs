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
        room.Call = new OngoingCall(start, chat.Time.GetTimestamp());
        Tell(room);
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
                if (room.Call is not { } call || call.People.SequenceEqual(people))
                {
                    return;
                }
                room.Call = people.Count == 0 ? null : call with { People = people, WasJoined = true };
                Tell(room);
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
                    room.Call = null;
                    Tell(room);
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
                        .Json("start", call.Start.Frame)
            );

    private static void Tell(Room room) =>
        room.Broadcast(Describe(new Notice("call").String("channel", room.Channel), room), Family.HCChat);
}
