using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using HCChat.EndToEnd.Durability;

namespace HCChat.EndToEnd.Storage;

/// <summary>Somebody who uploads and downloads by the API.</summary>
internal sealed class ApiUser : IDisposable
{
    private readonly HttpClient _api = new(new SocketsHttpHandler { UseProxy = false });
    private readonly HttpClient _store = new(new SocketsHttpHandler { UseProxy = false });
    private readonly string _room;

    private ApiUser(int port, string room)
    {
        _api.BaseAddress = new Uri($"http://127.0.0.1:{port}/api/");
        _api.DefaultRequestHeaders.Accept.ParseAdd("application/json");
        _room = room;
    }

    /// <summary>Comes into a room under a name that stays the same over restarts.</summary>
    public static async Task<ApiUser> EnterAsync(int port, string room, string nick)
    {
        var user = new ApiUser(port, room);
        using var response = await user._api.PostAsJsonAsync(
            new Uri("chat/token", UriKind.Relative),
            new
            {
                room,
                nick,
                pass = nick + "'s pass",
            }
        );
        response.EnsureSuccessStatusCode();
        var given = (await response.Content.ReadFromJsonAsync<JsonObject>())!;
        user._api.DefaultRequestHeaders.Authorization = new("Bearer", (string)given["jwt"]!);
        return user;
    }

    /// <summary>Announces bytes.</summary>
    /// <param name="partBytes">0 for one piece.</param>
    public async Task<JsonObject> PresignAsync(byte[] data, int partBytes = 0)
    {
        var wanted = new JsonObject { ["room"] = _room, ["bytes"] = data.Length };
        if (partBytes > 0)
        {
            wanted["partBytes"] = partBytes;
        }
        else
        {
            wanted["sha256B64"] = Convert.ToBase64String(SHA256.HashData(data));
        }
        return await PostAsync("presign", wanted);
    }

    /// <summary>Addresses for what has not arrived.</summary>
    public Task<JsonObject> PartsAsync(string id) => PostAsync($"{id}/parts", []);

    /// <summary>Says that all is there.</summary>
    public Task<JsonObject> CompleteAsync(string id) => PostAsync($"{id}/complete", []);

    /// <summary>What is answered to saying that all is there.</summary>
    public async Task<HttpStatusCode> TryCompleteAsync(string id)
    {
        var path = new Uri($"attachments/{id}/complete", UriKind.Relative);
        using var response = await _api.PostAsJsonAsync(path, new JsonObject());
        return response.StatusCode;
    }

    /// <summary>Puts bytes to an address.</summary>
    /// <param name="hash">Their hash, where it was announced.</param>
    public Task<HttpStatusCode> PutAsync(string address, ReadOnlyMemory<byte> data, bool hash = false) =>
        PutAsync(
            address,
            new ReadOnlyMemoryContent(data),
            hash ? Convert.ToBase64String(SHA256.HashData(data.Span)) : null
        );

    /// <inheritdoc cref="PutAsync(string, ReadOnlyMemory{byte}, bool)"/>
    public async Task<HttpStatusCode> PutAsync(string address, HttpContent data, string? hash = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(address)) { Content = data };
        if (hash is not null)
        {
            request.Headers.Add("x-amz-checksum-sha256", hash);
        }
        using var response = await _store.SendAsync(request);
        return response.StatusCode;
    }

    /// <summary>The bytes of an object, by way of a fresh address.</summary>
    public async Task<byte[]> GetAsync(string id)
    {
        var given = (await _api.GetFromJsonAsync<JsonObject>(new Uri($"attachments/{id}", UriKind.Relative)))!;
        return await _store.GetByteArrayAsync(new Uri((string)given["getUrl"]!));
    }

    /// <summary>What a request for the object, or its removal, is answered.</summary>
    public async Task<HttpStatusCode> StatusAsync(string id, HttpMethod? method = null)
    {
        using var request = new HttpRequestMessage(
            method ?? HttpMethod.Get,
            new Uri($"attachments/{id}", UriKind.Relative)
        );
        using var response = await _api.SendAsync(request);
        return response.StatusCode;
    }

    public void Dispose()
    {
        _api.Dispose();
        _store.Dispose();
    }

    // On a busy machine the server may not wait for its store; whoever is told so asks again, as clients do.
    private async Task<JsonObject> PostAsync(string path, JsonObject body)
    {
        var patience = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            using var response = await _api.PostAsJsonAsync(new Uri($"attachments/{path}", UriKind.Relative), body);
            var answer = await response.Content.ReadAsStringAsync();
            if (response.IsSuccessStatusCode)
            {
                return JsonNode.Parse(answer)!.AsObject();
            }
            var isBusy = response.StatusCode == HttpStatusCode.ServiceUnavailable;
            Assert.True(isBusy && patience.Elapsed < Proof.Patience, $"{path}: {response.StatusCode} {answer}");
        }
    }
}
