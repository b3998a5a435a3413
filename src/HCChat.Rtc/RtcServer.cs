using System.Net;
using System.Net.Sockets;
using HCChat.Rtc.Rooms;
using HCChat.Rtc.Signal;
using HCChat.Rtc.Transport;

namespace HCChat.Rtc;

/// <summary>
/// Calls in this process: a forwarding unit that speaks LiveKit's client protocol, so that the stock SDKs join with a token of
/// <see cref="AccessToken"/>. It forwards what it cannot decrypt.
/// </summary>
public sealed class RtcServer : IAsyncDisposable
{
    private readonly RtcOptions _options;
    private readonly AccessToken _tokens;
    private readonly TimeProvider _time;
    private readonly ILogger<RtcServer> _log;
    private MediaPort? _port;
    private CallDirectory? _calls;

    /// <exception cref="ArgumentException">The secret is too short.</exception>
    public RtcServer(RtcOptions options, TimeProvider time, ILogger<RtcServer> log)
    {
        _tokens = new AccessToken(options.ApiKey, options.ApiSecret, time);
        _options = options;
        _time = time;
        _log = log;
    }

    /// <summary>Asked when somebody comes in or back; false turns them away. It must not block.</summary>
    public Func<Grant, bool>? Admit { get; set; }

    /// <summary>
    /// What happens in calls, in order for each of them. A handler is called while others of that call wait: it must not block, nor call back.
    /// </summary>
    public event Action<RtcEvent>? Happened;

    /// <summary>Our candidates as SDP writes them, the best first.</summary>
    public IReadOnlyList<string> CandidateLines => _port?.CandidateLines ?? [];

    /// <summary>What UDP is bound to, or null when it is off.</summary>
    public IPEndPoint? Udp => _port?.Udp;

    /// <summary>What TCP is bound to, or null when it is off.</summary>
    public IPEndPoint? Tcp => _port?.Tcp;

    /// <summary>Binds the ports.</summary>
    /// <exception cref="SocketException">A port is taken; the message says which.</exception>
    public void Start()
    {
        if (_port is not null)
            return;
        try
        {
            _port = new MediaPort(
                new MediaPortOptions(_options.Listen, _options.UdpPort, _options.TcpPort, _options.Advertise),
                _time,
                _log
            );
        }
        catch (SocketException e)
        {
            throw new SocketException(
                e.ErrorCode,
                $"Calls cannot listen on {_options.Listen}, UDP port {_options.UdpPort} and TCP port {_options.TcpPort}: {e.Message}"
            );
        }
        _calls = new CallDirectory(
            new CallContext(
                _options,
                _port,
                _time,
                _log,
                _tokens,
                grant => Admit?.Invoke(grant) ?? true,
                change => Happened?.Invoke(change),
                _ => { },
                (_, _) => { }
            )
        );
    }

    /// <summary>
    /// Adds <c>/rtc</c>, <c>/rtc/v1</c>, <c>/rtc/validate</c> and <c>/rtc/v1/validate</c>. Nobody gets in there before <see cref="Start"/>. Their query strings
    /// hold tokens: never log them.
    /// </summary>
    public void Map(IEndpointRouteBuilder routes) => new SignalEndpoint(() => Calls, _tokens).Map(routes);

    /// <summary>The calls that are going on.</summary>
    public IReadOnlyList<RtcRoom> ListRooms() => [.. Calls.Rooms.Select(Describe)];

    /// <summary>Who is in a call; empty when there is no such call.</summary>
    public IReadOnlyList<RtcParticipant> ListParticipants(string room)
    {
        if (Calls.Find(room) is not { } call)
            return [];
        lock (call.Gate)
            return [.. call.Members.Select(Describe)];
    }

    /// <summary>Whether one more can come into a call, or begin it; whoever is there already can.</summary>
    public bool HasRoomFor(string room, string identity) => Calls.HasRoomFor(room, identity);

    /// <summary>Puts somebody out. False: not there. It does not keep them from coming back; <see cref="Admit"/> does.</summary>
    public bool Remove(string room, string identity)
    {
        if (Calls.Find(room) is not { } call)
            return false;
        lock (call.Gate)
        {
            if (call.Find(identity) is not { } member)
                return false;
            call.Expel(member, LeaveReason.ParticipantRemoved, LeaveAction.Disconnect);
            return true;
        }
    }

    /// <summary>
    /// Mutes a track for everybody; its publisher may go on when it will. Nobody else switches a microphone on: with <paramref name="muted"/> false it does
    /// nothing. False: nothing was done.
    /// </summary>
    public bool Mute(string room, string trackSid, bool muted)
    {
        if (!muted || Calls.Find(room) is not { } call)
            return false;
        lock (call.Gate)
        {
            if (call.Feeds.Find(trackSid) is not { } track)
                return false;
            call.Publishing.MuteOther(track);
            return true;
        }
    }

    /// <summary>Ends a call for everybody in it.</summary>
    public void Close(string room) => Calls.Find(room)?.Close(LeaveReason.RoomDeleted, LeaveAction.Disconnect);

    /// <summary>Ends every call and gives the ports back. Clients are told to come in again, for who restarts is back in a moment.</summary>
    public async ValueTask DisposeAsync()
    {
        _calls?.Close();
        if (_port is { } port)
            await port.DisposeAsync().ConfigureAwait(false);
    }

    private CallDirectory Calls => _calls ?? throw new InvalidOperationException("Calls have not been started.");

    private static RtcRoom Describe(CallRoom call)
    {
        lock (call.Gate)
            return new RtcRoom(call.Name, call.Sid, call.Started, call.Members.Count);
    }

    private static RtcParticipant Describe(CallMember member) =>
        new(
            member.Sid,
            member.Identity,
            member.Grant.Name,
            member.Joined,
            member.State == MemberState.Active,
            [
                .. member
                    .Tracks.Where(t => t.Publication is not null)
                    .Select(t => new RtcTrack(t.Sid, t.Info.Source, t.IsVideo, t.Info.Muted, t.Info.Encryption != 0)),
            ]
        );
}
