using System.Security.Cryptography;
using HCChat.Protocol;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>
/// One connection as the conversation sees it: its family, who it is, which rooms it is in. Verbs run on it one at a time; only
/// <see cref="Seats"/> is touched from other connections (a kick) and has a lock of its own.
/// </summary>
internal sealed class Session
{
    private const int MaxAdmitted = 1_000;

    private readonly Lock _lock = new();
    private readonly List<Seat> _seats = [];

    // Rooms that an invitation, a password or a moderator has opened.
    private readonly HashSet<string> _admitted = [];
    private TaskCompletionSource? _settled;
    private int _underway;

    /// <summary>A room and oneself in it.</summary>
    internal sealed record Seat(Room Room, Member Me);

    /// <summary>Queues a frame on the connection; never blocks. A droppable one is left out when the queue is half full.</summary>
    public required Member.Deliver Deliver { get; init; }

    /// <summary>Asks whether the peer still answers (up to three seconds).</summary>
    public required Func<Task<bool>> ProbeAsync { get; init; }

    /// <summary>Sends what is queued and a close frame, then ends the connection; never blocks.</summary>
    public required Action<CloseCode> Close { get; init; }

    public required FloodGuard.Charges Guard { get; init; }

    /// <summary>IPv4 address or IPv6 /64, as a key for limits, bans and mutes.</summary>
    public required string AddressKey { get; init; }

    /// <summary>Counts connections.</summary>
    public required long Number { get; init; }

    public Family Family { get; set; }

    /// <summary>Random, per session: hack.chat's range of whole numbers.</summary>
    public long UserId { get; set; } = RandomUserId();

    /// <summary>Random 128 bits, the same after a restore.</summary>
    public string SessionId { get; set; } = NewId();

    /// <summary>The key that this session has proven to have, as <c>key:</c> and its fingerprint; null without one.</summary>
    public string? Key
    {
        get;
        set => field = Charged(value);
    }

    /// <summary>The account that this session has logged in to, as <c>account:</c> and its id; null without one.</summary>
    public string? Account
    {
        get;
        set => field = Charged(value);
    }

    /// <summary>The login by which it has that account; null without one.</summary>
    public string? Login { get; set; }

    /// <summary>What the key's owner signs to prove it: random, of this connection.</summary>
    public byte[] Nonce { get; } = RandomNumberGenerator.GetBytes(32);

    /// <summary>How the peer named this server when it connected (host and port).</summary>
    public string Host { get; init; } = "";

    /// <summary>False for a generation-2 client until its session is restored; hack.chat leaves <c>isBot</c> out until then.</summary>
    public bool Restored { get; set; }

    /// <summary>Counts how often sessions were taken up or begun; the later one has it.</summary>
    public long Presented { get; set; }

    /// <summary>When <c>session</c> was last answered (a timestamp of the clock), or null before.</summary>
    public long? AnsweredAt { get; set; }

    /// <summary>Nick that the app announced, for the rooms it joins next.</summary>
    public string? AppNick { get; set; }

    /// <summary>Runs the action when the peer has certainly received what was queued before; never, if the connection breaks first.</summary>
    public required Action<Action> OnceReceived { get; init; }

    /// <summary>Counts the tokens of this session.</summary>
    public long TokenNumber { get; set; }

    /// <summary>Bytes of events that this connection was sent for coming back.</summary>
    public int Returned { get; set; }

    /// <summary>Where the peer said it stood, until the room is joined.</summary>
    public List<Catchup.Position> Positions { get; } = [];

    /// <summary>A captcha that must be solved before the join it stands for.</summary>
    public Captcha? Captcha { get; set; }

    /// <summary>What this connection was asked to pay for raided rooms, and has paid.</summary>
    public Tolls Tolls { get; } = new();

    /// <summary>Rooms whose captcha this connection has solved.</summary>
    public HashSet<string> CaptchaSolved { get; } = [];

    /// <summary>A moment's view of the rooms that this session is in.</summary>
    public IReadOnlyList<Seat> Seats
    {
        get
        {
            lock (_lock)
            {
                return [.. _seats];
            }
        }
    }

    /// <summary>The only seat of a stock client; for the others the seat in <paramref name="channel"/>, or the only one.</summary>
    public Seat? SeatIn(string? channel)
    {
        lock (_lock)
        {
            return (Family & Family.Stock) != 0 || channel is null
                ? (_seats.Count == 1 ? _seats[0] : null)
                : _seats.Find(s => s.Room.Channel == channel);
        }
    }

    /// <summary>Completes when everything that this session has sent has its place, or was refused.</summary>
    public Task SettledAsync()
    {
        lock (_lock)
        {
            return _underway == 0
                ? Task.CompletedTask
                : (_settled ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Something that this session has sent is on its way to its place.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            _underway++;
        }
    }

    /// <summary>It has its place, or was refused.</summary>
    public void Settle()
    {
        lock (_lock)
        {
            if (--_underway == 0)
            {
                _settled?.SetResult();
                _settled = null;
            }
        }
    }

    /// <summary>Where the peer says that it stands. Only the newest of what it says counts, and not without end.</summary>
    public void Remember(IReadOnlyList<Catchup.Position> positions)
    {
        foreach (var position in positions)
        {
            Positions.RemoveAll(p => p.Channel == position.Channel && p.Inbox == position.Inbox);
            Positions.Add(position);
        }
        Positions.RemoveRange(0, Math.Max(0, Positions.Count - Catchup.MaxPositions));
    }

    /// <summary>The position in that list, which is then forgotten.</summary>
    public Catchup.Position? Take(string channel, bool inbox)
    {
        var position = Positions.Find(p => p.Channel == channel && p.Inbox == inbox);
        Positions.RemoveAll(p => p.Channel == channel && p.Inbox == inbox);
        return position;
    }

    /// <summary>Becomes another session: the old one was ended by a kick, and what this connection does next must not end with it.</summary>
    public void Renew() => SessionId = NewId();

    /// <summary>Whether that room has been opened to this session.</summary>
    public bool IsAdmitted(string channel)
    {
        lock (_lock)
        {
            return _admitted.Contains(channel);
        }
    }

    /// <summary>Opens a room to this session.</summary>
    public void Admit(string channel)
    {
        lock (_lock)
        {
            if (_admitted.Count < MaxAdmitted)
            {
                _admitted.Add(channel);
            }
        }
    }

    /// <summary>Closes it again.</summary>
    public void Dismiss(string channel)
    {
        lock (_lock)
        {
            _admitted.Remove(channel);
        }
    }

    public void Sit(Room room, Member me)
    {
        lock (_lock)
        {
            _seats.Add(new Seat(room, me));
        }
    }

    public void Stand(Member me)
    {
        lock (_lock)
        {
            _seats.RemoveAll(s => s.Me == me);
        }
    }

    public void Send(Notice notice, DateTimeOffset now) => Deliver(notice.Encode(now), droppable: false);

    // Whoever has shown to be somebody is charged as that, too.
    private string? Charged(string? identity)
    {
        if (identity is not null)
        {
            Guard.Recognize(identity);
        }
        return identity;
    }

    private static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    // 64 random bits modulo 10^13: the bias is under one in a million.
    private static long RandomUserId()
    {
        Span<byte> bytes = stackalloc byte[8];
        RandomNumberGenerator.Fill(bytes);
        return (long)(BitConverter.ToUInt64(bytes) % 9_999_999_999_999);
    }
}
