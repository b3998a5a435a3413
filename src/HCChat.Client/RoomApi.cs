using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HCChat.Client;

/// <summary>What shows over HTTP who we are in a room.</summary>
internal sealed record Capability(string Token, DateTimeOffset Until);

/// <summary>
/// What a server is asked over HTTP by somebody who is in a room. The capability is good for minutes, and asked for anew when it has run out. Redirections are not followed: what shows who we are
/// goes to that server alone.
/// </summary>
/// <param name="options">Which server.</param>
/// <param name="ask">Asks for a capability, by the connection.</param>
/// <param name="refused">What a refusal is thrown as.</param>
internal sealed class RoomApi(
    ChatOptions options,
    Func<CancellationToken, Task<Capability>> ask,
    Func<Refusal, RefusedException> refused
) : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_reserve = TimeSpan.FromMinutes(1);

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };
    private readonly Uri _page = AccountServer.PageOf(options.Server);
    private Capability? _capability;

    /// <summary>Asks.</summary>
    /// <returns>The answer; empty where there is none to give.</returns>
    /// <exception cref="RefusedException">The server refuses; of the kind that was given.</exception>
    /// <exception cref="ConnectFailedException">It cannot be reached, or makes no sense.</exception>
    public async Task<JsonObject> AskAsync(HttpMethod method, string path, JsonObject? body, CancellationToken stop)
    {
        for (var again = false; ; again = true)
        {
            var capability = await CapabilityAsync(stop).ConfigureAwait(false);
            using var request = new HttpRequestMessage(method, new Uri(_page, "api/" + path));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", capability.Token);
            request.Headers.Accept.ParseAdd("application/json");
            request.Content = body is null
                ? null
                : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
            using var response = await SendAsync(request, stop).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.Unauthorized && !again)
            {
                _capability = null;
                continue;
            }
            return await AnswerAsync(response, stop).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(s_patience, options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stop);
        try
        {
            return await _http.SendAsync(request, either.Token).ConfigureAwait(false);
        }
        catch (Exception e)
            when (Stall.IsOfNetwork(e) || (e is OperationCanceledException && !stop.IsCancellationRequested))
        {
            throw new ConnectFailedException(_page, e);
        }
    }

    private async Task<JsonObject> AnswerAsync(HttpResponseMessage response, CancellationToken stop)
    {
        JsonObject? answer;
        try
        {
            var text = await response.Content.ReadAsStringAsync(stop).ConfigureAwait(false);
            answer = response.StatusCode == HttpStatusCode.NoContent ? [] : JsonNode.Parse(text) as JsonObject;
        }
        catch (Exception e) when (e is JsonException or HttpRequestException)
        {
            answer = null;
        }
        // What stands before the server speaks for itself when that is away, and has no words of ours.
        var isRefusal = answer?["code"] is JsonValue;
        return answer is not null && response.IsSuccessStatusCode ? answer
            : answer is not null && (isRefusal || (int)response.StatusCode < 500)
                ? throw refused(AccountServer.RefusalOf(response, answer))
            : throw new ConnectFailedException(
                _page,
                new HttpRequestException($"the server answered {(int)response.StatusCode}")
            );
    }

    private async Task<Capability> CapabilityAsync(CancellationToken stop)
    {
        if (_capability is null || _capability.Until < options.Time.GetUtcNow() + s_reserve)
        {
            _capability = await ask(stop).ConfigureAwait(false);
        }
        return _capability;
    }
}
