using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace HCChat.Tests.Attachments;

/// <summary>Somebody in a room who calls the API with the capability that they were given there.</summary>
internal sealed class Uploader : IAsyncDisposable
{
    private readonly HttpClient _api = new();
    private readonly HttpClient _store = new();
    private readonly RunningServer _server;

    private Uploader(RunningServer server, WireClient wire, string capability)
    {
        (_server, Wire) = (server, wire);
        _api.DefaultRequestHeaders.Authorization = new("Bearer", capability);
        _api.DefaultRequestHeaders.Accept.ParseAdd("application/json");
    }

    public WireClient Wire { get; }

    public static async Task<Uploader> EnterAsync(
        RunningServer server,
        string channel,
        string nick,
        string? pass = null
    )
    {
        var wire = await WireClient.JoinAsync(server, channel, nick, pass);
        await wire.SendAsync($$"""{"cmd":"capability","channel":"{{channel}}"}""");
        return new Uploader(server, wire, (string)(await wire.ReadUntilAsync("capability"))["jwt"]!)
        {
            _channel = channel,
        };
    }

    private string _channel = "";

    public Task<HttpResponseMessage> PostAsync(string path, JsonObject body) =>
        _api.PostAsJsonAsync(Address(path), body);

    /// <summary>Announces these bytes in one piece.</summary>
    public async Task<JsonObject> PresignAsync(byte[] data)
    {
        using var response = await PostAsync(
            "presign",
            new()
            {
                ["room"] = _channel,
                ["bytes"] = data.Length,
                ["sha256B64"] = Convert.ToBase64String(SHA256.HashData(data)),
            }
        );
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    /// <summary>Uploads these bytes.</summary>
    /// <returns>The object's id and its key.</returns>
    public async Task<(string Id, string Key)> UploadAsync(byte[] data)
    {
        var given = await PresignAsync(data);
        var id = (string)given["attachmentId"]!;
        Assert.Equal(HttpStatusCode.OK, await PutAsync((string)given["putUrl"]!, data));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync($"{id}/complete", HttpMethod.Post));
        return (id, (string)given["objectKey"]!);
    }

    /// <summary>Says a message with objects, and waits until everybody would have it.</summary>
    /// <param name="more">Further members, each with a comma behind it.</param>
    /// <returns>The message's id.</returns>
    public async Task<string> SayAsync(string[] keys, string text = "E2EE:x", string more = "")
    {
        var mid = Guid.NewGuid().ToString("N");
        var objects = string.Join(
            ',',
            keys.Select(key => $$"""{"objectKey":"{{key}}","mime":"application/octet-stream","bytes":10}""")
        );
        await Wire.SendAsync(
            $$"""{"cmd":"chat","channel":"{{_channel}}","mid":"{{mid}}",{{more}}"type":"attachment","attachments":[{{objects}}],"text":"{{text}}"}"""
        );
        await Wire.ReadUntilAsync("chat");
        return mid;
    }

    /// <summary>Puts bytes to a presigned address.</summary>
    /// <param name="announced">The bytes that were announced, where the sent ones differ.</param>
    public async Task<HttpStatusCode> PutAsync(string address, byte[] data, byte[]? announced = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(address))
        {
            Content = new ByteArrayContent(data),
        };
        if (address.Contains("x-amz-checksum-sha256", StringComparison.OrdinalIgnoreCase))
        {
            request.Headers.Add("x-amz-checksum-sha256", Convert.ToBase64String(SHA256.HashData(announced ?? data)));
        }
        using var response = await _store.SendAsync(request);
        return response.StatusCode;
    }

    public async Task<HttpStatusCode> StatusAsync(string path, HttpMethod? method = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, Address(path));
        using var response = await _api.SendAsync(request);
        return response.StatusCode;
    }

    /// <summary>What is answered to a path as it is written, and with which word.</summary>
    public async Task<(int Status, string? Code)> RefusedAsync(HttpMethod method, string path)
    {
        var raw = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
        Assert.True(Uri.TryCreate($"{_server.Url}/api/attachments/{path}", raw, out var address));
        using var request = new HttpRequestMessage(method, address);
        request.Content = method == HttpMethod.Post ? JsonContent.Create(new JsonObject()) : null;
        using var response = await _api.SendAsync(request);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = await response.Content.ReadFromJsonAsync<JsonObject>();
        return ((int)response.StatusCode, (string?)problem!["code"]);
    }

    /// <summary>Announces an object that comes in parts to the room <c>den</c>.</summary>
    public async Task<JsonObject> PresignPartsAsync(int partBytes, int bytes)
    {
        using var response = await PostAsync(
            "presign",
            new()
            {
                ["room"] = "den",
                ["bytes"] = bytes,
                ["partBytes"] = partBytes,
            }
        );
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    /// <summary>The bytes of an attachment, by way of a fresh address.</summary>
    public async Task<byte[]> GetAsync(string id)
    {
        var given = (await _api.GetFromJsonAsync<JsonObject>(Address(id)))!;
        return await _store.GetByteArrayAsync(new Uri((string)given["getUrl"]!));
    }

    public ValueTask DisposeAsync()
    {
        _api.Dispose();
        _store.Dispose();
        return Wire.DisposeAsync();
    }

    private Uri Address(string path) => new($"{_server.Url}/api/attachments/{path}");
}
