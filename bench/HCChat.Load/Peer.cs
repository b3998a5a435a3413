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

    /// <summary>CPU time used since the start.</summary>
    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Memory of its own (not shared, not files), bytes.</summary>
    public long Memory =>
        File.ReadLines($"/proc/{_process.Id}/status")
            .Where(l => l.StartsWith("RssAnon:", StringComparison.Ordinal))
            .Select(l =>
                long.Parse(l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024
            )
            .Single();

    /// <summary>HCChat with every duty on but the limiter, which would refuse a load from one address.</summary>
    /// <param name="data">Its data folder.</param>
    public static Task<Peer> StartHcchatAsync(string data)
    {
        var port = FreePort();
        var program =
            Environment.GetEnvironmentVariable("HCCHAT_BIN")
            ?? throw new InvalidOperationException("Start this by ./dev bench.");
        return StartAsync(
            "hcchat",
            port,
            "dotnet",
            [program, "serve", $"--port={port}", $"--data={data}", "--Limits:RateLimit=false"]
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

    public void Dispose()
    {
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

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
