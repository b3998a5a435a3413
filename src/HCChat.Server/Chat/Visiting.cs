using System.Text.Json.Nodes;
using HCChat.Protocol;
using HCChat.Server.Identities;
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
    /// <param name="capability">Whom the visitor has shown to be, or null.</param>
    public static async Task<Answered> PostAsync(
        ChatServer chat,
        string addressKey,
        Incoming message,
        Tokens.Capability? capability
    )
    {
        var heard = new List<byte[]>();
        var session = Visitor(chat, addressKey, frame => heard.Add(frame));
        var call = new Call(chat, session, message)
        {
            GivenMid = message.Has("mid") ? null : Guid.NewGuid().ToString("N"),
        };
        try
        {
            if (!session.Guard.TryBeginFrame(message.Length, out var retryAfter))
            {
                call.Refuse(Fault.Limited, retryAfter: retryAfter);
            }
            else
            {
                await PostAsync(call, capability);
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
        Messages.Range? range,
        Tokens.Capability? capability
    )
    {
        var heard = new List<byte[]>();
        var session = Visitor(chat, addressKey, frame => heard.Add(frame));
        var call = new Call(chat, session, new Incoming());
        if (capability is not null)
        {
            Capabilities.Assume(session, capability);
        }
        if (!session.Guard.TryBeginFrame(0, out var retryAfter) || !session.Guard.TryCharge(ReadCost, out retryAfter))
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
            await ReadAsync(call, channel!, range, capability);
        }
        chat.Disconnect(session, broken: false);
        return new Answered(JsonNode.Parse(heard[0])!.AsObject());
    }

    /// <summary>As whom somebody may be in a room at this moment: the one whom a capability names, or a stranger.</summary>
    /// <param name="chat">The conversation.</param>
    /// <param name="addressKey">Where the visitor comes from.</param>
    /// <param name="channel">The room.</param>
    /// <param name="capability">Whom the visitor has shown to be, or null.</param>
    /// <param name="cost">What asking costs.</param>
    /// <returns>Who they would be there, or why not.</returns>
    public static async Task<(Member? Me, Answered? Refusal)> AdmitAsync(
        ChatServer chat,
        string addressKey,
        string? channel,
        Tokens.Capability? capability,
        double cost
    )
    {
        var heard = new List<byte[]>();
        var session = Visitor(chat, addressKey, frame => heard.Add(frame));
        var call = new Call(chat, session, new Incoming());
        Member? me = null;
        if (capability is not null)
        {
            Capabilities.Assume(session, capability);
        }
        try
        {
            if (!session.Guard.TryBeginFrame(0, out var retryAfter) || !session.Guard.TryCharge(cost, out retryAfter))
            {
                call.Refuse(Fault.Limited, retryAfter: retryAfter);
            }
            else if (Joining.ChannelFault(call, channel) is { } fault)
            {
                call.Refuse(fault);
            }
            else
            {
                me = await AdmitAsync(call, channel!, capability, _ => { });
            }
        }
        finally
        {
            chat.Disconnect(session, broken: false);
        }
        return (me, heard.Count > 0 ? new Answered(JsonNode.Parse(heard[0])!.AsObject()) : null);
    }

    /// <summary>
    /// Whether whoever came somewhere by a capability may stay there, and speak, and their rank: they were not put out or banned since, and the login that it came from goes on. That a
    /// door was shut behind them changes nothing.
    /// </summary>
    /// <param name="chat">The conversation.</param>
    /// <param name="addressKey">Where they come from.</param>
    /// <param name="capability">Theirs; how old it is does not matter.</param>
    /// <returns>Null when that cannot be found out now.</returns>
    public static async Task<(bool MayStay, bool MaySpeak, long Level)?> LookAsync(
        ChatServer chat,
        string addressKey,
        Tokens.Capability capability
    )
    {
        if (chat.Bans.IsBanned(addressKey))
        {
            return (false, false, 0);
        }
        var session = Visitor(chat, addressKey, _ => { });
        Capabilities.Assume(session, capability);
        (bool, bool, long)? found = null;
        await chat.Rooms.InAsync(
            capability.Room,
            room =>
            {
                var me = Joining.NewMember(
                    new Call(chat, session, new Incoming()),
                    room,
                    capability.Nick,
                    capability.Trip
                );
                var isHere = room.Members.Any(m => m.SessionId == capability.Session);
                var isOut =
                    Capabilities.IsVoid(chat, capability, me, isHere)
                    || Admission.Refusal(chat, room, me, mayOpen: true) == Fault.Banned;
                found = (!isOut, chat.HearersOf(room, me) is null, me.Level);
            }
        );
        chat.Disconnect(session, broken: false);
        return found;
    }

    /// <summary>Whether somebody may be in a room, without sitting down there.</summary>
    /// <param name="chat">The conversation.</param>
    /// <param name="addressKey">Where the visitor comes from.</param>
    /// <param name="message">The room, and what opens it.</param>
    /// <param name="access">Who the visitor has shown to be, or null.</param>
    /// <returns>What shows it elsewhere, or why not.</returns>
    public static async Task<(Tokens.Capability? Capability, Answered? Refusal)> EnterAsync(
        ChatServer chat,
        string addressKey,
        Incoming message,
        Tokens.Access? access
    )
    {
        var heard = new List<byte[]>();
        var session = Visitor(chat, addressKey, frame => heard.Add(frame));
        var call = new Call(chat, session, message);
        Tokens.Capability? capability = null;
        try
        {
            var (given, pass) = Credentials.Of(call);
            var (nick, trip) = (given ?? access?.Nick ?? "guest", pass.Length > 0 ? pass : access?.Trip ?? "");
            (session.Account, session.Login) = access is { Nick: null } ? (access.Subject, access.Login) : (null, null);
            if ((Joining.ChannelFault(call, call.Channel) ?? Joining.NickFault(call, nick)) is { } fault)
            {
                call.Refuse(fault);
            }
            else if (await Admission.PresentAsync(call, call.Channel!))
            {
                var opened = await call.Chat.Rooms.InAsync(
                    call.Channel!,
                    room =>
                    {
                        var me = Joining.NewMember(call, room, nick, trip);
                        if (Refusal(call, room, me, null, Admission.MayOpen(call)) is { } refusal)
                        {
                            call.Refuse(refusal);
                        }
                        else
                        {
                            capability = Capabilities.Of(room.Channel, me, call);
                        }
                    },
                    call.HasSecret
                );
                if (!opened)
                {
                    call.Refuse(Fault.Unavailable, retryAfter: TimeSpan.FromSeconds(1));
                }
            }
        }
        finally
        {
            if (capability is null)
            {
                Admission.Return(call, call.Channel ?? "");
            }
            chat.Disconnect(session, broken: false);
        }
        return (capability, heard.Count > 0 ? new Answered(JsonNode.Parse(heard[0])!.AsObject()) : null);
    }

    private static async Task PostAsync(Call call, Tokens.Capability? capability)
    {
        var (nick, trip) = capability is null ? Credentials.Of(call) : (capability.Nick, capability.Trip);
        if (capability is not null)
        {
            Capabilities.Assume(call.Session, capability);
        }
        if ((Joining.ChannelFault(call, call.Channel) ?? Joining.NickFault(call, nick)) is { } fault)
        {
            call.Refuse(fault);
            return;
        }
        if (capability is null)
        {
            // The same sender each time, so that a message sent again is known, and may be changed.
            call.Session.SessionId = call.Chat.SessionTokens.Name($"{call.Session.AddressKey}\0{nick}\0{trip}");
        }
        var opened = await call.Chat.Rooms.InAsync(
            call.Channel!,
            room =>
            {
                var me = Joining.NewMember(call, room, nick!, trip);
                if (Refusal(call, room, me, capability) is { } refusal)
                {
                    call.Refuse(refusal);
                }
                else if (
                    (room.ByLooks(nick!) is { } holder && !IsSame(holder, me))
                    || (me.ServerLevel < Level.Moderator && call.Chat.Settings.IsReserved(Skeleton.Of(nick!)))
                )
                {
                    call.Refuse(Fault.NickTaken);
                }
                else
                {
                    if (capability is null && room.ByLooks(nick!) is null)
                    {
                        call.Chat.Raids.Count(room.Channel, call.Session.AddressKey);
                    }
                    Saying.Say(call, new Session.Seat(room, me), Verbs.Chat, call.Message.String("text"));
                }
            }
        );
        if (!opened)
        {
            call.Refuse(Fault.Unavailable, retryAfter: TimeSpan.FromSeconds(1));
        }
    }

    private static async Task ReadAsync(Call call, string channel, Messages.Range range, Tokens.Capability? capability)
    {
        RoomLog? log = null;
        if (await AdmitAsync(call, channel, capability, room => log = room.Log) is null)
        {
            return;
        }
        if (await call.Chat.Messages.ReadAsync(log!, range, keptOnly: true) is not { } page)
        {
            call.Refuse(Fault.Unavailable, channel, retryAfter: TimeSpan.FromSeconds(1));
        }
        else
        {
            call.Reply(Catchup.Replay(page, channel, inbox: false));
        }
    }

    // As whom they may be there now; null when they may not, which they have been told then.
    private static async Task<Member?> AdmitAsync(
        Call call,
        string channel,
        Tokens.Capability? capability,
        Action<Room> then
    )
    {
        Member? admitted = null;
        Fault? refusal = null;
        var opened = await call.Chat.Rooms.InAsync(
            channel,
            room =>
            {
                var me = Joining.NewMember(call, room, capability?.Nick ?? "visitor", capability?.Trip ?? "");
                // Nobody opens a room by asking for something in it.
                refusal = Refusal(call, room, me, capability, mayOpen: false);
                if (refusal is null)
                {
                    admitted = me;
                    then(room);
                }
            },
            fromOutside: capability is null
        );
        if (refusal is not null)
        {
            call.Refuse(refusal);
        }
        else if (!opened)
        {
            call.Refuse(Fault.Unavailable, channel, retryAfter: TimeSpan.FromSeconds(1));
        }
        return admitted;
    }

    // The same session, or somebody with the same trip.
    private static bool IsSame(Member holder, Member me) =>
        holder.SessionId == me.SessionId || (me.TripCode.Length > 0 && holder.TripCode == me.TripCode);

    private static Fault? Refusal(
        Call call,
        Room room,
        Member me,
        Tokens.Capability? capability,
        bool mayOpen = true
    ) =>
        capability is not null && Capabilities.IsVoid(call.Chat, capability, me) ? Fault.Locked
        : Admission.Refusal(call.Chat, room, me, mayOpen || capability is not null) is { } refusal ? refusal
        : room.CaptchaEnabled && !me.IsModerator ? Fault.Captcha
        // Over HTTP nobody can pay; whoever has a capability has come in before.
        : capability is null && call.Chat.Raids.IsOn(room) && Newcomers.IsNew(call, room, me, restored: false)
            ? Fault.ProofOfWork
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
