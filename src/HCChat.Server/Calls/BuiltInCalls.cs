using HCChat.Rtc;

namespace HCChat.Server.Calls;

/// <summary>Calls that this process has.</summary>
internal sealed class BuiltInCalls : ICalls
{
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
    public Task<IReadOnlyList<CallPerson>> ListAsync(string call, CancellationToken stop) =>
        Task.FromResult<IReadOnlyList<CallPerson>>([
            .. _rtc.ListParticipants(call)
                .Select(p => new CallPerson(
                    p.Identity,
                    p.Name,
                    [.. p.Tracks.Select(t => new CallTrack(t.Sid, t.Source, t.IsMuted))]
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
