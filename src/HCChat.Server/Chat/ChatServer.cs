using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using HCChat.Protocol;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>What a server is told about its rooms and people at the start.</summary>
/// <param name="PublicChannels">Channels that <c>getchannels</c> shows.</param>
/// <param name="Motd">Message of the day of rooms that have none of their own.</param>
/// <param name="RoomSaltB64">The installation's salt for passphrases (spec/crypto.md §2), base64.</param>
internal sealed record ChatSettings(IReadOnlyList<string> PublicChannels, string Motd, string RoomSaltB64);

/// <summary>The conversation: everything that verbs share. The transport feeds it messages and tells it when a connection has gone.</summary>
internal sealed class ChatServer(
    ChatSettings settings,
    RoomDirectory rooms,
    Trips trips,
    SessionTokens tokens,
    FloodGuard flood,
    Bans bans,
    TimeProvider time
)
{
    private readonly ConcurrentDictionary<long, Session> _sessions = new();
    private readonly byte[] _hashKey = RandomNumberGenerator.GetBytes(32);
    private long _connections;

    public ChatSettings Settings => settings;
    public RoomDirectory Rooms => rooms;
    public Trips Trips => trips;
    public SessionTokens Tokens => tokens;
    public Bans Bans => bans;
    public TimeProvider Time => time;
    public Statistics Statistics { get; } = new();
    public DateTimeOffset StartedAt { get; } = time.GetUtcNow();

    /// <summary>A moment's view of all connections.</summary>
    public ICollection<Session> Sessions => _sessions.Values;

    /// <summary>Takes a connection in.</summary>
    public Session Connect(
        string addressKey,
        Member.Deliver deliver,
        Func<Task<bool>> probeAsync,
        Action<CloseCode> close
    )
    {
        var session = new Session
        {
            AddressKey = addressKey,
            Number = Interlocked.Increment(ref _connections),
            Guard = flood.ForConnection(addressKey),
            Deliver = deliver,
            ProbeAsync = probeAsync,
            Close = close,
        };
        _sessions[session.Number] = session;
        return session;
    }

    /// <summary>Lets a connection go: out of all its rooms.</summary>
    public void Disconnect(Session session)
    {
        _sessions.TryRemove(session.Number, out _);
        foreach (var seat in session.Seats)
        {
            Unseat(session, seat.Me, seat.Room);
        }
    }

    /// <summary>Takes somebody out of a room and tells the others.</summary>
    public void Unseat(Session session, Member me, Room room)
    {
        session.Stand(me);
        rooms.With(room, r => r.Remove(me));
    }

    /// <summary>The hash that members of a room see of an address: 15 characters, another one in each room and after each start.</summary>
    public string HashOf(string addressKey, string channel) =>
        Convert.ToBase64String(HMACSHA256.HashData(_hashKey, Encoding.UTF8.GetBytes(channel + "\0" + addressKey)))[
            ..15
        ];

    /// <summary>The <c>session</c> frame: who the caller is now.</summary>
    public Notice SessionNotice(Session session, bool restored)
    {
        var seats = session.Seats;
        var token = tokens.Issue(
            new SessionTokens.Claims(
                session.SessionId,
                session.UserId,
                [.. seats.Select(s => new SessionTokens.Seat(s.Room.Channel, s.Me.Nick, s.Me.TripCode, s.Me.Color))]
            )
        );
        return Describe(new Notice("session").Flag("restored", restored).String("token", token), session);
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

    private Notice Describe(Notice notice, Session session)
    {
        notice.Strings("channels", session.Seats.Select(s => s.Room.Channel));
        if (session.Family == Family.HCChat)
        {
            notice
                .Number("proto", 3)
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
}
