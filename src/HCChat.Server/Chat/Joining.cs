using HCChat.Protocol;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>Coming, coming back and going: <c>session</c>, <c>join</c>, <c>leave</c>.</summary>
internal static class Joining
{
    private const int MotdInfo = 1304;

    /// <summary>
    /// hackchat-engine takes no frame before a timer of 1 ms after its session has run, and shelves what comes sooner
    /// until the next frame. hack.chat is never that fast; we wait for it.
    /// </summary>
    private static readonly TimeSpan EngineReady = TimeSpan.FromMilliseconds(25);

    /// <summary>Stock clients always get a line; this one is honest about what they lack.</summary>
    private const string StockMotd =
        "Welcome. What you write here with this client is not end-to-end encrypted. /help lists the commands.";

    /// <summary>When to come back while the database is away, ms.</summary>
    private const int RetryMs = 2_000;

    /// <summary>Somebody about to sit down.</summary>
    internal sealed record Applicant(string Channel, string Nick, string Trip, string? Color, bool Restored);

    /// <summary>Somebody who sits, and the room's newest number at that moment: live frames begin behind it.</summary>
    internal sealed record Seated(Session.Seat Seat, long Head);

    /// <summary>How an attempt to sit down ended: seated, refused, or the nick's holder is to be asked whether it lives.</summary>
    internal readonly record struct Attempt(Seated? Seated, Fault? Fault, Member? Holder);

    public static async Task SessionAsync(Call call)
    {
        var (chat, session) = (call.Chat, call.Session);
        session.Presented = chat.CountPresented();
        if (call.IsOurs)
        {
            session.Remember(Catchup.Positions(call.Message));
        }
        ResumeTokens.Returning? returning = null;
        if (session.Seats.Count == 0 && call.Message.String("token") is { Length: > 0 } token)
        {
            try
            {
                returning = await chat.ReadTokenAsync(session, token);
                if (returning?.Claims.Account is { } account && !await chat.IsGoodAsync(account))
                {
                    returning = null;
                }
            }
            catch (TimeoutException)
            {
                // To say that the token is not good would make somebody else of whoever has it.
                call.Reply(new Notice("reconnect").Number("afterMs", RetryMs).String("reason", "unavailable"));
                session.Close(CloseCode.Overloaded);
                return;
            }
        }
        session.AnsweredAt = chat.Time.GetTimestamp();
        if (returning is null || chat.Bans.IsBanned(session.AddressKey))
        {
            call.Reply(chat.NoSessionNotice(session));
            return;
        }
        var claims = returning.Claims;
        session.SessionId = claims.SessionId;
        session.UserId = claims.UserId;
        session.TokenNumber = returning.Last;
        session.Key = claims.Key;
        (session.Account, session.Login) = (claims.Account, claims.Login);
        session.Restored = true;
        var taken = new List<Seated>();
        foreach (var seat in claims.Seats)
        {
            if (ChannelFault(call, seat.Channel) is not null)
            {
                continue;
            }
            if (session.Captcha is not null || !Captchas.Ask(call, seat.Channel, seat.Nick, seat.Trip))
            {
                var applicant = new Applicant(seat.Channel, seat.Nick, seat.Trip, seat.Color, Restored: true);
                if (seat.Admitted)
                {
                    session.Admit(seat.Channel);
                }
                if ((await SeatAsync(call, applicant)).Seated is { } seated)
                {
                    taken.Add(seated);
                }
            }
        }
        Expulsions.Tell(call, returning.Gone);
        await chat.TellSessionAsync(session, restored: true);
        await ReturnAsync(call, taken);
    }

    public static async Task JoinAsync(Call call)
    {
        if (call.IsApp)
        {
            // It cannot take a refusal: its frames are limited, its joins are only charged.
            call.Penalize(3);
            await AppJoining.JoinAsync(call);
            return;
        }
        // Whoever brings what a join was refused for has been charged for that one.
        if (!call.Charge(Newcomers.Pay(call) ? 0 : 3, Fault.RateJoin))
        {
            return;
        }
        if (call.Family == Family.V2 && call.Session.AnsweredAt is { } answered)
        {
            var early = EngineReady - call.Chat.Time.GetElapsedTime(answered);
            if (early > TimeSpan.Zero)
            {
                await Task.Delay(early, call.Chat.Time);
            }
        }
        if (!call.Message.Has("channel") && call.IsStock)
        {
            return;
        }
        var (nick, trip) = Credentials.Of(call);
        await JoinAsync(call, call.Message.String("channel"), nick, trip);
    }

