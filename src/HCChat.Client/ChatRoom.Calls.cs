using System.Text.Json;
using System.Text.Json.Nodes;
using HCChat.Crypto;

namespace HCChat.Client;

/// <content>
/// The room's call. Media are LiveKit's matter: this gives any of its SDKs the address, the token and everybody's keys. <see cref="CallChanged"/> and <see cref="CallRekeyed"/> say when keys are to be
/// set; while we have a seat this client changes them when it is time, as every other does.
/// </content>
public sealed partial class ChatRoom
{
    private const int PutOut = 1204; // an `info`

    private readonly Lazy<RoomApi> _api;
    private readonly RoomCall _call;

    /// <summary>The call that there is, as far as it is proven; null without one.</summary>
    public OngoingCall? Call => Locked(() => _call.Current);

    /// <summary>Begins a call; everybody in the room is rung. It ends when everybody has left it, or when nobody comes in for a minute.</summary>
    /// <param name="video">Whether it begins with cameras on.</param>
    /// <exception cref="NotSupportedException">The room is not encrypted in our way: there are no keys for a call.</exception>
    /// <exception cref="CommandRefusedException"><c>no_calls</c>: the server has none; <c>call_running</c>: take a seat in that one; <c>timeout</c>: nobody knows whether it was begun.</exception>
    /// <exception cref="RoomClosedException">The room is closed.</exception>
    /// <exception cref="ConnectionEndedException">The connection ended for good.</exception>
    public async Task<OngoingCall> StartCallAsync(bool video = false, CancellationToken stop = default)
    {
        if (!_protection.HasContent)
        {
            throw new NotSupportedException("Calls are in encrypted rooms alone: their keys are made of the room's.");
        }
        var start = new CallStartBody(ContentJson.NewId(), Video: video);
        var (text, mid) = Locked(() => _protection.Seal(Nick, start));
        await AskAsync(
                "chat",
                [Member("text", text), Member("mid", mid), Member("call", true)],
                (cmd, frame) => cmd == "call" && frame.Object("call")?.Object("start")?.Text("mid") == mid,
                stop
            )
            .ConfigureAwait(false);
        return Call is { } call && call.Id == start.CallId ? call : throw new CommandRefusedException(Refusal.NoCall); // over already
    }

    /// <summary>
    /// Takes our place in the room's call: the same one each time. Ask again for a new token when one has run out before it was used, or to come back; who is in needs none.
    /// </summary>
    /// <param name="metadata">What the others are shown of us beside the nick, up to 1,000 characters; the server reads it.</param>
    /// <exception cref="CommandRefusedException">
    /// <c>no_call</c>: there is none; <c>no_calls</c>: the server has none; <c>calls_away</c>, <c>overloaded</c>: try later; <c>locked</c>, <c>banned</c>: we may not be in the room any more.
    /// </exception>
    /// <exception cref="ConnectFailedException">The server cannot be reached.</exception>
    /// <exception cref="RoomClosedException">The room is closed: we were put out of it, perhaps.</exception>
    public async Task<CallSeat> TakeSeatAsync(string? metadata = null, CancellationToken stop = default)
    {
        var call = CallNow();
        var given = await _api
            .Value.AskAsync(HttpMethod.Post, "rtc/token", About(("metadata", metadata)), stop)
            .ConfigureAwait(false);
        var (identity, token) = ((string?)given["identity"], (string?)given["token"]);
        if (identity is null || token is null || !Uri.TryCreate((string?)given["livekitUrl"], default, out var url))
        {
            throw new ConnectFailedException(_options.Server, new JsonException("no seat"));
        }
        Locked(() => _call.Identity = _call.Current?.Id == call.Id ? identity : null);
        var seconds = (double?)given["expiresSeconds"] ?? 0;
        return new CallSeat(call.Id, url, identity, _options.Time.GetUtcNow().AddSeconds(seconds)) { Token = token };
    }

    /// <summary>The key with which somebody in the call sends from now on: our own by <see cref="CallSeat.Identity"/>, the others' by <see cref="CallPerson.Identity"/>.</summary>
    /// <remarks>
    /// Set our own and those of everybody who is there before connecting, and that of whoever comes when they come (<see cref="CallChanged"/>, or LiveKit's own event). After a <see cref="CallRekeyed"/> set all
    /// others' at once and our own a second later, when everybody has the new one. Earlier ones may stay in their places.
    /// </remarks>
    /// <exception cref="CommandRefusedException"><c>no_call</c>: there is none, or it is over.</exception>
    /// <exception cref="RoomClosedException">The room is closed.</exception>
    public CallKey CallKeyOf(string identity)
    {
        ArgumentException.ThrowIfNullOrEmpty(identity);
        return Locked(() => _call.KeyOf(CallNow(), identity));
    }

