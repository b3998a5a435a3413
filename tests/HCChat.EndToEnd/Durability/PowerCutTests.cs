using HCChat.EndToEnd.Harness;

namespace HCChat.EndToEnd.Durability;

/// <summary>The power goes while 20 clients send.</summary>
[Collection(Proof.Collection)]
public sealed class PowerCutTests
{
    [Fact]
    public async Task What_was_acknowledged_outlives_a_power_cut_and_everybody_goes_on_in_the_same_list()
    {
        var (rounds, chance) = (Proof.Of(2, 20), Proof.Chance());
        await using var disk = await LoopDisk.CreateAsync();
        var port = FreePort.Next();
        var server = await StartAsync(disk, port);
        try
        {
            await using (var crowd = new Crowd(20, Crowd.Encrypted, _ => port))
            {
                await crowd.GatherAsync();
                crowd.Talk();
                for (var round = 0; round < rounds; round++)
                {
                    await crowd.GoOnAsync(200 + chance.Below(Proof.Of(300, 600)));
                    await server.FreezeAsync();
                    var copy = await disk.CopyAsync();
                    await server.DisposeAsync();
                    await disk.ReplaceAsync(copy);
                    var promised = crowd.Promises();
                    server = await StartAsync(disk, port);
                    await Crowd.AssertKeptAsync(port, Crowd.Encrypted, promised);
                    await crowd.GatherAsync();
                }
                await crowd.SettleAsync();
                crowd.AssertShownOnceAndInOrder();
                crowd.AssertRecovered();
                await Crowd.AssertKeptAsync(port, Crowd.Encrypted, crowd.Promises());
                Proof.Report($"{rounds} power cuts; {crowd.Figures()}");
            }
            await server.KillAsync();
            KillTests.AssertWhole(Path.Combine(disk.Data, "hcchat.db"));
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    private static Task<ServerProcess> StartAsync(LoopDisk disk, int port) =>
        ServerProcess.StartOnAsync(disk.Data, port, "--History:Count=10000000");
}