    /// <summary>Joins with the checks that hack.chat makes, in its order.</summary>
    public static async Task JoinAsync(Call call, string? channel, string? nick, string trip)
    {
        var fault = ChannelFault(call, channel) ?? RoomsFault(call, channel) ?? NickFault(call, nick);
        if (fault is not null)
        {
            call.Refuse(fault);
            return;
        }
        if (Captchas.Ask(call, channel!, nick!, trip))
        {
            return;
        }
        if (!await Admission.PresentAsync(call, channel!))
        {
            return;
        }
        var applicant = new Applicant(channel!, nick!, trip, null, Restored: false);
        if ((await SeatAsync(call, applicant)).Seated is not { } seated)
        {
            Admission.Return(call, channel!);
            return;
        }
        Welcome(call, seated.Seat);
        await call.Chat.TellSessionAsync(call.Session, restored: false);
        if (call.IsOurs && Catchup.PositionIn(call.Message, channel!) is { } position)
        {
            call.Session.Remember([position]);
        }
        await ReturnAsync(call, [seated]);
    }

    public static async Task LeaveAsync(Call call)
    {
        // Charged but never refused: whoever wants to go must be able to.
        call.Penalize(3);
        if (call.Channel is not { } channel)
        {
            call.Refuse(Fault.BadPayload);
            return;
        }
        if (call.Session.Seats.FirstOrDefault(s => s.Room.Channel == channel) is not { } seat)
        {
            call.Refuse(Fault.NotInRoom);
            return;
        }
        call.Chat.Unseat(call.Session, seat.Me, seat.Room);
        if (!call.IsApp)
        {
            await call.Chat.TellSessionAsync(call.Session, restored: false);
        }
    }

    /// <summary>Why nobody from there may be in that channel, or null.</summary>
    public static Fault? ChannelFault(Call call, string? channel) =>
        string.IsNullOrEmpty(channel) ? Fault.ChannelInvalid
        : channel.Length > Limits.MaxChannel ? Fault.ChannelTooLong
        : call.Chat.Bans.IsBanned(call.Session.AddressKey) ? Fault.Banned
        : !call.Chat.Settings.TakesGuests && call.Session.Account is null ? Fault.LoginRequired
        : null;

    /// <summary>Why one may not be in that channel besides where one is, or null.</summary>
    public static Fault? RoomsFault(Call call, string? channel)
    {
        var seats = call.Session.Seats;
        return call.IsStock && seats.Count > 0 ? Fault.AlreadyJoined
            : seats.Any(s => s.Room.Channel == channel) ? Fault.AlreadyJoined
            : seats.Count >= Limits.MaxRoomsPerConnection ? Fault.TooManyRooms
            : null;
    }

    /// <summary>Why that is no nick for the caller, or null.</summary>
    public static Fault? NickFault(Call call, string? nick) =>
        (call.IsStock ? Names.IsStockNick(nick) : Names.IsNick(nick)) ? null : Fault.NickInvalid;

    /// <summary>Sits down, if need be after the holder of the nick turned out to be a ghost.</summary>
    /// <param name="call">Whose.</param>
    /// <param name="applicant">As whom.</param>
    /// <param name="refuse">Whether to say why not.</param>
    public static async Task<Attempt> SeatAsync(Call call, Applicant applicant, bool refuse = true)
    {
        while (true)
        {
            var attempt = await SeatNowAsync(call, applicant);
            if (attempt.Seated is not null)
            {
                return attempt;
            }
            if (attempt.Holder is { } holder && !await holder.ProbeAsync())
            {
                holder.Evict(holder, CloseCode.TakenOver);
                continue;
            }
            if (refuse && attempt.Fault == Fault.ProofOfWork)
            {
                Newcomers.Ask(call, applicant);
            }
            else if (refuse)
            {
                call.Refuse(attempt.Fault ?? Fault.NickTaken, room: applicant.Channel);
            }
            return attempt;
        }
    }

    /// <summary>Sits down if that can be done at once.</summary>
    public static async Task<Attempt> SeatNowAsync(Call call, Applicant applicant)
    {
        var attempt = new Attempt(null, Fault.Unavailable, null);
        await call.Chat.Rooms.InAsync(applicant.Channel, r => attempt = TrySeat(call, r, applicant), call.HasSecret);
        return attempt;
    }

    // What each of the rooms has for somebody who comes back.
    private static async Task ReturnAsync(Call call, IEnumerable<Seated> taken)
    {
        foreach (var (seat, head) in call.IsOurs ? taken : [])
        {
            await Catchup.ReturnAsync(call, seat, head);
        }
    }

