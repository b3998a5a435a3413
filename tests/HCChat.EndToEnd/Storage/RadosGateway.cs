using System.Diagnostics;
using System.Globalization;
using System.Text;
using HCChat.EndToEnd.Harness;

namespace HCChat.EndToEnd.Storage;

/// <summary>
/// An S3 server that is not ours: Ceph's radosgw of Debian's packages radosgw, ceph-mon and ceph-osd, on free ports of 127.0.0.1, with its data in memory. One monitor, one
/// OSD and the gateway, each in the foreground, so that they end with this object.
/// </summary>
internal sealed class RadosGateway : IAsyncDisposable
{
    private static readonly TimeSpan s_startLimit = TimeSpan.FromMinutes(3);

    private readonly string _folder = ServerProcess.NewFolder();
    private readonly int _port = FreePort.Next();
    private readonly List<Process> _processes = [];
    private readonly StringBuilder _output = new();

    private RadosGateway() { }

    /// <summary>Its access key and its secret.</summary>
    public const string AccessKey = "hcchat";

    /// <inheritdoc cref="AccessKey"/>
    public const string SecretKey = "hcchatsecret";

    /// <summary>Where it listens.</summary>
    public string Url => $"http://127.0.0.1:{_port}";

    /// <summary>Starts one; returns when it answers.</summary>
    public static async Task<RadosGateway> StartAsync()
    {
        var gateway = new RadosGateway();
        try
        {
            await gateway.LaunchAsync();
            return gateway;
        }
        catch (Exception e)
        {
            var output = gateway.Output();
            await gateway.DisposeAsync();
            throw new InvalidOperationException($"radosgw did not start: {e.Message}\n{output}", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in Enumerable.Reverse(_processes))
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
        Directory.Delete(_folder, recursive: true);
    }

    private async Task LaunchAsync()
    {
        foreach (var folder in new[] { "mon", "osd", "run" })
        {
            Directory.CreateDirectory(Path.Combine(_folder, folder));
        }
        var (v2, v1) = (FreePort.Next(), FreePort.Next());
        var (cluster, osd) = (Guid.NewGuid().ToString(), Guid.NewGuid().ToString());
        var monitors = $"[v2:127.0.0.1:{v2},v1:127.0.0.1:{v1}]";
        await File.WriteAllTextAsync(Path.Combine(_folder, "ceph.conf"), Configuration(cluster, monitors));
        await KeyAsync("mon.", "--create-keyring", ("mon", "allow *"));
        await KeyAsync("client.admin", null, ("mon", "allow *"), ("osd", "allow *"));
        await KeyAsync("client.rgw", null, ("mon", "allow rwx"), ("osd", "allow rwx"));
        await KeyAsync("osd.0", null, ("mon", "allow profile osd"), ("osd", "allow *"));
        await RunAsync("monmaptool", "--create", "--fsid", cluster, "--addv", "a", monitors, "monmap");
        await RunAsync("ceph-mon", "--mkfs", "-i", "a", "--monmap", "monmap", "--keyring", "keyring");
        Serve("ceph-mon", "-f", "-i", "a");
        await RunAsync("ceph", "--connect-timeout", "60", "osd", "new", osd);
        await RunAsync("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd);
        Serve("ceph-osd", "-f", "-i", "0");
        Serve("radosgw", "-f", "-n", "client.rgw");
        using var http = new HttpClient();
        await Wait.UntilAsync(
            async () =>
            {
                Assert.All(_processes, p => Assert.False(p.HasExited));
                try
                {
                    using var answer = await http.GetAsync(new Uri(Url));
                    return true;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            "radosgw to answer",
            s_startLimit
        );
        await RunAsync(
            "radosgw-admin",
            "-n",
            "client.rgw",
            "user",
            "create",
            "--uid=hcchat",
            "--display-name=hcchat",
            $"--access-key={AccessKey}",
            $"--secret-key={SecretKey}"
        );
    }

    // auth none would make the gateway hang; one OSD may hold everything, in memory.
    private string Configuration(string cluster, string monitors) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            [global]
            fsid = {cluster}
            mon_host = {monitors}
            public_addr = 127.0.0.1
            cluster_addr = 127.0.0.1
            auth_cluster_required = cephx
            auth_service_required = cephx
            auth_client_required = cephx
            auth_allow_insecure_global_id_reclaim = false
            osd_pool_default_size = 1
            osd_pool_default_min_size = 1
            osd_pool_default_pg_num = 4
            osd_pool_default_pgp_num = 4
            osd_pool_default_pg_autoscale_mode = off
            osd_crush_chooseleaf_type = 0
            mon_allow_pool_size_one = true
            mon_max_pg_per_osd = 1000
            mon_data = {_folder}/mon
            mon_data_avail_crit = 1
            mon_data_avail_warn = 1
            osd_data = {_folder}/osd
            osd_objectstore = memstore
            memstore_device_bytes = 1073741824
            run_dir = {_folder}/run
            admin_socket = {_folder}/run/$name.asok
            pid_file = {_folder}/run/$name.pid
            log_file = {_folder}/run/$name.log
            crash_dir = {_folder}/run
            keyring = {_folder}/keyring
            rgw_data = {_folder}/run
            rgw_frontends = beast endpoint=127.0.0.1:{_port}
            rgw_thread_pool_size = 32

            """
        );

    private Task KeyAsync(string name, string? create, params (string Of, string May)[] rights) =>
        RunAsync(
            "ceph-authtool",
            [
                .. create is null ? (string[])[] : [create],
                "keyring",
                "--gen-key",
                "-n",
                name,
                .. rights.SelectMany(r => new[] { "--cap", r.Of, r.May }),
            ]
        );

    private async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Start(program, arguments);
        using var limit = new CancellationTokenSource(s_startLimit, TimeProvider.System);
        await process.WaitForExitAsync(limit.Token);
        Assert.True(process.ExitCode == 0, $"`{program} {string.Join(' ', arguments)}` failed");
    }

    private void Serve(string program, params string[] arguments) => _processes.Add(Start(program, arguments));

    private Process Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = _folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["CEPH_CONF"] = Path.Combine(_folder, "ceph.conf");
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private void Keep(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }
    }

    private string Output()
    {
        lock (_output)
        {
            return _output.ToString();
        }
    }
}