    /// <summary>Changes the call's keys: everybody gets <see cref="CallRekeyed"/>. It shuts nobody out who knows the room's key.</summary>
    /// <remarks>Whoever came later and has not heard of earlier changes asks for it by this: one of those in the call then changes them, and what counts is the <see cref="CallRekeyed"/> with the highest number.</remarks>
    /// <exception cref="CommandRefusedException"><c>no_call</c>: there is none.</exception>
    /// <inheritdoc cref="SendAsync" path="/exception"/>
    public Task RekeyCallAsync(CancellationToken stop = default)
    {
        var call = CallNow();
        return PostAsync(() => Note(new CallRekeyBody(call.Id, call.Epoch + 1)), stop);
    }

    /// <summary>Relays for media, where the operator has some. LiveKit's SDKs get the same by themselves.</summary>
    /// <inheritdoc cref="TakeSeatAsync" path="/exception"/>
    public async Task<IReadOnlyList<CallRelay>> CallRelaysAsync(CancellationToken stop = default) =>
        [
            .. Parts(
                    await _api.Value.AskAsync(HttpMethod.Get, "rtc/ice", null, stop).ConfigureAwait(false),
                    "iceServers"
                )
                .Select(one => new CallRelay([.. one.Texts("urls")], one.Text("username") ?? "")
                {
                    Credential = one.Text("credential") ?? "",
                }),
        ];

    /// <summary>Who is in the call with which tracks, as the server of the calls says.</summary>
    /// <inheritdoc cref="TakeSeatAsync" path="/exception"/>
    public async Task<IReadOnlyList<CallPerson>> CallPeopleAsync(CancellationToken stop = default)
    {
        var path = "rtc/people?room=" + Uri.EscapeDataString(Channel);
        var answer = await _api.Value.AskAsync(HttpMethod.Get, path, null, stop).ConfigureAwait(false);
        return
        [
            .. Parts(answer, "people")
                .Select(one => new CallPerson(one.Text("identity") ?? "", one.Text("nick") ?? "")
                {
                    Tracks =
                    [
                        .. Objects(one, "tracks")
                            .Select(t => new CallTrack(
                                t.Text("sid") ?? "",
                                t.Text("source") ?? "unknown",
                                t.Flag("muted")
                            )),
                    ],
                }),
        ];
    }

    /// <summary>Mutes a track of somebody's, who alone unmutes it. Those who keep order in the room.</summary>
    /// <exception cref="CommandRefusedException"><c>forbidden</c>; <c>not_found</c>: there is no such track.</exception>
    /// <inheritdoc cref="TakeSeatAsync" path="/exception"/>
    public Task MuteTrackAsync(string identity, string trackSid, CancellationToken stop = default) =>
        _api.Value.AskAsync(HttpMethod.Post, "rtc/mute", About(("identity", identity), ("trackSid", trackSid)), stop);

    /// <summary>Puts somebody out of the call, who may come back; <see cref="KickAsync"/> puts out of room and call. Those who keep order in the room.</summary>
    /// <exception cref="CommandRefusedException"><c>forbidden</c>.</exception>
    /// <inheritdoc cref="TakeSeatAsync" path="/exception"/>
    public Task RemoveFromCallAsync(string identity, CancellationToken stop = default) =>
        _api.Value.AskAsync(HttpMethod.Post, "rtc/remove", About(("identity", identity)), stop);

    private OngoingCall CallNow() =>
        Locked(() =>
            _closed is not null
                ? throw new RoomClosedException("The room is closed.")
                : _call.Current ?? throw new CommandRefusedException(Refusal.NoCall)
        );

    private RoomApi NewApi() => new(_options, AskForCapabilityAsync, refusal => new CommandRefusedException(refusal));

    // Everybody learns of the change when it comes back from the server, we like the others.
    private void SayOfCall(CallRekeyBody body)
    {
        try
        {
            Enqueue(Note(body));
        }
        catch (Exception e) when (e is ChatException or E2eeException or IOException)
        {
            // Another one in the call says the same, or the next occasion comes.
        }
    }

    private void OnRead(ChatEvent happened)
    {
        if (happened is CallRekeyed rekeyed)
        {
            _call.Rekeyed(rekeyed.CallId, rekeyed.Epoch);
        }
        Post(happened);
    }

    private void OnCall(string cmd, JsonElement frame)
    {
        if (cmd == "call")
        {
            _call.Told(frame.Object("call"));
            _commands.OnFrame(cmd, frame); // who began it has it now
        }
        else if ((cmd == "info" && frame.Integer("id") == PutOut) || (cmd == "banned" && !frame.Flag("muted")))
        {
            _call.PutOut();
        }
    }

    private JsonObject About(params ReadOnlySpan<(string Name, string? Value)> members)
    {
        var about = new JsonObject([Member("room", Channel)]);
        foreach (var (name, value) in members)
        {
            if (value is not null)
            {
                about[name] = value;
            }
        }
        return about;
    }

    private static IEnumerable<JsonElement> Parts(JsonObject answer, string name) =>
        Objects(JsonSerializer.SerializeToElement(answer), name);
}
