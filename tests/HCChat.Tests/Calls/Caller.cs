using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace HCChat.Tests.Calls;

/// <summary>Somebody in a room who has a capability for it.</summary>
internal sealed class Caller : IAsyncDisposable
{
    private readonly HttpClient _http = new();
    private readonly RunningServer _server;
    private readonly string _channel;

    private Caller(RunningServer server, WireClient wire, string channel, string capability)
    {
        (_server, _channel, Wire) = (server, channel, wire);
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", capability);
    }

    public WireClient Wire { get; }

    public static async Task<Caller> EnterAsync(RunningServer server, string channel, string nick) =>
        await OfAsync(server, channel, await WireClient.JoinAsync(server, channel, nick));

    /// <summary>Somebody who is there already.</summary>
    public static async Task<Caller> OfAsync(RunningServer server, string channel, WireClient wire)
    {
        await wire.SendAsync($$"""{"cmd":"capability","channel":"{{channel}}"}""");
        return new Caller(server, wire, channel, (string)(await wire.ReadUntilAsync("capability"))["jwt"]!);
    }

    /// <summary>A seat in the room's call, or why not.</summary>
    public Task<JsonObject> TakeSeatAsync() => PostAsync("token", new { room = _channel });

    /// <summary>What the server answers to a request about the room's call; empty for no content.</summary>
    public async Task<JsonObject> PostAsync(string what, object body)
    {
        using var response = await _http.PostAsJsonAsync(new Uri($"{_server.Url}/api/rtc/{what}"), body);
        var text = await response.Content.ReadAsStringAsync();
        return text.Length > 0 ? JsonNode.Parse(text)!.AsObject() : [];
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await Wire.DisposeAsync();
    }
}
