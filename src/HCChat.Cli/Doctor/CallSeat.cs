using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using HCChat.Rtc.Signal.Wire;

namespace HCChat.Cli.Doctor;

/// <summary>What a client is offered that comes into a call: as the web page would come, into a room of its own that nobody else is in.</summary>
internal sealed class CallSeat : IDisposable
{
    private readonly HttpClient _http;

    private CallSeat(HttpClient http) => _http = http;

    /// <summary>Where the media's signalling is.</summary>
    public string Url { get; private set; } = "";

    /// <summary>Relays that the server gives.</summary>
    public IReadOnlyList<Relay> Relays { get; private set; } = [];

    /// <summary>A relay, with credentials.</summary>
    internal sealed record Relay(string Url, string User, string Password);

    /// <summary>Where media go, and what shows that one may: <c>candidate:</c> lines, name and password of ICE.</summary>
    internal sealed record Offered(IReadOnlyList<string> Candidates, string Ufrag, string Password);

    private string _token = "";

    /// <summary>Takes a seat.</summary>
    /// <param name="server">The server.</param>
    /// <param name="access">Who one is, where that is asked for.</param>
    /// <exception cref="CallRefusedException">The server has no calls, or gives no seat.</exception>
    /// <exception cref="HttpRequestException">It cannot be reached.</exception>
    public static async Task<CallSeat> TakeAsync(Uri server, string? access, CancellationToken stop)
    {
        var seat = new CallSeat(new HttpClient { BaseAddress = server });
        try
        {
            var room = "doctor-" + Guid.NewGuid().ToString("N");
            var capability = await seat.AskAsync("api/chat/token", new { room, nick = "doctor" }, access, stop);
            var jwt = (string)capability["jwt"]!;
            var given = await seat.AskAsync("api/rtc/token", new { room }, jwt, stop);
            (seat.Url, seat._token) = ((string)given["livekitUrl"]!, (string)given["token"]!);
            var ice = await seat.AskAsync("api/rtc/ice", null, jwt, stop);
            seat.Relays =
            [
                .. ice["iceServers"]!
                    .AsArray()
                    .SelectMany(s =>
                        s!["urls"]!
                            .AsArray()
                            .Select(u => new Relay((string)u!, (string)s["username"]!, (string)s["credential"]!))
                    ),
            ];
            return seat;
        }
        catch
        {
            seat.Dispose();
            throw;
        }
    }

    /// <summary>Comes in, and reads what the server of the calls offers.</summary>
    /// <exception cref="WebSocketException">It cannot be reached, or does not let one in.</exception>
    public async Task<Offered?> EnterAsync(CancellationToken stop)
    {
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", "Bearer " + _token);
        await socket.ConnectAsync(new Uri($"{Url.TrimEnd('/')}/rtc?auto_subscribe=0&protocol=15&sdk=go"), stop);
        var candidates = new List<string>();
        var sdp = "";
        while (await ReadAsync(socket, stop) is { } message)
        {
            if (message.Trickle is { Target: 1, CandidateInit: var init })
            {
                candidates.Add((string?)JsonNode.Parse(init)?["candidate"] ?? "");
            }
            if (message.Offer is { } offer)
            {
                sdp = offer.Sdp;
                candidates.AddRange(Lines(sdp, "candidate:").Select(c => "candidate:" + c));
            }
            // A LiveKit server tells its addresses one by one, and ours with the offer.
            if (sdp.Length > 0 && candidates.Exists(c => c.Contains(" tcp ", StringComparison.OrdinalIgnoreCase)))
            {
                break;
            }
        }
        socket.Abort();
        return sdp.Length == 0
            ? null
            : new Offered(
                [.. candidates.Where(c => c.Length > 0).Distinct()],
                Lines(sdp, "ice-ufrag:").First(),
                Lines(sdp, "ice-pwd:").First()
            );
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonObject> AskAsync(string path, object? body, string? token, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, path);
        request.Content = body is null ? null : JsonContent.Create(body);
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        using var response = await _http.SendAsync(request, stop);
        var text = await response.Content.ReadAsStringAsync(stop);
        JsonObject answer = [];
        try
        {
            answer = JsonNode.Parse(text) as JsonObject ?? [];
        }
        catch (JsonException) { }
        return response.IsSuccessStatusCode
            ? answer
            : throw new CallRefusedException(
                (string?)answer["code"] ?? response.StatusCode.ToString(),
                (string?)answer["title"] ?? ""
            );
    }

    private static async Task<SignalResponse?> ReadAsync(ClientWebSocket socket, CancellationToken stop)
    {
        var buffer = new byte[1 << 18];
        var length = 0;
        WebSocketReceiveResult part;
        do
        {
            try
            {
                part = await socket.ReceiveAsync(new ArraySegment<byte>(buffer, length, buffer.Length - length), stop);
            }
            catch (OperationCanceledException)
            {
                return null;
            }
            length += part.Count;
        } while (!part.EndOfMessage && length < buffer.Length);
        return part.MessageType == WebSocketMessageType.Close
            ? null
            : SignalResponse.Parser.ParseFrom(buffer, 0, length);
    }

    private static IEnumerable<string> Lines(string sdp, string attribute) =>
        sdp.Split('\n')
            .Select(l => l.Trim())
            .Where(l => l.StartsWith("a=" + attribute, StringComparison.Ordinal))
            .Select(l => l[(2 + attribute.Length)..]);
}

/// <summary>The server gives no seat in a call.</summary>
internal sealed class CallRefusedException(string code, string text) : Exception(text)
{
    /// <summary>The word of spec/codes.md.</summary>
    public string Code => code;
}
