using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using HCChat.EndToEnd.Harness;

namespace HCChat.EndToEnd.Calls;

/// <summary>A relay of Debian's package coturn under the configuration that we give to operators, on a free port of 127.0.0.1.</summary>
internal sealed class Coturn : IAsyncDisposable
{
    private readonly string _folder = ServerProcess.NewFolder();
    private readonly Process _process;

    private Coturn(string configuration, string[] secrets)
    {
        Port = FreePort.Next();
        var file = Path.Combine(_folder, "turnserver.conf");
        File.WriteAllText(file, Fill(configuration, secrets));
        var start = new ProcessStartInfo(
            "turnserver",
            [
                "-c",
                file,
                "--listening-ip=127.0.0.1",
                "--relay-ip=127.0.0.1",
                "--relay-ip=::1",
                $"--listening-port={Port.ToString(CultureInfo.InvariantCulture)}",
                "--no-tls",
                "--no-dtls",
                $"--pidfile={Path.Combine(_folder, "pid")}",
                $"--userdb={Path.Combine(_folder, "turndb")}",
                $"--log-file={Path.Combine(_folder, "log")}",
                "--simple-log",
                "--no-stdout-log",
            ]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Where it listens, UDP and TCP.</summary>
    public int Port { get; }

    /// <summary>Starts one that knows these secrets; returns when it answers.</summary>
    public static async Task<Coturn> StartAsync(params string[] secrets)
    {
        var root = Path.Combine(AppContext.BaseDirectory, "docs", "coturn", "turnserver.conf");
        var coturn = new Coturn(await File.ReadAllTextAsync(root), secrets);
        await Wait.UntilAsync(coturn.ListensAsync, "coturn", TimeSpan.FromMinutes(1));
        return coturn;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<bool> ListensAsync()
    {
        try
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync("127.0.0.1", Port);
            return true;
        }
        catch (SocketException) when (!_process.HasExited)
        {
            return false;
        }
    }

    // As an operator would; what names certificates is for TLS, which is off here.
    private static string Fill(string configuration, string[] secrets) =>
        string.Join(
            '\n',
            configuration
                .Replace("TURN.EXAMPLE", "turn.test", StringComparison.Ordinal)
                .Split('\n')
                .Where(l =>
                    !l.StartsWith("cert=", StringComparison.Ordinal) && !l.StartsWith("pkey=", StringComparison.Ordinal)
                )
                .SelectMany(l =>
                    l == "static-auth-secret=SECRET" ? secrets.Select(s => "static-auth-secret=" + s) : [l]
                )
        );
}
