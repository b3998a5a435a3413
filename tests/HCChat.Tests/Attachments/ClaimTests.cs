using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace HCChat.Tests.Attachments;

/// <summary>Who announced an upload goes on with it by its claim, whoever they are by then; nobody else does.</summary>
public sealed class ClaimTests
{
    private const int Part = 5 << 20;

    [Fact]
    public async Task An_upload_is_gone_on_with_by_whoever_brings_its_claim_and_is_their_message_s()
    {
        await using var server = await RunningServer.StartAsync();
        var data = RandomNumberGenerator.GetBytes(Part + 1_000);
        JsonObject given;
        await using (var before = await Uploader.EnterAsync(server, "den", "ann"))
        {
            given = await before.PresignPartsAsync(Part, data.Length);
            var first = (string)given["parts"]![0]!["putUrl"]!;
            Assert.Equal(HttpStatusCode.OK, await before.PutAsync(first, data[..Part]));
        }
        var (id, claim) = ((string)given["attachmentId"]!, (string)given["claim"]!);
        Assert.Equal(22, claim.Length);
        await using var ann = await Uploader.EnterAsync(server, "den", "ann2");
        await using var bob = await Uploader.EnterAsync(server, "den", "bob");
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(ann, id, "parts", null));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(ann, id, "parts", claim[..21] + "!"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(ann, id, "complete", "x"));

        using var answer = await ann.PostAsync($"{id}/parts", new() { ["claim"] = claim });
        var left = (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.Equal([1], left["arrived"]!.AsArray().Select(n => (int)n!));
        var missing = Assert.Single(left["parts"]!.AsArray())!;
        Assert.Equal(HttpStatusCode.OK, await ann.PutAsync((string)missing["putUrl"]!, data[Part..]));
        Assert.Equal(HttpStatusCode.NotFound, await bob.StatusAsync($"{id}/complete", HttpMethod.Post));
        Assert.Equal(HttpStatusCode.OK, await ann.StatusAsync($"{id}/complete", HttpMethod.Post));
        Assert.Equal(data, await bob.GetAsync(id));
        Assert.Equal(1, server.CountRows("attachments"));

        await ann.SayAsync([(string)given["objectKey"]!]);
        Assert.Equal(1, server.CountRows("attachments WHERE room IS NOT NULL"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(bob, id, "complete", claim)); // the message's now
    }

    [Fact]
    public async Task What_is_complete_and_was_not_said_yet_is_taken_over_too()
    {
        await using var server = await RunningServer.StartAsync();
        var given = await LeaveBehindAsync(server);
        await using var ann = await Uploader.EnterAsync(server, "den", "ann2");
        var id = (string)given["attachmentId"]!;
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(ann, id, "complete", (string)given["claim"]!));
        await ann.SayAsync([(string)given["objectKey"]!]);
        Assert.Equal(1, server.CountRows("attachments WHERE room IS NOT NULL"));
    }

    [Fact]
    public async Task A_message_brings_the_claims_of_its_objects_and_has_them_or_is_told_that_they_are_gone()
    {
        await using var server = await RunningServer.StartAsync();
        var given = await LeaveBehindAsync(server);
        var (key, claim) = ((string)given["objectKey"]!, (string)given["claim"]!);
        await using var ann = await Uploader.EnterAsync(server, "den", "ann2");
        await using var eve = await Uploader.EnterAsync(server, "elsewhere", "eve");

        Assert.Equal("object_gone", await NackAsync(ann, Said("den", 1, key, claim[..21] + "!")));
        Assert.Equal("object_gone", await NackAsync(ann, Said("den", 2, "o/gone/gone.bin", claim)));
        Assert.Equal("object_gone", await NackAsync(eve, Said("elsewhere", 3, key, claim)));
        Assert.Equal(0, server.CountRows("attachments WHERE room IS NOT NULL"));

        await ann.Wire.SendAsync(Said("den", 4, key, claim));
        var heard = await ann.Wire.ReadUntilAsync("chat");
        Assert.DoesNotContain(claim, heard.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(1, server.CountRows("attachments WHERE room IS NOT NULL"));
        await using var again = await Uploader.EnterAsync(server, "den", "ann3");
        await again.Wire.SendAsync(Said("den", 4, key, claim)); // its answer was lost
        Assert.Equal(Mid(4), (string)(await again.Wire.ReadUntilAsync("ack", "nack"))["mid"]!);
        Assert.Equal(1, server.CountRows("messages WHERE frame IS NOT NULL"));
    }

    // Somebody uploads an object, says nothing of it, and goes.
    private static async Task<JsonObject> LeaveBehindAsync(RunningServer server)
    {
        var data = RandomNumberGenerator.GetBytes(1_000);
        await using var before = await Uploader.EnterAsync(server, "den", "ann");
        var given = await before.PresignAsync(data);
        await before.PutAsync((string)given["putUrl"]!, data);
        await before.StatusAsync($"{given["attachmentId"]}/complete", HttpMethod.Post);
        return given;
    }

    private static string Mid(int number) => $"message-number-{number}";

    private static string Said(string channel, int number, string key, string claim) =>
        $$"""{"cmd":"chat","channel":"{{channel}}","mid":"{{Mid(number)}}","text":"E2EE:{{number}}","attachment":{"objectKey":"{{key}}"},"claims":[7,"{{claim}}"]}""";

    private static async Task<string> NackAsync(Uploader who, string frame)
    {
        await who.Wire.SendAsync(frame);
        return (string)(await who.Wire.ReadUntilAsync("nack"))["code"]!;
    }

    [Fact]
    public async Task Another_room_s_and_kicked_people_have_nothing_of_a_claim()
    {
        await using var server = await RunningServer.StartAsync(
            "--Moderation:AdminTrip=Pz6LSM",
            "--Compat:TripSalt=compat-test-salt"
        );
        await using var ann = await Uploader.EnterAsync(server, "den", "ann", "of her own");
        await using var eve = await Uploader.EnterAsync(server, "elsewhere", "eve");
        await using var bob = await Uploader.EnterAsync(server, "den", "bob");
        var given = await ann.PresignPartsAsync(Part, Part + 1);
        var (id, claim) = ((string)given["attachmentId"]!, (string)given["claim"]!);
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(eve, id, "parts", claim));
        await using var operating = await WireClient.JoinAsync(server, "den", "op", "pw");
        await operating.SendAsync("""{"cmd":"kick","channel":"den","nick":"bob"}""");
        await bob.Wire.ReadUntilAsync("onlineRemove");
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(bob, id, "parts", claim));
        Assert.Equal(HttpStatusCode.NoContent, await ann.StatusAsync(id, HttpMethod.Delete));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(ann, id, "parts", claim));
    }

    private static async Task<HttpStatusCode> StatusAsync(Uploader who, string id, string verb, string? claim)
    {
        using var response = await who.PostAsync(
            $"{id}/{verb}",
            claim is null ? [] : new JsonObject { ["claim"] = claim }
        );
        return response.StatusCode;
    }
}
