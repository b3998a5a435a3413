using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using HCChat.EndToEnd.Harness;

namespace HCChat.EndToEnd;

/// <summary>A start that cannot succeed says why in one plain sentence and ends with a code that is not zero.</summary>
public sealed class StartupTests
{
    public static TheoryData<string, string> WrongSettings =>
        new()
        {
            { "--Nope:Key=1", "Nope" },
            { "--Limits:Nope=1", "Nope" },
            { "--nope=1", "nope" },
            { "--Limits:RateLimit=maybe", "RateLimit" },
            { "--Limits:RateLimit=", "RateLimit" },
            { "--port=abc", "port" },
            { "--port=99999", "port" },
            { "--port=-1", "port" },
            { "--urls=nonsense", "urls" },
            { "--roles=gateway,nosuch", "nosuch" },
            { "--roles=", "roles" },
            { "--Gateway:TrustedProxies=nonsense", "TrustedProxies" },
            { "--Gateway:AllowedOrigins=nonsense", "AllowedOrigins" },
            { "--Compat:TripSaltFile=/nosuch/salt.key", "salt" },
            { "--config=/nosuch/settings.json", "settings.json" },
            { "stray", "stray" },
        };

    [Theory]
    [MemberData(nameof(WrongSettings))]
    public async Task A_wrong_setting_stops_the_start_with_a_sentence_that_names_it(string argument, string named)
    {
        var data = ServerProcess.NewFolder();
        var ended = await ServerProcess.RunAsync([.. Here(data, FreePort.Next()), argument]);
        AssertPlainSentence(ended, named);
        Directory.Delete(data, recursive: true);
    }

    [Theory]
    [InlineData("HCCHAT_Limits__Nope", "1", "Nope")]
    [InlineData("HCCHAT_Limits__RateLimit", "maybe", "RateLimit")]
    public async Task A_wrong_setting_in_the_environment_stops_the_start_too(string name, string value, string named)
    {
        var data = ServerProcess.NewFolder();
        var environment = new Dictionary<string, string> { [name] = value };
        AssertPlainSentence(await ServerProcess.RunAsync(Here(data, FreePort.Next()), environment), named);
        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task A_taken_port_is_said()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var data = ServerProcess.NewFolder();
        AssertPlainSentence(
            await ServerProcess.RunAsync(Here(data, port)),
            port.ToString(CultureInfo.InvariantCulture)
        );
        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task A_data_folder_that_cannot_be_written_is_said()
    {
        var file = Path.GetTempFileName();
        var folder = Path.Combine(file, "data");
        AssertPlainSentence(await ServerProcess.RunAsync(Here(folder, FreePort.Next())), folder);
        AssertPlainSentence(await ServerProcess.RunAsync(Here(file, FreePort.Next())), file);
        AssertPlainSentence(await ServerProcess.RunAsync(Here("/proc/hcchat", FreePort.Next())), "/proc/hcchat");
        File.Delete(file);
    }

    [Fact]
    public async Task A_second_instance_on_the_same_data_is_said_and_the_first_goes_on()
    {
        await using var first = await ServerProcess.StartAsync();
        AssertPlainSentence(await ServerProcess.RunAsync(Here(first.Data, FreePort.Next())), first.Data);
        using var socket = await (await RawSocket.OpenAsync(first.Port)).JoinAsync("still", "here");
    }

    [Fact]
    public async Task The_data_of_a_killed_instance_can_be_used_again()
    {
        var data = ServerProcess.NewFolder();
        for (var life = 0; life < 2; life++)
        {
            await using var server = await ServerProcess.StartLimitedAsync($"--data={data}");
            using var socket = await (await RawSocket.OpenAsync(server.Port)).JoinAsync("room", "ann");
        }
        Directory.Delete(data, recursive: true);
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public async Task Every_generated_secret_is_for_the_owner_alone()
    {
        await using var server = await ServerProcess.StartAsync();
        using var socket = await (await RawSocket.OpenAsync(server.Port)).JoinOursAsync("room", "ann");
        var files = Directory
            .GetFiles(server.Data, "*", SearchOption.AllDirectories)
            .Where(f => new FileInfo(f).Length > 0)
            .ToList();
        Assert.NotEmpty(files);
        const UnixFileMode ours = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        foreach (var file in files)
        {
            Assert.Equal(ours, File.GetUnixFileMode(file) | ours);
        }
    }

    private static string[] Here(string data, int port) =>
        ["--data", data, "--port", port.ToString(CultureInfo.InvariantCulture)];

    private static void AssertPlainSentence((int ExitCode, string Out, string Error) ended, string named)
    {
        Assert.NotEqual(0, ended.ExitCode);
        var lines = ended.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var said = Assert.Single(lines);
        Assert.Contains(named, said, StringComparison.OrdinalIgnoreCase);
        Assert.EndsWith(".", said.TrimEnd(), StringComparison.Ordinal);
        foreach (var inside in new[] { "   at ", "Exception", "System.", "Microsoft." })
        {
            Assert.DoesNotContain(inside, ended.Error + ended.Out, StringComparison.Ordinal);
        }
    }
}
