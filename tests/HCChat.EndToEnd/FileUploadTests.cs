using System.Diagnostics;
using System.Security.Cryptography;
using HCChat.Crypto;
using HCChat.EndToEnd.Harness;

namespace HCChat.EndToEnd;

/// <summary>The real command sends a file to a real server, is killed on the way, and goes on.</summary>
public sealed class FileUploadTests : IDisposable
{
    private const int Size = 100_000_000;
    private const int Slack = 8_000_000; // what is asked beside the bytes, and what is under way when somebody is killed
    private const long Part = 256L * 65_552;

    private readonly string _folder = ServerProcess.NewFolder();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_command_that_is_killed_while_it_sends_a_file_goes_on_where_it_was(bool named)
    {
        var (data, port) = (Path.Combine(_folder, "server"), FreePort.Next());
        await using var narrows = new Narrows(port, 45_000_000);
        await using var server = await ServerProcess.StartOnAsync(
            data,
            port,
            $"--Storage:PublicEndpoint=http://127.0.0.1:{narrows.Port}"
        );
        using var link = InviteLink.NewRoom(new Uri($"http://127.0.0.1:{port}"), "films");
        var source = Path.Combine(_folder, "film.mkv");
        var bytes = RandomNumberGenerator.GetBytes(Size);
        await File.WriteAllBytesAsync(source, bytes, Stop);
        string[] send = named ? ["--file", source, "--nick", "ann"] : ["--file", source];

        using (var first = Start(link, "send", send))
        {
            await narrows.Stuck.WaitAsync(TimeSpan.FromMinutes(2), TimeProvider.System, Stop);
            Assert.False(first.HasExited);
            first.Kill();
            await first.WaitForExitAsync(Stop);
        }
        narrows.Open();

        Assert.Equal((0, "", ""), await EndAsync(link, "send", send));
        // What it takes beside the bytes themselves is little.
        Assert.InRange(narrows.Passed, Size, Size + Part + Slack);
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder, "state", "hcchat", "uploads")));

        var target = Path.Combine(_folder, "got.mkv");
        Assert.Equal((0, target + "\n", ""), await EndAsync(link, "download", ["--latest", "-o", target]));
        Assert.Equal(SHA256.HashData(bytes), SHA256.HashData(await File.ReadAllBytesAsync(target, Stop)));
        var (_, history, _) = await EndAsync(link, "history", []);
        Assert.Equal(
            1,
            history.Split('\n').Count(line => line.Contains("📎 film.mkv (100.0 MB)", StringComparison.Ordinal))
        );
    }

    [Fact]
    public async Task A_server_that_is_killed_while_a_file_comes_gets_the_rest_when_it_is_back()
    {
        var (data, port) = (Path.Combine(_folder, "server"), FreePort.Next());
        await using var narrows = new Narrows(port, 45_000_000);
        var endpoint = $"--Storage:PublicEndpoint=http://127.0.0.1:{narrows.Port}";
        var server = await ServerProcess.StartOnAsync(data, port, endpoint);
        using var link = InviteLink.NewRoom(new Uri($"http://127.0.0.1:{port}"), "films");
        var source = Path.Combine(_folder, "film.mkv");
        var bytes = RandomNumberGenerator.GetBytes(Size);
        await File.WriteAllBytesAsync(source, bytes, Stop);

        var sending = EndAsync(link, "send", ["--file", source, "--nick", "ann"]);
        await narrows.Stuck.WaitAsync(TimeSpan.FromMinutes(2), TimeProvider.System, Stop);
        await server.KillAsync();
        await server.DisposeAsync();
        narrows.Open();
        await using var again = await ServerProcess.StartOnAsync(data, port, endpoint);

        Assert.Equal(0, (await sending).Exit);
        var target = Path.Combine(_folder, "got.mkv");
        Assert.Equal(0, (await EndAsync(link, "download", ["--latest", "-o", target])).Exit);
        Assert.Equal(SHA256.HashData(bytes), SHA256.HashData(await File.ReadAllBytesAsync(target, Stop)));
        Assert.InRange(narrows.Passed, Size, Size + Part + Slack);
    }

    private async Task<(int Exit, string Output, string Error)> EndAsync(InviteLink link, string verb, string[] args)
    {
        using var process = Start(link, verb, args);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(Stop), process.StandardError.ReadToEndAsync(Stop));
        await process.WaitForExitAsync(Stop);
        return (process.ExitCode, await output, await error);
    }

    private Process Start(InviteLink link, string verb, string[] args)
    {
        var environment = new Dictionary<string, string>
        {
            ["HCCHAT_ROOM"] = link.FormatWithSecret(),
            ["XDG_STATE_HOME"] = Path.Combine(_folder, "state"),
            ["XDG_DATA_HOME"] = Path.Combine(_folder, "data"),
            ["LC_ALL"] = "C.UTF-8",
        };
        return Process.Start(ServerProcess.StartInfo(args, environment, verb))!;
    }
}
