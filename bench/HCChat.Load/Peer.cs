using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace HCChat.Load;

/// <summary>A server under measurement: its own process, whose CPU time is what is compared.</summary>
internal sealed class Peer : IDisposable
{
    private readonly Process _process;

    private Peer(string name, int port, Process process)
    {
        Name = name;
        Port = port;
        _process = process;
    }

    public string Name { get; }
    public int Port { get; }

    /// <summary>CPU time used since the start, its children's too.</summary>
    public TimeSpan Cpu => Processes().Aggregate(TimeSpan.Zero, (sum, id) => sum + CpuOf(id));

    /// <summary>Memory of its own (not shared, not files), bytes; its children's too.</summary>
    public long Memory => Processes().Sum(id => FigureOf(id, "RssAnon:"));

    /// <summary>The most memory that it has had resident, bytes, files and what it shares included; its children's too.</summary>
    public long MostResident => Processes().Sum(id => FigureOf(id, "VmHWM:"));

    /// <summary>HCChat with every duty on but the limiter, which would refuse a load from one address.</summary>
    /// <param name="data">Its data folder.</param>
    /// <param name="settings">Other settings.</param>
    public static Task<Peer> StartHcchatAsync(string data, params string[] settings)
    {
        var port = FreePort();
        var program =
            Environment.GetEnvironmentVariable("HCCHAT_BIN")
            ?? throw new InvalidOperationException("Start this by ./dev bench.");
        return StartAsync(
            "hcchat",
            port,
            "dotnet",
            [program, "serve", $"--port={port}", $"--data={data}", "--Limits:RateLimit=false", .. settings]
        );
    }

    /// <summary>An ordinary gateway on Node's <c>ws</c>.</summary>
    public static Task<Peer> StartNodeAsync()
    {
        var port = FreePort();
        return StartAsync(
            "node ws",
            port,
            "node",
            ["bench/peers/node-ws.mjs", port.ToString(CultureInfo.InvariantCulture)]
        );
    }

    /// <summary>nginx with a worker for each core, which takes files by PUT into a folder and gives them out of it.</summary>
    /// <param name="folder">The folder.</param>
    public static async Task<Peer> StartNginxAsync(string folder)
    {
        var port = FreePort();
        var settings = Path.Combine(folder, "nginx.conf");
        Directory.CreateDirectory(Path.Combine(folder, "files"));
        await File.WriteAllTextAsync(
            settings,
            $$"""
            daemon off;
            user root;
            worker_processes auto;
            pid {{folder}}/pid;
            error_log {{folder}}/errors;
            events {}
            http {
              access_log off;
              sendfile on;
              client_max_body_size 0;
              client_body_temp_path {{folder}}/incoming;
              proxy_temp_path {{folder}}/p;
              fastcgi_temp_path {{folder}}/f;
              uwsgi_temp_path {{folder}}/u;
              scgi_temp_path {{folder}}/s;
              server {
                listen 127.0.0.1:{{port}};
                root {{folder}}/files;
                location / { dav_methods PUT DELETE; create_full_put_path on; }
              }
            }
            """
        );
        var process = Process.Start("/usr/sbin/nginx", ["-e", $"{folder}/errors", "-p", folder, "-c", settings]);
        for (var from = Stopwatch.StartNew(); ; await Task.Yield())
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(IPAddress.Loopback, port);
                return new Peer("nginx", port, process);
            }
            catch (SocketException) when (!process.HasExited && from.Elapsed < TimeSpan.FromSeconds(30)) { }
        }
    }

    public void Dispose()
    {
        if (Name == "nginx")
        {
            // Asked, it ends its workers.
            using var ask = Process.Start("kill", [_process.Id.ToString(CultureInfo.InvariantCulture)]);
            ask.WaitForExit();
            _process.WaitForExit();
            _process.Dispose();
            return;
        }
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static async Task<Peer> StartAsync(string name, int port, string program, string[] args)
    {
        var process = Process.Start(
            new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.Contains("ready", StringComparison.Ordinal))
            {
                return new Peer(name, port, process);
            }
        }
        throw new InvalidOperationException($"{name} did not start.");
    }

    private IEnumerable<int> Processes() =>
        File.ReadAllText($"/proc/{_process.Id}/task/{_process.Id}/children")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(child => int.Parse(child, CultureInfo.InvariantCulture))
            .Prepend(_process.Id);

    private static TimeSpan CpuOf(int id)
    {
        using var process = Process.GetProcessById(id);
        return process.TotalProcessorTime;
    }

    // KiB, as the kernel writes it.
    private static long FigureOf(int id, string name) =>
        File.ReadLines($"/proc/{id}/status")
            .Where(l => l.StartsWith(name, StringComparison.Ordinal))
            .Select(l =>
                long.Parse(l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024
            )
            .Single();

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
