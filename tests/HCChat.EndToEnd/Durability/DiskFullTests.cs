using System.Net;
using System.Security.Cryptography;
using HCChat.EndToEnd.Harness;
using HCChat.EndToEnd.Storage;

namespace HCChat.EndToEnd.Durability;

/// <summary>No space is left where the data is.</summary>
[Collection(Proof.Collection)]
public sealed class DiskFullTests
{
    private static readonly string[] s_sealed = ["sealed-a", "sealed-b"];
    private static readonly string[] s_plain = ["plain-a"];

    [Fact]
    public async Task On_a_full_disk_reading_joining_and_live_chat_go_on_sends_are_refused_and_space_heals_it_by_itself()
    {
        var rounds = Proof.Of(2, 10);
        await using var disk = await SmallDisk.CreateAsync("32m");
        await using var server = await ServerProcess.StartOnAsync(disk.Data, FreePort.Next());
        var port = server.Port;
        await using var keeping = new Crowd(6, s_sealed, _ => port, each: 1);
        await using var passing = new Crowd(4, s_plain, _ => port, each: 1, nick: "live");
        await keeping.GatherAsync();
        await passing.GatherAsync();
        keeping.Talk(window: 1);
        passing.Talk(window: 1);
        foreach (var peer in passing.Peers)
        {
            peer.Pace = TimeSpan.FromMilliseconds(20);
        }
        for (var round = 0; round < rounds; round++)
        {
            await keeping.GoOnAsync(200);
            var before = keeping.Refused.Count();
            disk.Fill();
            await keeping.UntilAsync(
                () => keeping.Refused.Count() >= before + (2 * keeping.Peers.Count),
                "sends to be refused"
            );
            await passing.GoOnAsync(100);
            await Crowd.AssertKeptAsync(port, s_sealed, keeping.Promises());
            await using (var late = new Crowd(2, [.. s_sealed, .. s_plain], _ => port, each: 3, nick: "late"))
            {
                await late.GatherAsync();
            }
            var freed = TimeProvider.System.GetTimestamp();
            await FreeAsync(disk, round);
            await keeping.GoOnAsync(keeping.Peers.Count);
            Proof.Report(
                $"sends went on {TimeProvider.System.GetElapsedTime(freed).TotalSeconds:F1} s after there was space"
            );
        }
        await keeping.SettleAsync();
        await passing.SettleAsync();
        Assert.All(keeping.Refused, r => Assert.Equal("storage_full", r.Code));
        Assert.Empty(passing.Refused);
        keeping.AssertShownOnceAndInOrder();
        passing.AssertShownOnceAndInOrder();
        Proof.Report(keeping.Figures());
        Proof.Report(passing.Figures());
        // Another process, which has nothing in memory.
        await server.KillAsync();
        await using var next = await ServerProcess.StartOnAsync(disk.Data, FreePort.Next());
        await Crowd.AssertKeptAsync(next.Port, s_sealed, keeping.Promises());
        await next.KillAsync();
        KillTests.AssertWhole(Path.Combine(disk.Data, "hcchat.db"));
    }

    [Fact]
    public async Task What_people_upload_leaves_room_for_what_they_say_and_for_removing_it()
    {
        await using var disk = await SmallDisk.CreateAsync("96m");
        await using var server = await ServerProcess.StartOnAsync(disk.Data, FreePort.Next());
        using var ann = await ApiUser.EnterAsync(server.Port, s_sealed[0], "ann");
        var data = RandomNumberGenerator.GetBytes(8 << 20);
        var (there, status) = (new List<string>(), HttpStatusCode.OK);
        while (status == HttpStatusCode.OK)
        {
            var given = await ann.PresignAsync(data);
            status = await ann.PutAsync((string)given["putUrl"]!, data, hash: true);
            if (status == HttpStatusCode.OK)
            {
                there.Add((string)given["attachmentId"]!);
                await ann.CompleteAsync(there[^1]);
            }
        }
        Assert.Equal(HttpStatusCode.InsufficientStorage, status);
        Assert.InRange(there.Count, 1, 4);
        Assert.InRange(new DriveInfo(disk.Data).AvailableFreeSpace, 63L << 20, 73L << 20);
        Assert.Equal(data, await ann.GetAsync(there[0]));
        Assert.Equal(HttpStatusCode.NoContent, await ann.StatusAsync(there[0], HttpMethod.Delete));
        var again = await ann.PresignAsync(data);
        await Wait.UntilAsync(
            async () => await ann.PutAsync((string)again["putUrl"]!, data, hash: true) == HttpStatusCode.OK,
            "room for another"
        );
    }

    private static async Task FreeAsync(SmallDisk disk, int round)
    {
        if (round % 2 == 0)
        {
            disk.Empty();
        }
        else
        {
            await disk.GrowAsync($"{32 + (16 * round)}m");
        }
    }
}
