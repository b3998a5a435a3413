using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HCChat.Client;

/// <summary>What a server is asked about accounts (spec/protocol.md, Logging in).</summary>
internal static class AccountServer
{
    private const string Socket = "/chat-ws";
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);

    /// <summary>The page of a server, from that or from its WebSocket.</summary>
    /// <exception cref="ArgumentException">It is no http, https, ws or wss address.</exception>
    public static Uri PageOf(Uri server)
    {
        var page = new UriBuilder(new ChatOptions { Server = server, Nick = "" }.Endpoint);
        page.Scheme = page.Scheme == "ws" ? "http" : "https";
        page.Path = page.Path[..^(Socket.Length - 1)];
        return page.Uri;
    }

    /// <summary>Asks something. Secrets go to that server alone: redirections are not followed.</summary>
    /// <exception cref="LoginRefusedException">The server refuses.</exception>
    /// <exception cref="ConnectFailedException">It cannot be reached, or is none of ours.</exception>
    public static async Task<JsonObject> PostAsync(Uri page, string call, JsonObject body, CancellationToken stop)
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = s_timeout };
        using var content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        try
        {
            using var response = await http.PostAsync(new Uri(page, "api/auth/" + call), content, stop)
                .ConfigureAwait(false);
            var text = await response.Content.ReadAsStringAsync(stop).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.NoContent)
            {
                return [];
            }
            var answer = JsonNode.Parse(text) as JsonObject ?? throw new JsonException("no object");
            return response.IsSuccessStatusCode ? answer : throw new LoginRefusedException(RefusalOf(response, answer));
        }
        catch (Exception e) when (Stall.IsOfNetwork(e) || e is JsonException or InvalidOperationException)
        {
            throw new ConnectFailedException(page, e);
        }
        catch (OperationCanceledException e) when (!stop.IsCancellationRequested)
        {
            throw new ConnectFailedException(page, new TimeoutException("no answer", e));
        }
    }

    /// <summary>What a problem document says.</summary>
    public static Refusal RefusalOf(HttpResponseMessage response, JsonObject answer) =>
        new(
            (string?)answer["code"] ?? ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture),
            (string?)answer["title"] ?? "The server refused.",
            response.Headers.RetryAfter?.Delta
        );
}
