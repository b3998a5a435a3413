using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using HCChat.Protocol;
using HCChat.Server.Identities;
using HCChat.Server.Messages;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>What a server is told about its rooms and people at the start.</summary>
/// <param name="PublicChannels">Channels that <c>getchannels</c> shows.</param>
/// <param name="Motd">Message of the day of rooms that have none of their own.</param>
/// <param name="RoomSaltB64">The installation's salt for passphrases (spec/crypto.md §2), base64.</param>
/// <param name="TakesGuests">Whether people without an account may come in.</param>
/// <param name="TakesPasswords">Whether accounts log in with a password.</param>
internal sealed record ChatSettings(
    IReadOnlyList<string> PublicChannels,
    string Motd,
    string RoomSaltB64,
    bool TakesGuests = true,
    bool TakesPasswords = true
)
{
    /// <summary>Where people reach this server; empty: where they say that they do.</summary>
    public string PublicUrl { get; init; } = "";

    /// <summary>The folder of the store's addresses that objects lie in (its bucket).</summary>
    public string Bucket { get; init; } = "";

    /// <summary>Whether there are calls here.</summary>
    public bool HasCalls { get; init; }

    /// <summary>How people know the provider with which they log in, or null when there is none.</summary>
    public string? OidcName { get; init; }

    /// <summary>Nicks that only the server's moderators may have, and whatever looks like them.</summary>
    public IReadOnlyList<Skeleton> ReservedNicks { get; init; } = [];

    /// <summary>Whether a nick looks like one of those.</summary>
    public bool IsReserved(Skeleton looks) => ReservedNicks.Any(r => r.LooksLike(looks));
}

