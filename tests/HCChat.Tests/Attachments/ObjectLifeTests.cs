using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using HCChat.Server.Attachments;

namespace HCChat.Tests.Attachments;

/// <summary>Objects come and go with their messages: what is gone leaves no object, no part and no row.</summary>
public sealed class ObjectLifeTests
{
    [Fact]
    public async Task What_is_deleted_takes_its_objects_along_and_what_is_not_named_stays()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await Uploader.EnterAsync(server, "den", "ann");
        await using var bob = await Uploader.EnterAsync(server, "den", "bob");
        var (first, second) = (await ann.UploadAsync(Bytes()), await ann.UploadAsync(Bytes()));
        var other = await ann.UploadAsync(Bytes());
        var mid = await ann.SayAsync([first.Key, second.Key]);
        await bob.SayAsync([other.Key]); // it is not bob's
        await ann.SayAsync([first.Key]); // it has its message already
        Assert.Equal(2, server.CountRows("attachments WHERE room IS NOT NULL"));
        Assert.Equal(HttpStatusCode.OK, await bob.StatusAsync(first.Id));

        await ann.Wire.SendAsync(
            $$"""{"cmd":"delete","channel":"den","target":"{{mid}}","mid":"{{Guid.NewGuid():N}}"}"""
        );
        await ann.Wire.ReadUntilAsync("delete");
        Assert.Equal(HttpStatusCode.NotFound, await bob.StatusAsync(first.Id));
        Assert.Equal(HttpStatusCode.NotFound, await bob.StatusAsync(second.Id));
        await GoneAsync(server, files: 1);
        Assert.Equal(HttpStatusCode.OK, await bob.StatusAsync(other.Id));
    }

    [Fact]
    public async Task A_message_that_disappears_takes_its_objects_along_kept_or_not()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await Uploader.EnterAsync(server, "den", "ann");
        var (kept, passing) = (await ann.UploadAsync(Bytes()), await ann.UploadAsync(Bytes()));
        await ann.SayAsync([kept.Key], more: "\"ttl\":5,");
        await ann.SayAsync([passing.Key], "in clear", "\"ttl\":5,");
        Assert.Equal(1, server.CountRows("attachments WHERE room IS NOT NULL"));
        Assert.Equal(1, server.CountRows("attachments WHERE expires IS NOT NULL"));
        await GoneAsync(server);
        Assert.Equal(HttpStatusCode.NotFound, await ann.StatusAsync(kept.Id));
        Assert.Equal(HttpStatusCode.NotFound, await ann.StatusAsync(passing.Id));
    }

    [Fact]
    public async Task What_belongs_to_a_message_that_is_over_is_given_to_nobody_even_before_it_is_removed()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await Uploader.EnterAsync(server, "den", "ann");
        var (kept, passing) = (await ann.UploadAsync(Bytes()), await ann.UploadAsync(Bytes()));
        await ann.SayAsync([kept.Key]);
        await ann.SayAsync([passing.Key], "in clear");
        Assert.Equal(HttpStatusCode.OK, await ann.StatusAsync(kept.Id));
        Assert.Equal(HttpStatusCode.OK, await ann.StatusAsync(passing.Id));
        server.Change("UPDATE messages SET expires = 1 WHERE frame IS NOT NULL");
        server.Change("UPDATE attachments SET expires = 1 WHERE expires IS NOT NULL");
        Assert.Equal(HttpStatusCode.NotFound, await ann.StatusAsync(kept.Id));
        Assert.Equal(HttpStatusCode.NotFound, await ann.StatusAsync(passing.Id));
    }

    [Theory]
    [InlineData("""{"cmd":"closeroom","channel":"den"}""", "onlineRemove")]
    [InlineData("""{"cmd":"sethistory","channel":"den","mode":"off"}""", "roomState")]
    public async Task A_room_that_is_closed_or_keeps_nothing_any_more_leaves_nothing(string order, string answer)
    {
        await using var server = await RunningServer.StartAsync();
        await using var owner = await Person.EnterAsync(server, "den", "owner");
        await owner.ClaimAsync("den");
        await using var ann = await Uploader.EnterAsync(server, "den", "ann");
        await ann.SayAsync([(await ann.UploadAsync(Bytes())).Key]);
        await owner.Wire.SendAsync(order);
        await owner.Wire.ReadUntilAsync(answer);
        await GoneAsync(server);
        Assert.Equal(0, server.CountRows("messages WHERE frame IS NOT NULL AND kind = 0"));
    }

    [Fact]
    public async Task What_is_said_over_HTTP_has_its_objects_too()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await Uploader.EnterAsync(server, "den", "ann");
        var there = await ann.UploadAsync(Bytes());
        using var said = await ann.PostAsync(
            "../messages",
            new()
            {
                ["room"] = "den",
                ["text"] = "E2EE:x",
                ["attachment"] = new JsonObject { ["objectKey"] = there.Key },
            }
        );
        Assert.Equal(HttpStatusCode.OK, said.StatusCode);
        Assert.Equal(1, server.CountRows("attachments WHERE room IS NOT NULL"));
    }

    [Fact]
    public async Task A_whisper_that_waits_in_an_inbox_has_its_objects_too()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await Uploader.EnterAsync(server, "den", "ann");
        await using var bob = await Person.EnterAsync(server, "den", "bob");
        var there = await ann.UploadAsync(Bytes());
        var attachment = new JsonObject { ["objectKey"] = there.Key }.ToJsonString();
        await ann.Wire.SendAsync(
            $$"""{"cmd":"whisper","channel":"den","userid":{{bob.UserId}},"mid":"{{Guid.NewGuid():N}}","text":"E2EE:x","attachment":{{attachment}},"x":0}"""
        );
        await ann.Wire.ReadUntilAsync("ack");
        Assert.Equal(1, server.CountRows("attachments WHERE room IS NOT NULL"));
    }

    [Fact]
    public async Task What_the_app_says_has_the_object_at_its_address_though_the_app_shows_no_token()
    {
        await using var server = await RunningServer.StartAsync("--Auth:Open=true");
        await using var app = await WireClient.ConnectAsync(server);
        await app.SendAsync("""{"type":"nick","nick":"Ann"}""");
        await app.SendAsync("""{"type":"join","room":"lobby"}""");
        await app.SendAsync("""{"type":"who","room":"lobby"}""");
        await app.ReadUntilAsync("presence");
        using var http = new HttpClient();
        using var response = await http.PostAsJsonAsync(
            new Uri($"{server.Url}/api/attachments/presign"),
            new { objectKey = "rooms/lobby/2025-10-21T10-00-00Z/5B0E-海边 1.jpg", contentType = "image/jpeg" }
        );
        var given = (await response.Content.ReadFromJsonAsync<JsonObject>())!;
        using var content = new ByteArrayContent([1, 2, 3]);
        content.Headers.ContentType = new MediaTypeHeaderValue("image/jpeg");
        (await http.PutAsync(new Uri((string)given["putUrl"]!), content)).EnsureSuccessStatusCode();
        await app.SendAsync(
            new JsonObject
            {
                ["type"] = "message",
                ["id"] = "3F2504E0-4F89-11D3-9A0C-0305E82C3301",
                ["room"] = "lobby",
                ["text"] = "E2EE:x",
                ["attachment"] = new JsonObject { ["kind"] = "image", ["url"] = (string)given["getUrl"]! },
            }.ToJsonString()
        );
        await app.ReadUntilAsync("message_ack");
        Assert.Equal(1, server.CountRows("attachments WHERE room IS NOT NULL"));
    }

    [Fact]
    public async Task The_disk_has_of_an_attachment_what_it_takes_to_fetch_it_and_no_name()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await Uploader.EnterAsync(server, "den", "ann");
        var key = (await ann.UploadAsync(Bytes())).Key;
        const string Sealed = """{"scheme":"aes-256-gcm","nonceB64":"AAAAAAAAAAAAAAAA"}""";
        var said = $$"""
            {"objectKey":"{{key}}","mime":"application/octet-stream","bytes":10,"encryption":{{Sealed}},"filename":"canary.pdf","url":"https://x/canary.pdf"}
            """;
        var mid = Guid.NewGuid().ToString("N");
        await ann.Wire.SendAsync(
            $$"""{"cmd":"chat","channel":"den","mid":"{{mid}}","text":"E2EE:x","attachment":{{said}},"attachments":[{"objectKey":"rooms/den/canary.pdf","mime":"application/pdf"}]}"""
        );
        await ann.Wire.ReadUntilAsync("chat");
        Assert.Equal(0, server.CountRows("messages WHERE frame LIKE '%canary%' OR frame LIKE '%pdf%'"));
        await ann.Wire.SendAsync("""{"cmd":"leave","channel":"den"}""");
        await ann.Wire.ReadUntilAsync("session");
        await server.RestartAsync();
        await using var bob = await WireClient.JoinAsync(server, "den", "bob");
        await bob.SendAsync("""{"cmd":"sync","channel":"den"}""");
        var kept = (await bob.ReadUntilAsync("replay"))["events"]![0]!;
        Assert.True(
            JsonNode.DeepEquals(
                JsonNode.Parse(
                    $$"""{"objectKey":"{{key}}","encryption":{{Sealed}},"mime":"application/octet-stream","bytes":10}"""
                ),
                kept["attachment"]
            ),
            kept.ToJsonString()
        );
        Assert.Equal("[{}]", kept["attachments"]!.ToJsonString());
    }

    [Fact]
    public async Task An_upload_that_the_store_has_begun_and_nothing_is_written_down_of_is_ended_in_time()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await Uploader.EnterAsync(server, "den", "ann");
        var known = (string)(await ann.PresignPartsAsync(5 << 20, 10 << 20))["objectKey"]!;
        await server.Service<ObjectStore>().BeginAsync(known + "x");
        await server.Service<ObjectStore>().BeginAsync("an operator's");
        const int Hour = 60 * 60 * 1000;
        server.ChangeStore($"UPDATE uploads SET begun = begun - {30L * 24 * Hour} WHERE key <> '{known}'");
        await server.RestartAsync();
        await server.Service<AttachmentSweep>().RunOnceAsync();
        Assert.Equal(3, server.CountStoreRows("uploads"));
        server.ChangeStore($"UPDATE uploads SET begun = begun - {2 * Hour} WHERE key <> '{known}'");
        await server.RestartAsync();
        await server.Service<AttachmentSweep>().RunOnceAsync();
        Assert.Equal(0, server.CountStoreRows($"uploads WHERE key = '{known}x'"));
        Assert.Equal(2, server.CountStoreRows("uploads"));
    }

    private static byte[] Bytes() => RandomNumberGenerator.GetBytes(10);

    // Whatever sweeps by itself may be at work as well.
    private static async Task GoneAsync(RunningServer server, int files = 0)
    {
        var patience = System.Diagnostics.Stopwatch.StartNew();
        while (server.CountObjectFiles() > files || server.CountRows("attachments WHERE state < 3") > files)
        {
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(60), "something is left");
            await server.Service<AttachmentSweep>().RunOnceAsync();
        }
        await server
            .Service<HCChat.Server.Database.Writer>()
            .RunAsync(batch => batch.Changing.Execute("UPDATE attachments SET created = 0 WHERE state = 3"));
        await server.Service<AttachmentSweep>().RunOnceAsync();
        Assert.Equal(files, server.CountRows("attachments"));
        Assert.Equal(files, server.CountObjectFiles());
    }
}
