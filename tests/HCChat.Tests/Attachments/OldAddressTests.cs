using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using HCChat.Server.Attachments;

namespace HCChat.Tests.Attachments;

/// <summary>An address that was given out is good for what was awaited then, and for nothing when that is over.</summary>
public sealed class OldAddressTests
{
    private const int Part = 5 << 20;

    [Fact]
    public async Task Nothing_comes_into_the_store_by_an_address_of_a_room_that_is_closed()
    {
        await using var server = await RunningServer.StartAsync();
        await using var owner = await Person.EnterAsync(server, "den", "owner");
        await owner.ClaimAsync("den");
        await using var ann = await Uploader.EnterAsync(server, "den", "ann");
        var (data, large) = (RandomNumberGenerator.GetBytes(1_000), RandomNumberGenerator.GetBytes(Part + 1));
        var (given, parts) = (await ann.PresignAsync(data), await ann.PresignPartsAsync(Part, large.Length));
        var part = (string)parts["parts"]![0]!["putUrl"]!;

        // These have begun when the room is closed, and have all their bytes only afterwards.
        var late = new Halved(data);
        var latePart = new Halved(large[..Part]);
        using var http = new HttpClient(new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(1) });
        var under = PutAsync(http, (string)(await ann.PresignAsync(data))["putUrl"]!, late, data);
        var underPart = PutAsync(http, part, latePart, null);
        await Task.WhenAll(late.HalfGone, latePart.HalfGone);
        await owner.Wire.SendAsync("""{"cmd":"closeroom","channel":"den"}""");
        await owner.Wire.ReadUntilAsync("onlineRemove");
        await server.Service<AttachmentSweep>().RunOnceAsync();
        late.GoOn();
        latePart.GoOn();
        Assert.Equal(HttpStatusCode.Forbidden, await under);
        Assert.Equal(HttpStatusCode.NotFound, await underPart);

        Assert.Equal(HttpStatusCode.Forbidden, await ann.PutAsync((string)given["putUrl"]!, data));
        Assert.Equal(HttpStatusCode.NotFound, await PutAsync(http, part, new ByteArrayContent(large[..Part]), null));
        Assert.Equal(0, server.CountObjectFiles());
        using var got = await http.GetAsync(new Uri((string)given["getUrl"]!));
        Assert.Equal(HttpStatusCode.NotFound, got.StatusCode);
    }

    [Fact]
    public async Task What_is_complete_is_not_replaced_by_the_address_that_it_came_by()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await Uploader.EnterAsync(server, "den", "ann");
        // Without a hash the signature would take any bytes of that length.
        using var announced = await ann.PostAsync("presign", new() { ["room"] = "den", ["bytes"] = 10 });
        var given = (await announced.Content.ReadFromJsonAsync<JsonObject>())!;
        var (id, address) = ((string)given["attachmentId"]!, (string)given["putUrl"]!);
        Assert.Equal(HttpStatusCode.OK, await ann.PutAsync(address, new byte[10]));
        Assert.Equal(HttpStatusCode.OK, await ann.StatusAsync($"{id}/complete", HttpMethod.Post));
        Assert.Equal(HttpStatusCode.Forbidden, await ann.PutAsync(address, RandomNumberGenerator.GetBytes(10)));
        Assert.Equal(new byte[10], await ann.GetAsync(id));
        Assert.Equal(1, server.CountObjectFiles());
    }

    [Fact]
    public async Task Whoever_was_cut_off_while_it_became_complete_is_told_that_all_is_there()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await Uploader.EnterAsync(server, "den", "ann");
        var data = RandomNumberGenerator.GetBytes(Part + 1);
        var given = await ann.PresignPartsAsync(Part, data.Length);
        var (id, parts) = ((string)given["attachmentId"]!, given["parts"]!.AsArray());
        Assert.Equal(HttpStatusCode.OK, await ann.PutAsync((string)parts[0]!["putUrl"]!, data[..Part]));
        Assert.Equal(HttpStatusCode.OK, await ann.PutAsync((string)parts[1]!["putUrl"]!, data[Part..]));
        // Several at a time, as after an answer that was lost.
        var statuses = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => ann.StatusAsync($"{id}/complete", HttpMethod.Post))
        );
        Assert.All(statuses, status => Assert.Equal(HttpStatusCode.OK, status));

        await using var later = await Uploader.EnterAsync(server, "den", "ann2");
        using var asked = await later.PostAsync($"{id}/parts", new() { ["claim"] = (string)given["claim"]! });
        var left = (await asked.Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.Equal([1, 2], left["arrived"]!.AsArray().Select(n => (int)n!));
        Assert.Empty(left["parts"]!.AsArray());
        using var nobody = await ann.PostAsync($"{id}/parts", []);
        Assert.Equal(HttpStatusCode.NotFound, nobody.StatusCode); // it is the later one's
        Assert.Equal(data, await later.GetAsync(id));
    }

    private static async Task<HttpStatusCode> PutAsync(
        HttpClient http,
        string address,
        HttpContent body,
        byte[]? hashed
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(address)) { Content = body };
        request.Headers.ExpectContinue = true; // the body goes when the server reads it, and not when it refuses
        if (hashed is not null)
        {
            request.Headers.Add("x-amz-checksum-sha256", Convert.ToBase64String(SHA256.HashData(hashed)));
        }
        using var response = await http.SendAsync(request);
        return response.StatusCode;
    }

    /// <summary>A body whose second half waits.</summary>
    private sealed class Halved(byte[] data) : HttpContent
    {
        private readonly TaskCompletionSource _half = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _on = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task HalfGone => _half.Task;

        public void GoOn() => _on.TrySetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(data.AsMemory(0, data.Length / 2));
            await stream.FlushAsync();
            _half.TrySetResult();
            await _on.Task;
            await stream.WriteAsync(data.AsMemory(data.Length / 2));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = data.Length;
            return true;
        }
    }
}