/// <summary>The conversation: everything that verbs share. The transport feeds it messages and tells it when a connection has gone.</summary>
internal sealed class ChatServer(
    ChatSettings settings,
    RoomDirectory rooms,
    MessageLog messages,
    Trips trips,
    SessionTokens sessionTokens,
    ResumeTokens resumeTokens,
    Tokens tokens,
    Accounts accounts,
    Passwords passwords,
    AuditLog audit,
    FloodGuard flood,
    Raids raids,
    TimeProvider time
)
{
    /// <summary>How long a member of ours whose connection broke keeps its place.</summary>
    private static readonly TimeSpan s_held = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<long, Absence> _away = new();
    private readonly ConcurrentDictionary<long, Session> _sessions = new();
    private readonly byte[] _hashKey = RandomNumberGenerator.GetBytes(32);
    private long _connections;
    private long _presented;

    public ChatSettings Settings => settings;
    public RoomDirectory Rooms => rooms;
    public Trips Trips => trips;
    public MessageLog Messages => messages;
    public SessionTokens SessionTokens => sessionTokens;
    public Tokens Tokens => tokens;
    public Accounts Accounts => accounts;
    public ResumeTokens ResumeTokens => resumeTokens;
    public Bans Bans { get; } = new(messages.Writer, time, key => NameOf(sessionTokens, key));
    public Passwords Passwords => passwords;

    /// <summary>What those who keep order on the whole server have done.</summary>
    public AuditLog Audit => audit;

    /// <summary>Whether rooms are under attack.</summary>
    public Raids Raids => raids;

    /// <summary>Who was lately put out of which room.</summary>
    public Expulsions Expulsions { get; } = new(time);

    /// <summary>Calls that outlive this process; null where it has them itself.</summary>
    public KeptCalls? KeptCalls { get; init; }

    /// <summary>A call has begun in that channel. Called under the room's gate.</summary>
    public event Action<string>? CallBegan;

    /// <summary>Apps that have lately lost their connection.</summary>
    public AppReturns AppReturns { get; } = new(time);
    public TimeProvider Time => time;
    public Statistics Statistics { get; } = new();
    public DateTimeOffset StartedAt { get; } = time.GetUtcNow();

    /// <summary>A moment's view of all connections.</summary>
    public ICollection<Session> Sessions => _sessions.Values;

    /// <summary>Numbers those who take up a session or begin one.</summary>
    public long CountPresented() => Interlocked.Increment(ref _presented);

    /// <summary>Takes a connection in.</summary>
    public Session Connect(
        string addressKey,
        Member.Deliver deliver,
        Func<Task<bool>> probeAsync,
        Action<CloseCode> close,
        Action<Action> onceReceived,
        string host = ""
    )
    {
        var session = new Session
        {
            AddressKey = addressKey,
            Host = host,
            Number = Interlocked.Increment(ref _connections),
            Guard = flood.ForConnection(addressKey),
            Deliver = deliver,
            ProbeAsync = probeAsync,
            Close = close,
            OnceReceived = onceReceived,
        };
        _sessions[session.Number] = session;
        return session;
    }

    /// <summary>Lets a connection go.</summary>
    /// <param name="session">Its session.</param>
    /// <param name="broken">Whether it broke rather than ended: one of ours then keeps its places for a moment.</param>
    public void Disconnect(Session session, bool broken)
    {
        _sessions.TryRemove(session.Number, out _);
        if (broken && session.Family == Family.HCChat && session.Seats.Count > 0)
        {
            foreach (var seat in session.Seats)
            {
                rooms.With(seat.Room, _ => seat.Me.IsAway = true);
            }
            _away[session.Number] = new Absence(session, time.GetTimestamp());
            return;
        }
        End(session);
    }

    /// <summary>What a second brings: whoever was away for too long has left, and rooms that nobody uses are put away.</summary>
    public void Tick()
    {
        foreach (var (number, absence) in _away)
        {
            if (time.GetElapsedTime(absence.Since) >= s_held && _away.TryRemove(number, out _))
            {
                End(absence.Session);
            }
        }
        AppReturns.Tick();
        Expulsions.Tick();
        tokens.Tick();
        messages.Tick();
        rooms.Tick();
        raids.Tick();
        Newcomers.Tell(this);
    }

    /// <summary>Tells whoever gives seats in calls that there is one.</summary>
    public void TellCallBegan(string channel) => CallBegan?.Invoke(channel);

    /// <summary>Takes somebody out of a room and tells the others.</summary>
    public void Unseat(Session session, Member me, Room room)
    {
        session.Stand(me);
        rooms.With(
            room,
            r =>
            {
                if (r.Remove(me) && me.Family == Family.HCChat)
                {
                    r.Departed.Add(me.UserId, Whispering.OwnerOf(me));
                }
            }
        );
    }

    /// <summary>A name for an address that the disk may have: the same after a restart, and nobody finds the address by it.</summary>
    public string NameOf(string addressKey) => NameOf(sessionTokens, addressKey);

    private static string NameOf(SessionTokens tokens, string addressKey) =>
        "address:" + tokens.Name("address\0" + addressKey);

    /// <summary>What an address, or an account, has been charged; for what comes without a connection.</summary>
    public FloodGuard.Charges ChargesOf(string name) => flood.ForConnection(name);

    /// <summary>Whether an account is there and not shut out.</summary>
    /// <exception cref="TimeoutException">That cannot be found out now.</exception>
    public Task<bool> IsGoodAsync(string identity) =>
        Task.Run(() => accounts.Find(identity["account:".Length..]) is not null);

    /// <summary>Whether the account that an access token names is that, and its login goes on.</summary>
    /// <exception cref="TimeoutException">That cannot be found out now.</exception>
    public Task<bool> IsGoodAsync(Tokens.Access access) =>
        Task.Run(() => accounts.IsLoggedIn(access.Subject["account:".Length..], access.Login));

    /// <summary>Ends everything that an account has open, and may come back with.</summary>
    public void End(string account)
    {
        Expulsions.Add(Expulsions.Everywhere, ["account:" + account]);
        resumeTokens.RevokeAccount("account:" + account);
        foreach (var session in Sessions.Concat(_away.Values.Select(a => a.Session)))
        {
            if (session.Account == "account:" + account)
            {
                EndNow(session);
            }
        }
    }

    /// <summary>
    /// Somebody has logged out: whoever came by that login stays where they are as who they are without the account, or goes where nobody is without one. What they can show elsewhere is void.
    /// </summary>
    public void LogOut(string login)
    {
        Expulsions.Add(Expulsions.Everywhere, ["login:" + login]);
        resumeTokens.LogOut(login);
        foreach (var session in Sessions.Concat(_away.Values.Select(a => a.Session)).Where(s => s.Login == login))
        {
            if (settings.TakesGuests)
            {
                _ = Identifying.ForgetAccountAsync(this, session);
            }
            else
            {
                EndNow(session);
            }
        }
    }

    private void EndNow(Session session)
    {
        Revoke(session.SessionId);
        session.Close(CloseCode.Kicked);
        End(session);
    }

    /// <summary>Ends a session for good: none of its tokens is taken any more.</summary>
    public void Revoke(string sessionId)
    {
        sessionTokens.Revoke(sessionId);
        resumeTokens.Revoke(sessionId);
    }

    /// <summary>The hash that members of a room see of an address: 15 characters, another one in each room and after each start.</summary>
    public string HashOf(string addressKey, string channel) =>
        Convert.ToBase64String(HMACSHA256.HashData(_hashKey, Encoding.UTF8.GetBytes(channel + "\0" + addressKey)))[
            ..15
        ];

    /// <summary>Who still hears somebody who is muted in a room; null when they are not. Under the room's gate.</summary>
    public Func<Member, bool>? HearersOf(Room room, Member me) =>
        Bans.MuteOf(me.AddressKey) is { } mute
            ? them => them.AddressKey == me.AddressKey || mute.Allies.Contains(them.Nick)
        : room.Rules.BanOf(me, muted: true, room.Now.ToUnixTimeMilliseconds()) is not null ? them => them == me
        : null;

    /// <summary>Sends the <c>session</c> frame: who the caller is now, and a token to come back with.</summary>
    public async Task TellSessionAsync(Session session, bool restored)
    {
        var at = time.GetUtcNow().ToUnixTimeMilliseconds();
        var seats = session.Seats.Select(s => new SessionTokens.Seat(
            s.Room.Channel,
            s.Me.Nick,
            s.Me.TripCode,
            s.Me.Color,
            s.Me.IsAdmitted
        ));
        var claims = new SessionTokens.Claims(
            session.SessionId,
            session.UserId,
            [.. seats],
            session.Key,
            session.Account,
            session.Login
        );
        var number = ++session.TokenNumber;
        var token =
            session.Family == Family.HCChat
                ? await resumeTokens.IssueAsync(claims, number)
                : sessionTokens.Issue(claims);
        foreach (var seat in claims.Seats)
        {
            // Put out while this was written down, which may have brought the seat back.
            if (session.Family == Family.HCChat && Expulsions.IsOut(seat.Channel, ["session:" + claims.SessionId], at))
            {
                resumeTokens.Forget(claims.SessionId, seat.Channel, banned: false);
            }
        }
        var notice = new Notice("session").Flag("restored", restored).String("token", token);
        session.Send(Describe(notice, session), time.GetUtcNow());
        if (session.Family == Family.HCChat && token.Length > 0)
        {
            session.OnceReceived(() => resumeTokens.Outdate(claims.SessionId, number));
        }
    }

    /// <summary>Reads a token of either kind.</summary>
    public async Task<ResumeTokens.Returning?> ReadTokenAsync(Session session, string token)
    {
        if (session.Family == Family.HCChat)
        {
            return
                await resumeTokens.UseAsync(token) is { } returning
                && !sessionTokens.IsRevoked(returning.Claims.SessionId)
                ? returning
                : null;
        }
        return await sessionTokens.ReadAsync(token) is { } claims ? new ResumeTokens.Returning(claims, 0, 0, []) : null;
    }

    /// <summary>The <c>session</c> frame of somebody who has no session yet, or none that is good any more.</summary>
    public Notice NoSessionNotice(Session session) =>
        Describe(new Notice("session").Flag("restored", false).String("token", ""), session);

    /// <summary>Sends a line to every moderator of the whole server.</summary>
    public void TellModerators(Notice notice)
    {
        var frame = notice.Encode(time.GetUtcNow());
        foreach (var session in Sessions)
        {
            if (session.Seats.Any(s => s.Me.IsModerator))
            {
                session.Deliver(frame, droppable: false);
            }
        }
    }

    private void End(Session session)
    {
        foreach (var seat in session.Seats)
        {
            AppReturns.Remember(seat);
            Unseat(session, seat.Me, seat.Room);
        }
    }

    private Notice Describe(Notice notice, Session session)
    {
        notice.Strings("channels", session.Seats.Select(s => s.Room.Channel));
        if (session.Family == Family.HCChat)
        {
            notice
                .Number("proto", 3)
                .String("nonce", Base64Url.EncodeToString(session.Nonce))
                .String("identity", session.Key)
                .Flag("calls", settings.HasCalls)
                .Object(
                    "limits",
                    l =>
                        l.Number("maxFrame", Limits.MaxFrame)
                            .Number("maxText", Limits.MaxText)
                            .Number("queue", Limits.MaxQueueBytes)
                            .Number("pingSec", Limits.PingSeconds)
                )
                .Number("serverTime", time.GetUtcNow().ToUnixTimeMilliseconds());
        }
        return notice;
    }

    /// <summary>Somebody who may come back.</summary>
    private sealed record Absence(Session Session, long Since);
}
