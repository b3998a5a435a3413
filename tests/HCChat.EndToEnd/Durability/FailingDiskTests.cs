using System.Diagnostics;
using System.Globalization;
using HCChat.EndToEnd.Harness;

namespace HCChat.EndToEnd.Durability;

/// <summary>A disk that reports errors when it is told to flush.</summary>
[Collection(Proof.Collection)]
public sealed class FailingDiskTests
{
    [Fact]
    public async Task Nothing_is_acknowledged_whose_flush_failed_and_sends_go_on_when_the_disk_does()
    {
        var rounds = Proof.Of(1, 10);
        var (data, port) = (ServerProcess.NewFolder(), FreePort.Next());
        var server = await ServerProcess.StartOnAsync(data, port);
        try
        {
            await using (var crowd = new Crowd(20, Crowd.Encrypted, _ => port))
            {
                await crowd.GatherAsync();
                crowd.Talk();
                for (var round = 0; round < rounds; round++)
                {
                    await crowd.GoOnAsync(200);
                    await crowd.SettleAsync();
                    using (var failing = await FailFlushesAsync(server))
                    {
                        var (acked, refused) = (crowd.Acked, crowd.Refused.Count());
                        crowd.Talk();
                        await crowd.UntilAsync(
                            () => crowd.Refused.Count() >= refused + (4 * crowd.Peers.Count),
                            "everything to be refused, also when it is sent again"
                        );
                        Assert.Equal(acked, crowd.Acked);
                        await EndAsync(failing);
                    }
                    await crowd.GoOnAsync(crowd.Peers.Count);
                }
                await crowd.SettleAsync();
                Assert.All(crowd.Refused, r => Assert.Equal("unavailable", r.Code));
                crowd.AssertShownOnceAndInOrder();
                crowd.AssertRecovered();
                // Another process, which has nothing in memory.
                await server.KillAsync();
                await server.DisposeAsync();
                server = await ServerProcess.StartOnAsync(data, port);
                await Crowd.AssertKeptAsync(port, Crowd.Encrypted, crowd.Promises());
                Proof.Report($"{rounds} times; {crowd.Figures()}");
            }
            await server.KillAsync();
            KillTests.AssertWhole(Path.Combine(data, "hcchat.db"));
        }
        finally
        {
            await server.DisposeAsync();
            Directory.Delete(data, recursive: true);
        }
    }

    // Every fsync and fdatasync of the server gives EIO from when this returns until the tracer ends.
    private static async Task<Process> FailFlushesAsync(ServerProcess server)
    {
        var pid = server.Pid.ToString(CultureInfo.InvariantCulture);
        var start = new ProcessStartInfo(
            "strace",
            ["-f", "-qq", "-o", "/dev/null", "-e", "inject=fsync,fdatasync:error=EIO", "-p", pid]
        );
        Process tracer;
        try
        {
            tracer = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new InvalidOperationException("This test needs the package strace.", e);
        }
        await Wait.UntilAsync(
            () =>
            {
                Assert.False(
                    tracer.HasExited,
                    "strace may not trace the server: this test needs root, or the right to trace"
                );
                return Directory
                    .GetDirectories($"/proc/{pid}/task")
                    .All(t => !ReadStatus(t).Contains("TracerPid:\t0\n", StringComparison.Ordinal));
            },
            "every thread of the server to be traced"
        );
        return tracer;
    }

    private static string ReadStatus(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "status"));
        }
        catch (IOException)
        {
            return ""; // the thread has ended
        }
    }

    private static async Task EndAsync(Process tracer)
    {
        using var kill = Process.Start("kill", ["-INT", tracer.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        await tracer.WaitForExitAsync();
    }
}