    private static Attempt TrySeat(Call call, Room room, Applicant applicant)
    {
        var session = call.Session;
        var me = NewMember(call, room, applicant);
        if (Admission.Refusal(call.Chat, room, me, applicant.Restored || Admission.MayOpen(call)) is { } refusal)
        {
            return new Attempt(null, refusal, null);
        }
        // The same session again, or (for clients of ours, which stop when it happens to them) the same trip, takes over at once.
        var own = applicant.Restored ? room.Members.FirstOrDefault(m => m.SessionId == session.SessionId) : null;
        if (own is not null && own.Presented > session.Presented)
        {
            // Somebody who showed the token later has the session already: this one was slow, and its peer has most likely gone.
            session.Close(CloseCode.TakenOver);
            return new Attempt(null, Fault.NickTaken, null);
        }
        var holder = room.ByNickFolded(applicant.Nick);
        if (
            own is null
            && holder is not null
            && call.IsOurs
            && applicant.Trip.Length > 0
            && holder.TripCode == applicant.Trip
        )
        {
            own = holder;
        }
        var pays =
            own is null
            && Newcomers.IsNew(call, room, me, applicant.Restored)
            && !Newcomers.HavePaid(call, room.Channel);
        if (pays && call.Chat.Raids.IsOn(room))
        {
            call.Chat.Raids.Count(room.Channel, call.Session.AddressKey);
            return new Attempt(null, Fault.ProofOfWork, null);
        }
        holder ??= own is null ? room.ByLooks(applicant.Nick) : null;
        if (own is null && me.ServerLevel < Level.Moderator && call.Chat.Settings.IsReserved(me.Looks))
        {
            return new Attempt(null, Fault.NickTaken, null);
        }
        if (holder is not null && holder != own)
        {
            return new Attempt(null, null, holder);
        }
        var others = room.Members.Where(m => m != own).ToList();
        if (pays)
        {
            call.Chat.Raids.Count(room.Channel, call.Session.AddressKey);
        }
        if (room.Members.Count == 0)
        {
            room.IsRaided = call.Chat.Raids.IsOn(room);
        }
        if (own is null)
        {
            room.Add(me);
        }
        else
        {
            room.Replace(own, me);
            own.Evict(own, CloseCode.TakenOver);
        }
        var seat = new Session.Seat(room, me);
        session.Sit(room, me);
        session.Guard.Immune |= me.IsModerator;
        if (!call.IsApp)
        {
            var set = Notices.OnlineSet(me, others, room.Channel, call.Chat.Settings.RoomSaltB64);
            call.Reply(call.IsOurs ? Histories.Describe(set, room) : set);
        }
        Admission.Welcome(call, room, me);
        return new Attempt(new Seated(seat, room.Log.Head), null, null);
    }

    /// <summary>Somebody who does not sit down.</summary>
    public static Member NewMember(Call call, Room room, string nick, string trip) =>
        NewMember(call, room, new Applicant(room.Channel, nick, trip, null, Restored: false));

    private static Member NewMember(Call call, Room room, Applicant applicant)
    {
        var (chat, session) = (call.Chat, call.Session);
        var (shown, serverLevel) = chat.Trips.Rights(applicant.Trip);
        var me = new Member
        {
            Family = session.Family,
            Nick = applicant.Nick,
            Trip = shown,
            TripCode = applicant.Trip,
            Level = serverLevel,
            ServerLevel = serverLevel,
            Key = session.Key,
            Account = session.Account,
            AddressName = chat.NameOf(session.AddressKey),
            IsAdmitted = session.IsAdmitted(room.Channel),
            UserId = session.UserId,
            Hash = chat.HashOf(session.AddressKey, room.Channel),
            AddressKey = session.AddressKey,
            IsBot = session.Family == Family.V2 && !session.Restored ? null : false,
            ConnectionNumber = session.Number,
            SessionId = session.SessionId,
            Presented = session.Presented,
            Send = session.Deliver,
            Progress =
                session.Family == Family.App ? new Progress(room.Gate, session.OnceReceived, room.Log.Head) : null,
            ProbeAsync = session.ProbeAsync,
            Evict = (me, code) =>
            {
                if (code == CloseCode.TakenOver)
                {
                    chat.AppReturns.Remember(new Session.Seat(room, me));
                }
                if (code != CloseCode.TakenOver)
                {
                    session.Dismiss(room.Channel);
                }
                chat.Unseat(session, me, room);
                if (code is { } why)
                {
                    session.Close(why);
                }
                else if ((me.Family & Family.Stock) != 0)
                {
                    session.Renew();
                }
            },
        };
        if (me.TripCode.Length > 0)
        {
            session.Guard.Recognize("trip:" + me.TripCode);
        }
        me.Level = Ranks.LevelIn(room, serverLevel, me.Identities);
        var (color, flair) = Level.Appearance(me.Level);
        (me.Color, me.Flair) = (applicant.Restored ? applicant.Color : color, flair);
        return me;
    }

    private static void Welcome(Call call, Session.Seat seat)
    {
        var motd = seat.Room.Motd ?? seat.Room.Rules.Motd ?? call.Chat.Settings.Motd;
        if (motd.Length == 0 && call.IsStock)
        {
            motd = StockMotd;
        }
        if (motd.Length > 0)
        {
            call.Inform(MotdInfo, motd, seat.Room.Channel);
        }
        call.Chat.Statistics.CountJoin();
    }
}
