using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using HCChat.Rtc;
using HCChat.Server.Hosting;

namespace HCChat.Server.Calls;

/// <summary>
/// Calls that a LiveKit server has: its room service over HTTP (Twirp, <c>livekit.RoomService</c>, JSON). It tells of changes by webhooks, which may be late, missing or out of order: each is
/// a hint to look.
/// </summary>
internal sealed class LiveKitCalls(LiveKitOptions options, AccessToken tokens, TimeProvider time) : ICalls, IDisposable
{
    // One that does not answer is not asked again for so long: whoever waits for it waits once, and not for everybody in every call.
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(5);

    private long _silentSince = -1;

    private readonly HttpClient _http = new()
    {
        BaseAddress = new Uri((options.ApiUrl.Length > 0 ? options.ApiUrl : Http(options.Url)).TrimEnd('/') + "/"),
        Timeout = TimeSpan.FromSeconds(5),
    };

    /// <inheritdoc/>
    public event Action<string>? Changed;

    /// <inheritdoc/>
    public bool TellsAll => false;

    /// <inheritdoc/>
    public string Url(string reached) => options.Url;

    /// <summary>What limits it has it says itself.</summary>
    public bool HasRoomFor(string call, string identity) => true;

    /// <summary>Who knocks with a webhook, before anything of it is read.</summary>
    /// <param name="token">Its <c>Authorization</c>.</param>
    /// <returns>The hash that its body has; null when it is not LiveKit's.</returns>
    public Task<byte[]?> ExpectAsync(string token) => tokens.VerifyWebhookAsync(token);

    /// <summary>Takes a webhook.</summary>
    /// <param name="hash">What <see cref="ExpectAsync"/> has told.</param>
    /// <param name="body">As it came.</param>
    /// <returns>False when it is not LiveKit's.</returns>
    public bool Hear(byte[] hash, ReadOnlySpan<byte> body)
    {
        if (!CryptographicOperations.FixedTimeEquals(hash, SHA256.HashData(body)))
        {
            return false;
        }
        try
        {
            if (JsonNode.Parse(body)?["room"]?["name"] is JsonValue name && name.TryGetValue<string>(out var call))
            {
                Changed?.Invoke(call);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) { }
        return true;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<CallPerson>> ListAsync(string call, CancellationToken stop)
    {
        var answer = await AskAsync("ListParticipants", call, [], stop);
        return
        [
            .. Items(answer?["participants"])
                .Select(p => new CallPerson(
                    Text(p, "identity"),
                    Text(p, "name"),
                    [
                        .. Items(p["tracks"])
                            .Select(t => new CallTrack(Text(t, "sid"), Source(Text(t, "source")), IsMuted(t))),
                    ]
                )),
        ];
    }

    /// <inheritdoc/>
    public Task RemoveAsync(string call, string identity, CancellationToken stop) =>
        AskAsync("RemoveParticipant", call, new() { ["identity"] = identity }, stop);

    /// <inheritdoc/>
    public async Task<bool> MuteAsync(string call, string identity, string track, CancellationToken stop) =>
        await AskAsync(
            "MutePublishedTrack",
            call,
            new()
            {
                ["identity"] = identity,
                ["track_sid"] = track,
                ["muted"] = true,
            },
            stop
        )
            is not null;

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    // Null for what is not there: LiveKit knows no call before somebody is in it.
    private async Task<JsonObject?> AskAsync(string method, string call, JsonObject body, CancellationToken stop)
    {
        var silent = Volatile.Read(ref _silentSince);
        if (silent >= 0 && time.GetElapsedTime(silent) < s_pause)
        {
            throw new CallsException("LiveKit did not answer a moment ago.");
        }
        body["room"] = call;
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"twirp/livekit.RoomService/{method}");
            request.Content = JsonContent.Create(body);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tokens.IssueForService(call));
            using var response = await _http.SendAsync(request, stop);
            Volatile.Write(ref _silentSince, -1);
            if (response.StatusCode == System.Net.HttpStatusCode.NotFound)
            {
                return null;
            }
            response.EnsureSuccessStatusCode();
            return await response.Content.ReadFromJsonAsync<JsonObject>(stop);
        }
        catch (Exception e)
            when (e is HttpRequestException or JsonException
                || (e is OperationCanceledException && !stop.IsCancellationRequested)
            )
        {
            if (e is OperationCanceledException or HttpRequestException { StatusCode: null })
            {
                Volatile.Write(ref _silentSince, time.GetTimestamp());
            }
            throw new CallsException("LiveKit does not answer as it should.", e);
        }
    }

    private static IEnumerable<JsonNode> Items(JsonNode? list) => (list as JsonArray ?? []).OfType<JsonNode>();

    private static string Text(JsonNode node, string name) =>
        node[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : "";

    private static bool IsMuted(JsonNode track) =>
        track["muted"] is JsonValue value && value.TryGetValue<bool>(out var muted) && muted;

    // protojson has names of enumerations, in capitals; the first one is left out.
    private static string Source(string name) => name.Length > 0 ? name.ToLowerInvariant() : "unknown";

    private static string Http(string url) =>
        url.StartsWith("ws", StringComparison.Ordinal) ? string.Concat("http", url.AsSpan(2)) : url;
}
