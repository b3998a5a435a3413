using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using HCChat.Server.Attachments;
using HCChat.Server.Database;

namespace HCChat.Tests.Attachments;

/// <summary>Objects go up and down by presigned addresses, for whoever may be in the room and nobody else.</summary>
public sealed class AttachmentTests
{
    private const int Part = 5 << 20;

    [Fact]
    public async Task A_member_uploads_and_another_gets_it_and_nobody_else()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await Uploader.EnterAsync(server, "den", "ann");
        await using var bob = await Uploader.EnterAsync(server, "den", "bob");
        await using var eve = await Uploader.EnterAsync(server, "elsewhere", "eve");
        var data = RandomNumberGenerator.GetBytes(100_000);
        var given = await ann.PresignAsync(data);
        Assert.StartsWith("o/", (string)given["objectKey"]!, StringComparison.Ordinal);
        var id = (string)given["attachmentId"]!;

        Assert.Equal(HttpStatusCode.NotFound, await bob.StatusAsync(id));
        Assert.Equal(HttpStatusCode.Conflict, await ann.StatusAsync($"{id}/complete", HttpMethod.Post));
        Assert.Equal(HttpStatusCode.OK, await ann.PutAsync((string)given["putUrl"]!, data));
        Assert.Equal(HttpStatusCode.NotFound, await bob.StatusAsync(id));
        Assert.Equal(HttpStatusCode.NotFound, await bob.StatusAsync($"{id}/complete", HttpMethod.Post));
        Assert.Equal(HttpStatusCode.OK, await ann.StatusAsync($"{id}/complete", HttpMethod.Post));
        Assert.Equal(HttpStatusCode.OK, await ann.StatusAsync($"{id}/complete", HttpMethod.Post));

