using HCChat.Protocol;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>One verb being carried out: for whom, with what, and how to answer.</summary>
internal sealed record Call(ChatServer Chat, Session Session, Incoming Message)
{
    /// <summary>What a message id must be, in a sentence.</summary>
    public const string MidRule = "The message id must be 16 to 36 characters of A-Z, a-z, 0-9, _ and -.";

    /// <summary>Server clock.</summary>
    public DateTimeOffset Now => Chat.Time.GetUtcNow();

    /// <summary>The room that the frame names under <c>channel</c> or <c>room</c>.</summary>
    public string? Channel => Message.String("channel") ?? Message.String("room");

    /// <summary>The sender's seat in that room, or in its only one.</summary>
    public Session.Seat? Seat => Session.SeatIn(Channel);

    /// <summary>The sender's family; whoever has not said yet is answered as hack.chat's first generation.</summary>
    public Family Family => Session.Family == Family.None ? Family.Legacy : Session.Family;
    public bool IsStock => (Family & Family.Stock) != 0;
    public bool IsLegacy => Family == Family.Legacy;
    public bool IsApp => Family == Family.App;
    public bool IsOurs => Family == Family.HCChat;

    /// <summary>Whether it brings what opens a door: an invitation or a password.</summary>
    public bool HasSecret =>
        IsOurs && (Message.String("invite") is { Length: > 0 } || Message.String("password") is { Length: > 0 });

    /// <summary>The sender's id for what it sends; only our family and the app have one.</summary>
    public string? Mid =>
        GivenMid is not null ? GivenMid
        : IsOurs
            ? Message.String("mid") is { } mid && Names.IsMessageId(mid) ? mid
                : null
        : IsApp
            ? Message.String("id") is { Length: > 0 and <= 64 } id ? id
                : null
        : null;

    /// <summary>An id that the message is given because its sender gave none and shall be told of its place all the same.</summary>
    public string? GivenMid { get; init; }

    /// <summary>The hash of the invitation that this call has used up, or null.</summary>
    public string? Redeemed { get; set; }

    /// <summary>
    /// Runs something under the gate of a room that the sender is in. Whoever was put out meanwhile, or whose room was closed, is told so as one who was never
    /// there.
    /// </summary>
    /// <returns>Whether it was run.</returns>
    public bool InRoom(Session.Seat seat, Action<Room> action)
    {
        var isIn = false;
        Chat.Rooms.With(
            seat.Room,
            room =>
            {
                isIn = !seat.Me.HasLeft;
                if (isIn)
                {
                    action(room);
                }
            }
        );
        if (!isIn)
        {
            RefuseOurs(Fault.NotInRoom);
        }
        return isIn;
    }

    /// <summary>Sends a frame to the caller.</summary>
    public void Reply(Notice notice) => Session.Send(notice, Now);

    /// <summary>
    /// Says why something was refused: a <c>nack</c> for one of our messages, a <c>warn</c> otherwise, nothing to the app,
    /// which would not understand.
    /// </summary>
    /// <param name="fault">The reason.</param>
    /// <param name="channel">The room it is about, or null for none.</param>
    /// <param name="room">The room that a join or a restore was refused; ours are told beside <paramref name="channel"/>, which hack.chat leaves out.</param>
    /// <param name="text">A sentence with particulars, in the place of the fault's own.</param>
    /// <param name="retryAfter">When to try again.</param>
    public void Refuse(
        Fault fault,
        string? channel = null,
        string? text = null,
        TimeSpan retryAfter = default,
        string? room = null
    )
    {
        if (retryAfter == default && (fault == Fault.Unavailable || fault == Fault.StorageFull))
        {
            retryAfter = TimeSpan.FromSeconds(1);
        }
        long? retryAfterMs = retryAfter > TimeSpan.Zero ? (long)Math.Ceiling(retryAfter.TotalMilliseconds) : null;
        if (IsApp)
        {
            return;
        }
        if (IsOurs && Message.String("mid") is { } mid)
        {
            Reply(Answer.Nack(mid, channel ?? Channel, fault, text ?? fault.Text, retryAfterMs));
            return;
        }
        Reply(
            new Notice("warn")
                .String("text", text ?? fault.Text)
                .Number("id", fault.Id)
                .StringOrFalse("channel", channel)
                .String("code", fault.Code)
                .String("room", IsOurs && channel is null ? room ?? Channel : null)
                .Number("retryAfterMs", retryAfterMs)
        );
    }

    /// <summary>Refuses a <c>mid</c> that is none.</summary>
    public void RefuseMid(string channel) => Refuse(Fault.BadPayload, channel, MidRule);

    /// <summary>Refuses where our family is told and hack.chat is silent.</summary>
    public void RefuseOurs(Fault fault, string? channel = null)
    {
        if (IsOurs)
        {
            Refuse(fault, channel);
        }
    }

    /// <summary>Charges the limiter; when that is too much, says so and answers false.</summary>
    public bool Charge(double cost, Fault fault, string? channel = null)
    {
        if (Session.Guard.TryCharge(cost, out var retryAfter))
        {
            return true;
        }
        Refuse(fault, channel, retryAfter: retryAfter);
        return false;
    }

    /// <summary>Makes misbehaviour that gets no answer cost something, as hack.chat does. Ours is answered instead.</summary>
    public void Penalize(double cost)
    {
        if (!IsOurs)
        {
            Session.Guard.Penalize(cost);
        }
    }

    /// <summary>A line of information to the caller.</summary>
    public void Inform(int id, string text, string? channel) => Reply(Notices.Info(id, text, channel));
}
