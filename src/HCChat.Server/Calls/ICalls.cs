namespace HCChat.Server.Calls;

/// <summary>Somebody in a call.</summary>
/// <param name="Identity">Who they are there (<see cref="CallSeats"/> gives it).</param>
/// <param name="Nick">As whom they are shown.</param>
/// <param name="Tracks">What they send.</param>
internal sealed record CallPerson(string Identity, string Nick, IReadOnlyList<CallTrack> Tracks);

/// <summary>Something that somebody sends.</summary>
/// <param name="Sid">Its name in the call.</param>
/// <param name="Source"><c>camera</c>, <c>microphone</c>, <c>screen_share</c>, <c>screen_share_audio</c> or <c>unknown</c>.</param>
/// <param name="IsMuted">Whether nothing comes at present.</param>
internal sealed record CallTrack(string Sid, string Source, bool IsMuted);

/// <summary>Whoever has the calls: this process, or a LiveKit server.</summary>
internal interface ICalls
{
    /// <summary>A call has changed: somebody came, went, or sends something else. Its name; it may come more than once.</summary>
    event Action<string>? Changed;

    /// <summary>Whether <see cref="Changed"/> says all there is to say; if not, one has to look now and then.</summary>
    bool TellsAll { get; }

    /// <summary>Where clients connect.</summary>
    /// <param name="reached">Where they reached this server, <c>http</c> or <c>https</c>.</param>
    string Url(string reached);

    /// <summary>Whether somebody would be let in now, as far as is known: whoever would not is told so before they try.</summary>
    bool HasRoomFor(string call, string identity);

    /// <summary>Who is in a call; nobody when there is none.</summary>
    /// <exception cref="CallsException">That cannot be found out now.</exception>
    Task<IReadOnlyList<CallPerson>> ListAsync(string call, CancellationToken stop);

    /// <summary>Puts somebody out. Nothing happens when they are not there.</summary>
    /// <exception cref="CallsException">It cannot be done now.</exception>
    Task RemoveAsync(string call, string identity, CancellationToken stop);

    /// <summary>Mutes a track; only whoever sends it can unmute it.</summary>
    /// <returns>False when there is no such track.</returns>
    /// <exception cref="CallsException">It cannot be done now.</exception>
    Task<bool> MuteAsync(string call, string identity, string track, CancellationToken stop);
}

/// <summary>Whoever has the calls does not answer, or not as it should.</summary>
internal sealed class CallsException(string message, Exception? inner = null) : Exception(message, inner);
