using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace HCChat.EndToEnd.Harness;

/// <summary>A real <c>hcchat serve</c> process on a free port of the loopback address, with a data folder of its own.</summary>
public sealed partial class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(60);
    private static readonly HttpClient s_http = new();

    // A small nursery, no concurrent collector and no recompilation: what remains in memory is then what the program holds.
    private static readonly Dictionary<string, string> s_steady = new()
    {
        ["DOTNET_GCGen0MaxBudget"] = "0x100000",
        ["DOTNET_gcConcurrent"] = "0",
        ["DOTNET_TieredCompilation"] = "0",
    };

    private readonly string[] _args;
    private readonly Dictionary<string, string> _environment;
    private readonly StringBuilder _output = new();
    private readonly Lock _outputLock = new();
    private Process _process = null!;
    private bool _disposed;

    private readonly bool _ownsData;

    private ServerProcess(string[] args, Dictionary<string, string>? environment = null)
    {
        (_args, _environment, Data, Port) = (args, environment ?? [], NewFolder(), FreePort.Next());
        _ownsData = true;
    }

    private ServerProcess(string[] args, string data, int port) =>
        (_args, _environment, Data, Port) = (args, [], data, port);

    /// <summary>The data folder; deleted with this object unless the caller brought it.</summary>
    public string Data { get; }

    public int Port { get; }

    public int Pid => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Everything that the process wrote on both streams.</summary>
    public string Output
    {
        get
        {
            lock (_outputLock)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Resident anonymous memory in KiB.</summary>
    public long RssAnonKiB =>
        long.Parse(
            RssAnon().Match(File.ReadAllText($"/proc/{Pid}/status")).Groups[1].Value,
            CultureInfo.InvariantCulture
        );

    /// <summary>Starts a server without rate limits and waits until it is ready.</summary>
    public static Task<ServerProcess> StartAsync(params string[] args) =>
        StartLimitedAsync(["--Limits:RateLimit=false", .. args]);

    /// <summary>Starts a server without rate limits whose memory can be measured to a few hundred KiB.</summary>
    public static async Task<ServerProcess> StartSteadyAsync()
    {
        var server = new ServerProcess(["--Limits:RateLimit=false"], s_steady);
        await server.LaunchAsync();
        return server;
    }

    /// <summary>Starts a server with just these arguments and waits until it is ready.</summary>
    public static async Task<ServerProcess> StartLimitedAsync(params string[] args)
    {
        var server = new ServerProcess(args);
        await server.LaunchAsync();
        return server;
    }

    /// <summary>Starts a server without rate limits on a data folder and a port that are the caller's, and waits until it is ready.</summary>
    public static async Task<ServerProcess> StartOnAsync(string data, int port, params string[] args)
    {
        var server = new ServerProcess(["--Limits:RateLimit=false", .. args], data, port);
        try
        {
            await server.LaunchAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>From the start of the process until it was ready.</summary>
    public TimeSpan StartTook { get; private set; }

    /// <summary>Runs the executable to its end, as an operator does who has made a mistake.</summary>
    public static async Task<(int ExitCode, string Out, string Error)> RunAsync(
        string[] args,
        IReadOnlyDictionary<string, string>? environment = null,
        string verb = "serve"
    )
    {
        using var process = Process.Start(StartInfo(args, environment, verb))!;
        var (stdout, stderr) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(s_startLimit, TimeProvider.System);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw new TimeoutException($"it did not end by itself; it wrote: {await stdout}{await stderr}");
        }
        return (process.ExitCode, await stdout, await stderr);
    }

    public static string NewFolder() => Directory.CreateTempSubdirectory("hcchat-e2e-").FullName;

    /// <summary>Sends SIGTERM and returns the exit code and how long the end took.</summary>
    public async Task<(int ExitCode, TimeSpan Took)> TerminateAsync()
    {
        var from = TimeProvider.System.GetTimestamp();
        await SignalAsync("TERM");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        await _process.WaitForExitAsync(limit.Token);
        return (_process.ExitCode, TimeProvider.System.GetElapsedTime(from));
    }

    /// <summary>SIGKILL: the process has no say in it.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Stops the process where it stands (SIGSTOP); returns when none of its threads runs any more.</summary>
    public async Task FreezeAsync()
    {
        await SignalAsync("STOP");
        await Wait.UntilAsync(
            () => Directory.GetDirectories($"/proc/{Pid}/task").All(t => ThreadState().IsMatch(ReadAll(t + "/stat"))),
            "every thread of the server to stop"
        );
    }

    /// <summary>Sends a signal.</summary>
    /// <param name="name">Without SIG.</param>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", Pid.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Waits until three readings of the memory, half a second apart, differ by less than 100 KiB; gives the last.</summary>
    public async Task<long> SettledRssKiBAsync()
    {
        var readings = new List<long>();
        for (var i = 0; i < 60; i++)
        {
            readings.Add(RssAnonKiB);
            if (readings.Count >= 3 && readings.TakeLast(3).Max() - readings.TakeLast(3).Min() < 100)
            {
                break;
            }
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
        }
        return readings[^1];
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }
        _disposed = true;
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }
        _process.Dispose();
        if (_ownsData)
        {
            Directory.Delete(Data, recursive: true);
        }
    }

    /// <summary>How a verb is started.</summary>
    internal static ProcessStartInfo StartInfo(
        string[] args,
        IReadOnlyDictionary<string, string>? environment = null,
        string verb = "serve"
    )
    {
        var path = Executable();
        var info = new ProcessStartInfo(
            path.EndsWith(".dll", StringComparison.Ordinal) ? "dotnet" : path,
            path.EndsWith(".dll", StringComparison.Ordinal) ? [path, verb, .. args] : [verb, .. args]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            info.Environment[name] = value;
        }
        return info;
    }

    // HCCHAT_BIN, else the build output that lies beside this project's own, of the same configuration.
    private static string Executable()
    {
        if (Environment.GetEnvironmentVariable("HCCHAT_BIN") is { Length: > 0 } path)
        {
            return path;
        }
        var kind = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        return Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../HCChat.Cli", kind, "hcchat.dll"));
    }

    private async Task LaunchAsync()
    {
        var from = TimeProvider.System.GetTimestamp();
        _process = Process.Start(
            StartInfo(["--port", Port.ToString(CultureInfo.InvariantCulture), "--data", Data, .. _args], _environment)
        )!;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await Wait.UntilAsync(
            async () =>
            {
                Assert.False(_process.HasExited, $"the server ended before it was ready: {Output}");
                return Url().IsMatch(Output) && await IsReadyAsync();
            },
            "the server to be ready",
            s_startLimit
        );
        StartTook = TimeProvider.System.GetElapsedTime(from);
    }

    // A thread that has ended meanwhile runs no more than one that is stopped.
    private static string ReadAll(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return ") T";
        }
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await s_http.GetAsync(new Uri($"http://127.0.0.1:{Port}/readyz"));
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            lock (_outputLock)
            {
                _output.AppendLine(line);
            }
        }
    }

    [GeneratedRegex(@"^RssAnon:\s+(\d+)", RegexOptions.Multiline)]
    private static partial Regex RssAnon();

    [GeneratedRegex(@"\) [TtXZ]")]
    private static partial Regex ThreadState();

    [GeneratedRegex(@"https?://\S+")]
    private static partial Regex Url();
}
