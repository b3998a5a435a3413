using System.Net;

namespace HCChat.Rtc;

/// <summary>
/// Calls in this process: a forwarding unit that speaks LiveKit's client protocol, so that the stock SDKs join with a token of
/// <see cref="AccessToken"/>. It forwards what it cannot decrypt.
/// </summary>
public sealed class RtcServer : IAsyncDisposable
{
    private readonly RtcOptions _options;

    /// <exception cref="ArgumentException">The secret is too short.</exception>
    public RtcServer(RtcOptions options, TimeProvider time, ILogger<RtcServer> log)
    {
        _ = new AccessToken(options.ApiKey, options.ApiSecret, time);
        _ = log;
        _options = options;
    }

    /// <summary>Asked when somebody comes in or back; false turns them away. It must not block.</summary>
    public Func<Grant, bool>? Admit { get; set; }

    /// <summary>
    /// What happens in calls, in order for each of them. A handler is called while others of that call wait: it must not block, nor call back.
    /// </summary>
    public event Action<RtcEvent>? Happened;

    /// <summary>Our candidates as SDP writes them, the best first.</summary>
    public IReadOnlyList<string> CandidateLines { get; } = [];

    /// <summary>What UDP is bound to, or null when it is off.</summary>
    public IPEndPoint? Udp { get; }

    /// <summary>What TCP is bound to, or null when it is off.</summary>
    public IPEndPoint? Tcp { get; }

    /// <summary>Binds the ports.</summary>
    /// <exception cref="IOException">A port is taken; the message says which.</exception>
    public void Start() => throw new NotImplementedException(_options.ApiKey);

    /// <summary>Adds <c>/rtc</c>, <c>/rtc/v1</c>, <c>/rtc/validate</c> and <c>/rtc/v1/validate</c>. Their query strings hold tokens: never log them.</summary>
    public void Map(IEndpointRouteBuilder routes) => throw new NotImplementedException(_options.ApiKey);

    /// <summary>The calls that are going on.</summary>
    public IReadOnlyList<RtcRoom> ListRooms() => throw new NotImplementedException(_options.ApiKey);

    /// <summary>Who is in a call; empty when there is no such call.</summary>
    public IReadOnlyList<RtcParticipant> ListParticipants(string room) => throw new NotImplementedException(_options.ApiKey);

    /// <summary>Puts somebody out. False: not there. It does not keep them from coming back; <see cref="Admit"/> does.</summary>
    public bool Remove(string room, string identity) => throw new NotImplementedException(_options.ApiKey);

    /// <summary>Mutes a track for everybody. Unmuting is its publisher's alone, unless it was muted by this. False: not there.</summary>
    public bool Mute(string room, string trackSid, bool muted) => throw new NotImplementedException(_options.ApiKey);

    /// <summary>Ends a call for everybody in it.</summary>
    public void Close(string room) => throw new NotImplementedException(_options.ApiKey);

    /// <summary>Ends every call and gives the ports back.</summary>
    public ValueTask DisposeAsync()
    {
        Happened?.Invoke(new RtcEvent(RtcChange.RoomFinished, "", "", "", "", ""));
        return ValueTask.CompletedTask;
    }
}
