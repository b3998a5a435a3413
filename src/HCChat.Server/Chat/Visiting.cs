using System.Text.Json.Nodes;
using HCChat.Protocol;
using HCChat.Server.Messages;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>Saying something to a room, or reading it, without sitting down there: for programs that speak HTTP. Whoever may join may do it.</summary>
internal static class Visiting
{
    private const double ReadCost = 1;

    /// <summary>What a visitor is answered: the frame that one of ours would get.</summary>
    internal sealed record Answered(JsonObject Frame)
    {
        /// <summary>Its <c>cmd</c>.</summary>
        public string Cmd => (string)Frame["cmd"]!;
    }

    /// <summary>Says <c>text</c> as <c>nick</c> in <c>room</c>, the same way through the room as a <c>chat</c>.</summary>
    /// <param name="chat">The conversation.</param>
    /// <param name="addressKey">Where the visitor comes from.</param>
    /// <param name="message">The request.</param>
    public static async Task<Answered> PostAsync(ChatServer chat, string addressKey, Incoming message)
    {
        var heard = new List<byte[]>();
        var session = Visitor(chat, addressKey, frame => heard.Add(frame));
        var call = new Call(chat, session, message)
        {
            GivenMid = message.Has("mid") ? null : Guid.NewGuid().ToString("N"),
        };
        try
        {
            if (!session.Guard.TryBeginFrame(out var retryAfter))
            {
                call.Refuse(Fault.Limited, retryAfter: retryAfter);
            }
            else
            {
                await PostAsync(call);
                await session.SettledAsync();
                session.Guard.EndFrame();
            }
        }
        finally
        {
            chat.Disconnect(session, broken: false);
        }
        return new Answered(JsonNode.Parse(heard[0])!.AsObject());
    }

    /// <summary>Reads what is kept of a room.</summary>
    public static async Task<Answered> ReadAsync(
        ChatServer chat,
        string addressKey,
        string? channel,
        Messages.Range? range
    )
    {
        var heard = new List<byte[]>();
        var session = Visitor(chat, addressKey, frame => heard.Add(frame));
        var call = new Call(chat, session, new Incoming());
        if (!session.Guard.TryBeginFrame(out var retryAfter) || !session.Guard.TryCharge(ReadCost, out retryAfter))
        {
            call.Refuse(Fault.Limited, retryAfter: retryAfter);
        }
        else if (Joining.ChannelFault(call, channel) is { } fault)
        {
            call.Refuse(fault);
        }
        else if (range is null)
        {
            call.Refuse(Fault.BadPayload, channel, Catchup.RangeRule);
        }
        else
        {
            await ReadAsync(call, channel!, range);
        }
        chat.Disconnect(session, broken: false);
        return new Answered(JsonNode.Parse(heard[0])!.AsObject());
    }

    private static async Task PostAsync(Call call)
    {
        var (nick, trip) = Joining.Credentials(call);
        if ((Joining.ChannelFault(call, call.Channel) ?? Joining.NickFault(call, nick)) is { } fault)
        {
            call.Refuse(fault);
            return;
        }
        // The same sender each time, so that a message sent again is known, and may be changed.
        call.Session.SessionId = call.Chat.Tokens.Name($"{call.Session.AddressKey}\0{nick}\0{trip}");
        var opened = await call.Chat.Rooms.InAsync(
            call.Channel!,
            room =>
            {
                var me = Joining.NewMember(call, room, nick!, trip);
                if (Refusal(room, me) is { } refusal)
                {
                    call.Refuse(refusal);
                }
                else if (room.ByNickFolded(nick!) is { } holder && (trip.Length == 0 || holder.TripCode != trip))
                {
                    call.Refuse(Fault.NickTaken);
                }
                else
                {
                    Saying.Say(call, new Session.Seat(room, me), Verbs.Chat, call.Message.String("text"));
                }
            }
        );
        if (!opened)
        {
            call.Refuse(Fault.Unavailable, retryAfter: TimeSpan.FromSeconds(1));
        }
    }

    private static async Task ReadAsync(Call call, string channel, Messages.Range range)
    {
        RoomLog? log = null;
        Fault? refusal = null;
        var opened = await call.Chat.Rooms.InAsync(
            channel,
            room => (log, refusal) = (room.Log, Refusal(room, Joining.NewMember(call, room, "visitor", "")))
        );
        if (refusal is not null)
        {
            call.Refuse(refusal);
        }
        else if (!opened || await call.Chat.Messages.ReadAsync(log!, range, keptOnly: true) is not { } page)
        {
            call.Refuse(Fault.Unavailable, channel, retryAfter: TimeSpan.FromSeconds(1));
        }
        else
        {
            call.Reply(Catchup.Replay(page, channel, inbox: false));
        }
    }

    private static Fault? Refusal(Room room, Member me) =>
        Admission.Refusal(room, me) is { } refusal ? refusal
        : room.CaptchaEnabled && !me.IsModerator ? Fault.Captcha
        : null;

    private static Session Visitor(ChatServer chat, string addressKey, Action<byte[]> hear)
    {
        var session = chat.Connect(
            addressKey,
            (frame, _) => hear(frame),
            () => Task.FromResult(false),
            _ => { },
            _ => { }
        );
        session.Family = Family.HCChat;
        return session;
    }
}
