using HCChat.Rtc;

namespace HCChat.Server.Calls;

/// <summary>Calls that this process has.</summary>
internal sealed class BuiltInCalls : ICalls
{
    // livekit.TrackSource.
    private static readonly string[] s_sources =
    [
        "unknown",
        "camera",
        "microphone",
        "screen_share",
        "screen_share_audio",
    ];

    private readonly RtcServer _rtc;

    public BuiltInCalls(RtcServer rtc)
    {
        _rtc = rtc;
        rtc.Happened += happened => Changed?.Invoke(happened.Room);
    }

    /// <inheritdoc/>
    public event Action<string>? Changed;

    /// <inheritdoc/>
    public bool TellsAll => true;

    /// <inheritdoc/>
    public string Url(string reached) => string.Concat("ws", reached.AsSpan("http".Length));

    /// <inheritdoc/>
    public bool HasRoomFor(string call, string identity) => _rtc.HasRoomFor(call, identity);

    /// <inheritdoc/>
    public Task<IReadOnlyList<CallPerson>> ListAsync(string call, CancellationToken stop) =>
        Task.FromResult<IReadOnlyList<CallPerson>>([
            .. _rtc.ListParticipants(call)
                .Select(p => new CallPerson(
                    p.Identity,
                    p.Name,
                    [
                        .. p.Tracks.Select(t => new CallTrack(
                            t.Sid,
                            s_sources.ElementAtOrDefault(t.Source) ?? s_sources[0],
                            t.IsMuted
                        )),
                    ]
                )),
        ]);

    /// <inheritdoc/>
    public Task RemoveAsync(string call, string identity, CancellationToken stop)
    {
        _rtc.Remove(call, identity);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<bool> MuteAsync(string call, string identity, string track, CancellationToken stop) =>
        Task.FromResult(_rtc.Mute(call, track, true));
}
