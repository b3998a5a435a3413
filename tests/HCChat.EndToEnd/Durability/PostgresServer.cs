using System.Diagnostics;
using System.Globalization;
using HCChat.EndToEnd.Harness;

namespace HCChat.EndToEnd.Durability;

/// <summary>A PostgreSQL server of Debian's package on a free port of 127.0.0.1, for one test; it can fall silent, die and come back.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private readonly string _folder = ServerProcess.NewFolder();
    private readonly string _binaries;
    private readonly int _port = FreePort.Next();

    private PostgresServer(string binaries) => _binaries = binaries;

    /// <summary>Where the server under test finds its database.</summary>
    public string ConnectionString => $"Host=127.0.0.1;Port={_port};Username=hcchat;Database=postgres";

    private string Data => Path.Combine(_folder, "data");

    /// <summary>Makes a cluster with an empty database that has the schema.</summary>
    public static async Task<PostgresServer> CreateAsync()
    {
        const string packages = "/usr/lib/postgresql";
        var newest = Directory.Exists(packages)
            ? Directory
                .GetDirectories(packages)
                .MaxBy(d => int.Parse(Path.GetFileName(d), CultureInfo.InvariantCulture))
            : null;
        var server = new PostgresServer(
            Path.Combine(
                newest ?? throw new InvalidOperationException("This test needs the package postgresql."),
                "bin"
            )
        );
        try
        {
            if (Environment.UserName == "root")
            {
                await Tool.RunAsync("chown", "postgres:", server._folder);
            }
            await server.RunAsync(
                "initdb",
                "-D",
                server.Data,
                "-U",
                "hcchat",
                "--auth=trust",
                "-E",
                "UTF8",
                "--no-locale",
                "--no-sync"
            );
            await server.StartAsync();
            await server.MigrateAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Starts it; returns when it takes connections. Its fsync is off, which only the machine's crash would show; its synchronous_commit too, which a
    /// crash of its processes does show, and which the server under test must not rely on.
    /// </summary>
    public Task StartAsync() =>
        RunAsync(
            "pg_ctl",
            "-D",
            Data,
            "-l",
            Path.Combine(_folder, "log"),
            "-w",
            "-t",
            "60",
            "-o",
            $"-c listen_addresses=127.0.0.1 -c port={_port} -c unix_socket_directories={_folder} -c fsync=off -c synchronous_commit=off",
            "start"
        );

    /// <summary>Ends it at once, as a crash does.</summary>
    public Task CrashAsync() => RunAsync("pg_ctl", "-D", Data, "-m", "immediate", "-w", "stop");

    /// <summary>Stops all its processes where they stand: connections stay open and nothing answers.</summary>
    public Task FreezeAsync() => SignalAsync("-STOP");

    /// <summary>Lets them go on.</summary>
    public Task ThawAsync() => SignalAsync("-CONT");

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(Path.Combine(Data, "postmaster.pid")))
        {
            await ThawAsync();
            await CrashAsync();
        }
        Directory.Delete(_folder, recursive: true);
    }

    private async Task SignalAsync(string signal)
    {
        var postmaster = (await File.ReadAllLinesAsync(Path.Combine(Data, "postmaster.pid")))[0];
        // The children of the postmaster are the server's processes; it itself goes first, so that no new ones come.
        await Tool.RunAsync("kill", signal, postmaster);
        foreach (var child in Directory.GetDirectories("/proc").Where(d => ParentOf(d) == postmaster))
        {
            await Tool.RunAsync("kill", signal, Path.GetFileName(child));
        }
    }

    private static string? ParentOf(string process)
    {
        try
        {
            // pid (name) state parent …
            var stat = File.ReadAllText(Path.Combine(process, "stat"));
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private async Task MigrateAsync()
    {
        var (exitCode, said, error) = await ServerProcess.RunAsync(
            [$"--Database:Postgres={ConnectionString}"],
            verb: "migrate"
        );
        Assert.True(exitCode == 0, said + error);
    }

    // initdb and the server refuse to run as root; Debian's package brings a user for them.
    private async Task RunAsync(string program, params string[] arguments)
    {
        var path = Path.Combine(_binaries, program);
        List<string> command =
            Environment.UserName == "root"
                ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", path, .. arguments]
                : [path, .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..]) { WorkingDirectory = _folder };
        // pg_ctl leaves a server behind that keeps what it inherited, so its output is not waited for.
        start.RedirectStandardOutput = true;
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program} failed");
    }
}
