using System.Net;
using System.Security.Cryptography;
using HCChat.EndToEnd.Durability;
using HCChat.EndToEnd.Harness;

namespace HCChat.EndToEnd.Storage;

/// <summary>The power goes when objects have just been completed, while others are on their way.</summary>
[Collection(Proof.Collection)]
public sealed class ObjectPowerCutTests
{
    private const int Part = 5 << 20;

    [Fact]
    public async Task What_was_completed_outlives_a_power_cut_whole_and_what_was_not_is_never_half_there()
    {
        var (rounds, chance) = (Proof.Of(3, 20), Proof.Chance());
        await using var disk = await LoopDisk.CreateAsync();
        var port = FreePort.Next();
        var completed = new List<(string Id, byte[] Hash)>();
        var server = await ServerProcess.StartOnAsync(disk.Data, port);
        try
        {
            for (var round = 0; round < rounds; round++)
            {
                string begun;
                using (var ann = await ApiUser.EnterAsync(port, "den", "ann"))
                {
                    var unfinished = await ann.PresignAsync(new byte[2 * Part], Part);
                    begun = (string)unfinished["attachmentId"]!;
                    var first = (string)unfinished["parts"]![0]!["putUrl"]!;
                    Assert.Equal(HttpStatusCode.OK, await ann.PutAsync(first, new byte[Part]));
                    foreach (var (size, part) in new[] { (1 + chance.Below(300_000), 0), (Part + 1_000, Part) })
                    {
                        var data = RandomNumberGenerator.GetBytes(size);
                        completed.Add((await UploadAsync(ann, data, part), SHA256.HashData(data)));
                    }
                }
                await server.FreezeAsync();
                var copy = await disk.CopyAsync();
                await server.DisposeAsync();
                await disk.ReplaceAsync(copy);
                server = await ServerProcess.StartOnAsync(disk.Data, port);
                using var again = await ApiUser.EnterAsync(port, "den", "ann");
                foreach (var (id, hash) in completed.TakeLast(2))
                {
                    Assert.Equal(hash, SHA256.HashData(await again.GetAsync(id)));
                }
                Assert.Equal(HttpStatusCode.NotFound, await again.StatusAsync(begun));
                Assert.Equal(HttpStatusCode.NoContent, await again.StatusAsync(begun, HttpMethod.Delete));
            }
            using var later = await ApiUser.EnterAsync(port, "den", "ann");
            foreach (var (id, hash) in completed)
            {
                Assert.Equal(hash, SHA256.HashData(await later.GetAsync(id)));
            }
            Proof.Report($"{rounds} power cuts, {completed.Count} objects, none lost or torn");
            await server.KillAsync();
            KillTests.AssertWhole(Path.Combine(disk.Data, "objects", "index.db"));
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    private static async Task<string> UploadAsync(ApiUser ann, byte[] data, int part)
    {
        var given = await ann.PresignAsync(data, part);
        var id = (string)given["attachmentId"]!;
        if (part == 0)
        {
            Assert.Equal(HttpStatusCode.OK, await ann.PutAsync((string)given["putUrl"]!, data, hash: true));
        }
        foreach (var (one, i) in (given["parts"]?.AsArray() ?? []).Select((p, i) => ((string)p!["putUrl"]!, i)))
        {
            var end = Math.Min((i + 1) * part, data.Length);
            Assert.Equal(HttpStatusCode.OK, await ann.PutAsync(one, data.AsMemory(i * part, end - (i * part))));
        }
        await ann.CompleteAsync(id);
        return id;
    }
}
