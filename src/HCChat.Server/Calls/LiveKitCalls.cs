using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using HCChat.Rtc;
using HCChat.Server.Hosting;

namespace HCChat.Server.Calls;

/// <summary>
/// Calls that a LiveKit server has: its room service over HTTP (Twirp, <c>livekit.RoomService</c>, JSON). It tells of changes by webhooks, which may be late, missing or out of order: each is
/// a hint to look.
/// </summary>
internal sealed class LiveKitCalls(LiveKitOptions options, AccessToken tokens) : ICalls, IDisposable
{
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

    /// <summary>Takes a webhook.</summary>
    /// <param name="token">Its <c>Authorization</c>.</param>
    /// <param name="body">As it came.</param>
    /// <returns>False when it is not LiveKit's.</returns>
    public async Task<bool> HearAsync(string token, byte[] body)
    {
        if (!await tokens.VerifyWebhookAsync(token, body))
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
        body["room"] = call;
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"twirp/livekit.RoomService/{method}");
            request.Content = JsonContent.Create(body);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tokens.IssueForService(call));
            using var response = await _http.SendAsync(request, stop);
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