        Assert.Equal(data, await bob.GetAsync(id));
        Assert.Equal(HttpStatusCode.NotFound, await eve.StatusAsync(id));
        Assert.Equal(HttpStatusCode.Forbidden, await bob.StatusAsync(id, HttpMethod.Delete));
        using var stranger = new HttpClient();
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            (await stranger.GetAsync(new Uri($"{server.Url}/api/attachments/{id}"))).StatusCode
        );
        Assert.Equal(HttpStatusCode.NoContent, await ann.StatusAsync(id, HttpMethod.Delete));
        Assert.Equal(HttpStatusCode.NotFound, await bob.StatusAsync(id));
        await server.Service<AttachmentSweep>().RunOnceAsync();
        Assert.Equal(0, server.CountObjectFiles());

        // The built-in store knows what is awaited. Of another what is put there does not stay: it is removed twice.
        Assert.Equal(HttpStatusCode.Forbidden, await ann.PutAsync((string)given["putUrl"]!, data));
        await server
            .Service<Writer>()
            .RunAsync(batch => batch.Changing.Execute("UPDATE attachments SET created = 0 WHERE state = 3"));
        await server.Service<AttachmentSweep>().RunOnceAsync();
        Assert.Equal((0, 0), (server.CountObjectFiles(), server.CountRows("attachments")));
    }

    [Theory]
    [InlineData("FileBytes")]
    [InlineData("RoomBytes")]
    [InlineData("DayBytes")]
    public async Task What_is_larger_than_the_server_takes_is_said_to_be_so(string limit)
    {
        await using var server = await RunningServer.StartAsync($"--Attachments:{limit}=1000");
        await using var ann = await Uploader.EnterAsync(server, "den", "ann");
        using var refused = await ann.PostAsync("presign", new() { ["room"] = "den", ["bytes"] = 1_001 });
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
        Assert.Equal("too_big", (string?)(await refused.Content.ReadFromJsonAsync<JsonObject>())!["code"]);
        using var taken = await ann.PostAsync("presign", new() { ["room"] = "den", ["bytes"] = 1_000 });
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
    }

    [Fact]
    public async Task What_is_no_name_of_an_object_is_refused_in_our_words()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await Uploader.EnterAsync(server, "den", "ann");
        string[] names =
        [
            "%ff%fe",
            "%c3%28",
            "%ed%a0%80",
            "%",
            "%zz",
            "%2F%2f..%2F",
            "rooms%2Fden%2F%ff",
            "'%20OR%201=1",
        ];
        foreach (var name in names.Concat(names.Select(name => new string('a', 4_000) + name)))
        {
            Assert.Equal((404, "not_found"), await ann.RefusedAsync(HttpMethod.Get, name));
            Assert.Equal((404, "not_found"), await ann.RefusedAsync(HttpMethod.Delete, name));
            Assert.Equal((404, "not_found"), await ann.RefusedAsync(HttpMethod.Post, name + "/parts"));
            Assert.Equal((405, "unknown_command"), await ann.RefusedAsync(HttpMethod.Put, name));
            Assert.Equal((404, "unknown_command"), await ann.RefusedAsync(HttpMethod.Get, name + "/else"));
        }
    }

    [Fact]
    public async Task Addresses_lead_to_where_the_operator_says_that_the_server_is_reached()
    {
        await using var server = await RunningServer.StartAsync("--PublicUrl=https://chat.example");
        await using var ann = await Uploader.EnterAsync(server, "den", "ann");
        var given = await ann.PresignAsync([1]);
        Assert.StartsWith("https://chat.example/hc-attachments/o/", (string)given["putUrl"]!, StringComparison.Ordinal);
        Assert.StartsWith("https://chat.example/hc-attachments/o/", (string)given["getUrl"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_not_announced_is_not_taken()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await Uploader.EnterAsync(server, "den", "ann");
        var data = RandomNumberGenerator.GetBytes(1_000);
        var put = (string)(await ann.PresignAsync(data))["putUrl"]!;
        Assert.Equal(HttpStatusCode.Forbidden, await ann.PutAsync(put, data[..999]));
        Assert.Equal(HttpStatusCode.BadRequest, await ann.PutAsync(put, RandomNumberGenerator.GetBytes(1_000), data));
        Assert.Equal(0, server.CountObjectFiles());
    }

    [Theory]
    [InlineData("""{"room":"den"}""")]
    [InlineData("""{"room":"den","bytes":0}""")]
    [InlineData("""{"room":"den","bytes":-1}""")]
    [InlineData("""{"room":"den","bytes":"1"}""")]
    [InlineData("""{"room":"den","bytes":1.5}""")]
    [InlineData("""{"room":"den","bytes":70000000}""")]
    [InlineData("""{"room":"den","bytes":70000000,"partBytes":1000}""")]
    [InlineData("""{"room":"den","bytes":70000000,"partBytes":99999999}""")]
    [InlineData("""{"room":"den","bytes":1,"sha256B64":"x"}""")]
    [InlineData("""{"room":"den","bytes":1,"contentType":"a\r\nb"}""")]
    public async Task An_announcement_that_cannot_be_is_refused(string body)
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await Uploader.EnterAsync(server, "den", "ann");
        using var response = await ann.PostAsync("presign", JsonNode.Parse(body)!.AsObject());
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("bad_payload", (string?)(await response.Content.ReadFromJsonAsync<JsonObject>())!["code"]);
        Assert.Equal(0, server.CountRows("attachments"));
    }

    [Fact]
    public async Task An_upload_in_parts_goes_on_after_a_restart_with_what_is_missing()
    {
        await using var server = await RunningServer.StartAsync();
        var data = RandomNumberGenerator.GetBytes((2 * Part) + 1_234);
        string id;
        await using (var before = await Uploader.EnterAsync(server, "den", "ann", "a pass"))
        {
            using var response = await before.PostAsync(
                "presign",
                new()
                {
                    ["room"] = "den",
                    ["bytes"] = data.Length,
                    ["partBytes"] = Part,
                }
            );
            var given = (await response.Content.ReadFromJsonAsync<JsonObject>())!;
            id = (string)given["attachmentId"]!;
            var parts = given["parts"]!.AsArray();
            Assert.Equal(3, parts.Count);
            var put = await before.PutAsync((string)parts[1]!["putUrl"]!, data[Part..(2 * Part)]);
            Assert.Equal(HttpStatusCode.OK, put);
            Assert.Equal(HttpStatusCode.Conflict, await before.StatusAsync($"{id}/complete", HttpMethod.Post));
        }
        await server.RestartAsync();

        await using var ann = await Uploader.EnterAsync(server, "den", "ann", "a pass");
        await using var other = await Uploader.EnterAsync(server, "den", "other");
        Assert.Equal(HttpStatusCode.NotFound, (await other.PostAsync($"{id}/parts", [])).StatusCode);
        using var asked = await ann.PostAsync($"{id}/parts", []);
        var left = (await asked.Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.Equal([2], left["arrived"]!.AsArray().Select(n => (int)n!));
        Assert.Equal([1, 3], left["parts"]!.AsArray().Select(p => (int)p!["n"]!));
        var (first, last) = ((string)left["parts"]![0]!["putUrl"]!, (string)left["parts"]![1]!["putUrl"]!);
        Assert.Equal(HttpStatusCode.OK, await ann.PutAsync(first, data[..Part]));
        Assert.Equal(HttpStatusCode.Forbidden, await ann.PutAsync(last, [1]));
        Assert.Equal(HttpStatusCode.OK, await ann.PutAsync(last, data[(2 * Part)..]));
        Assert.Equal(HttpStatusCode.OK, await ann.StatusAsync($"{id}/complete", HttpMethod.Post));
        Assert.Equal(data, await other.GetAsync(id));
    }

    [Fact]
    public async Task Whoever_is_put_out_is_refused_with_what_they_had_before()
    {
        await using var server = await RunningServer.StartAsync(
            "--Moderation:AdminTrip=Pz6LSM",
            "--Compat:TripSalt=compat-test-salt"
        );
        await using var ann = await Uploader.EnterAsync(server, "den", "ann", "pw");
        await using var bob = await Uploader.EnterAsync(server, "den", "bob");
        var data = RandomNumberGenerator.GetBytes(10);
        var given = await ann.PresignAsync(data);
        var id = (string)given["attachmentId"]!;
        await ann.PutAsync((string)given["putUrl"]!, data);
        await ann.StatusAsync($"{id}/complete", HttpMethod.Post);
        Assert.Equal(data, await bob.GetAsync(id));
        await ann.Wire.SendAsync("""{"cmd":"kick","channel":"den","nick":"bob"}""");
        await bob.Wire.ReadUntilAsync("onlineRemove");
        Assert.Equal(HttpStatusCode.Forbidden, await bob.StatusAsync(id));
        using var presign = await bob.PostAsync("presign", new() { ["room"] = "den", ["bytes"] = 10 });
        Assert.Equal(HttpStatusCode.Forbidden, presign.StatusCode);
    }

    [Fact]
    public async Task A_closed_room_leaves_no_object_and_no_row()
    {
        await using var server = await RunningServer.StartAsync();
        await using var owner = await Person.EnterAsync(server, "den", "owner");
        await owner.ClaimAsync("den");
        await using var ann = await Uploader.EnterAsync(server, "den", "ann");
        var data = RandomNumberGenerator.GetBytes(10);
        await ann.PutAsync((string)(await ann.PresignAsync(data))["putUrl"]!, data);
        using var parts = await ann.PostAsync(
            "presign",
            new()
            {
                ["room"] = "den",
                ["bytes"] = 2 * Part,
                ["partBytes"] = Part,
            }
        );
        var first = (await parts.Content.ReadFromJsonAsync<JsonObject>())!["parts"]![0]!;
        await ann.PutAsync((string)first["putUrl"]!, new byte[Part]);
        Assert.Equal(2, server.CountObjectFiles());
        await owner.Wire.SendAsync("""{"cmd":"closeroom","channel":"den"}""");
        await owner.Wire.ReadUntilAsync("onlineRemove");
        await server.Service<AttachmentSweep>().RunOnceAsync();
        Assert.Equal(0, server.CountRows("attachments WHERE channel <> ''"));
        Assert.Equal(0, server.CountObjectFiles());
    }

    [Fact]
    public async Task An_operator_takes_an_object_down_by_its_id()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await Uploader.EnterAsync(server, "den", "ann");
        var data = RandomNumberGenerator.GetBytes(10);
        var given = await ann.PresignAsync(data);
        var id = (string)given["attachmentId"]!;
        await ann.PutAsync((string)given["putUrl"]!, data);
        await ann.StatusAsync($"{id}/complete", HttpMethod.Post);
        using var operators = new HttpClient
        {
            DefaultRequestHeaders = { Authorization = new("Bearer", server.AdminToken) },
        };
        var address = new Uri($"{server.Url}/api/admin/objects/takedown");
        Assert.Equal(HttpStatusCode.NotFound, (await operators.PostAsJsonAsync(address, new { id = "x" })).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await operators.PostAsJsonAsync(address, new { id })).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, await ann.StatusAsync(id));
        await server.Service<AttachmentSweep>().RunOnceAsync();
        Assert.Equal(0, server.CountObjectFiles());
    }

    [Theory]
    [InlineData("--Attachments:DayCount=1")]
    [InlineData("--Attachments:DayBytes=15")]
    [InlineData("--Attachments:RoomBytes=15")]
    public async Task A_quota_holds(string setting)
    {
        await using var server = await RunningServer.StartAsync(setting);
        await using var ann = await Uploader.EnterAsync(server, "den", "ann");
        await ann.PresignAsync(new byte[10]);
        using var response = await ann.PostAsync("presign", new() { ["room"] = "den", ["bytes"] = 10 });
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("quota", (string?)(await response.Content.ReadFromJsonAsync<JsonObject>())!["code"]);
    }

    [Fact]
    public async Task The_app_uploads_without_a_token_where_the_operator_lets_it()
    {
        await using var server = await RunningServer.StartAsync("--Auth:Open=true");
        await using var there = await WireClient.JoinAsync(server, "lobby", "app");
        using var app = new HttpClient();
        async Task<HttpResponseMessage> PresignAsync(string key) =>
            await app.PostAsJsonAsync(
                new Uri($"{server.Url}/api/attachments/presign"),
                new { objectKey = key, contentType = "image/jpeg" }
            );
        const string Key = "rooms/lobby/2025-10-21T10-00-00Z/5B0E-IMG 1.jpg";
        using var response = await PresignAsync(Key);
        var given = (await response.Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.Equal("hc-attachments", (string?)given["bucket"]);
        Assert.Equal(Key, (string?)given["objectKey"]);
        Assert.Equal(600, (long)given["expiresSeconds"]!);
        Assert.Contains("X-Amz-Expires=604800", (string?)given["getUrl"], StringComparison.Ordinal);
        using var content = new ByteArrayContent([1, 2, 3]);
        content.Headers.ContentType = new MediaTypeHeaderValue("image/jpeg");
        (await app.PutAsync(new Uri((string)given["putUrl"]!), content)).EnsureSuccessStatusCode();
        using var got = await app.GetAsync(new Uri((string)given["getUrl"]!));
        Assert.Equal([1, 2, 3], await got.Content.ReadAsByteArrayAsync());
        Assert.Equal("image/jpeg", got.Content.Headers.ContentType!.ToString());

        // Whoever is in the room is given an address of now by its key; nobody else is.
        await using var bob = await Uploader.EnterAsync(server, "lobby", "bob");
        await using var eve = await Uploader.EnterAsync(server, "elsewhere", "eve");
        Assert.Equal([1, 2, 3], await bob.GetAsync(Uri.EscapeDataString(Key)));
        Assert.Equal(HttpStatusCode.NotFound, await eve.StatusAsync(Uri.EscapeDataString(Key)));
        Assert.Equal(HttpStatusCode.NotFound, await bob.StatusAsync(Uri.EscapeDataString(Key + "x")));

        // Until nobody can put it any more it is not measured; and it is nobody else's to replace.
        await server.Service<AttachmentSweep>().RunOnceAsync();
        Assert.Equal(1, server.CountRows("attachments WHERE state = 0"));
        foreach (
            var key in new[]
            {
                "o/x/y.bin",
                "rooms/",
                "rooms/lobby",
                "rooms//x",
                "rooms/lobby/../x",
                "/rooms/lobby/x",
                "rooms/lobby/a\\b",
                "rooms/lobby/" + new string('猫', 400),
            }
        )
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await PresignAsync(key)).StatusCode);
        }
        await using var owner = await Person.EnterAsync(server, "shut", "owner");
        await owner.ClaimAsync("shut");
        await owner.SetAsync("\"access\":\"invite\"");
        Assert.Equal(HttpStatusCode.Forbidden, (await PresignAsync("rooms/shut/x/y.jpg")).StatusCode);
        await server.RestartAsync("--Auth:Open=false");
        Assert.Equal(HttpStatusCode.Unauthorized, (await PresignAsync("rooms/lobby/x/y.jpg")).StatusCode);
    }

    [Fact]
    public async Task What_the_app_announces_without_a_size_counts_as_the_most_that_it_may_be()
    {
        await using var server = await RunningServer.StartAsync(
            "--Auth:Open=true",
            "--Attachments:RoomBytes=100000000"
        );
        await using var there = await WireClient.JoinAsync(server, "lobby", "app");
        using var app = new HttpClient();
        async Task<HttpStatusCode> PresignAsync(string key)
        {
            var body = new { objectKey = key, contentType = "image/jpeg" };
            return (await app.PostAsJsonAsync(new Uri($"{server.Url}/api/attachments/presign"), body)).StatusCode;
        }
        Assert.Equal(HttpStatusCode.OK, await PresignAsync("rooms/lobby/a/1.jpg"));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await PresignAsync("rooms/lobby/a/2.jpg"));
    }

    [Fact]
    public async Task A_store_that_does_not_answer_is_said_to_be_so()
    {
        await using var server = await RunningServer.StartAsync(
            "--Storage:Endpoint=http://127.0.0.1:9",
            "--Storage:AccessKey=a",
            "--Storage:SecretKey=b"
        );
        await using var ann = await Uploader.EnterAsync(server, "den", "ann");
        using var response = await ann.PostAsync(
            "presign",
            new()
            {
                ["room"] = "den",
                ["bytes"] = 2 * Part,
                ["partBytes"] = Part,
            }
        );
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
    }
}
