using HCChat.Server;
using HCChat.Server.Database;
using HCChat.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace HCChat.Tests;

/// <summary>The real server in this process, on a free port of 127.0.0.1 and a data folder of its own.</summary>
public sealed class RunningServer : IAsyncDisposable
{
    private string[] _args;
    private readonly string _folder;
    private readonly TimeProvider _time;
    private DataFolder? _data;
    private WebApplication? _app;
    private readonly int _port = FreePort.Next();

    private RunningServer(string[] args, TimeProvider time)
    {
        _args = args;
        _time = time;
        _folder = Directory.CreateTempSubdirectory("hcchat-test-").FullName;
    }

    /// <summary>Where it listens, like <c>http://127.0.0.1:40123</c>; the same after a restart.</summary>
    public string Url => $"http://127.0.0.1:{_port}";

    /// <summary>What shows that one may read its data folder.</summary>
    public string AdminToken =>
        System.Buffers.Text.Base64Url.EncodeToString(
            File.ReadAllBytes(Path.Combine(_folder, "secrets", "admin.token"))
        );

    /// <summary>The WebSocket address.</summary>
    public Uri WebSocket => new($"ws://127.0.0.1:{_port}/chat-ws");

    /// <summary>Starts a server with settings as on the command line of <c>hcchat serve</c>.</summary>
    public static Task<RunningServer> StartAsync(params string[] args) => StartAsync(TimeProvider.System, args);

    /// <summary>The same with a clock of the test's own.</summary>
    public static async Task<RunningServer> StartAsync(TimeProvider time, params string[] args)
    {
        var server = new RunningServer(args, time);
        await server.StartAsync();
        return server;
    }

    /// <summary>Stops and starts it again on the same port and data.</summary>
    /// <param name="args">Other settings than before; none: the same.</param>
    public async Task RestartAsync(params string[] args)
    {
        await StopAsync();
        _args = args.Length > 0 ? args : _args;
        await StartAsync();
    }

    /// <summary>Ends and starts it again as after a crash: from some moment on nothing reaches the disk, and nobody writes down where things stood.</summary>
    public async Task CrashAsync()
    {
        _app!.Services.GetRequiredService<Writer>().Dispose();
        await RestartAsync();
    }

    /// <summary>A part of it.</summary>
    public T Service<T>()
        where T : notnull => _app!.Services.GetRequiredService<T>();

    /// <summary>How many files its object store has, whatever its index says.</summary>
    public int CountObjectFiles() => ObjectFiles().Length;

    /// <summary>The files of its object store.</summary>
    public string[] ObjectFiles() =>
        Directory.GetFiles(Path.Combine(_folder, "objects", "files"), "*", SearchOption.AllDirectories);

    /// <summary>How many rows one of its tables has.</summary>
    public long CountRows(string table)
    {
        using var connection = _app!.Services.GetRequiredService<SqlDatabase>().Connect();
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT count(*) FROM {table}";
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>Changes rows behind the server's back, as time would.</summary>
    public void Change(string sql)
    {
        using var connection = _app!.Services.GetRequiredService<SqlDatabase>().Connect();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>The same in the index of its object store.</summary>
    public void ChangeStore(string sql)
    {
        using var connection = OpenStore();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>How many rows a table of that index has.</summary>
    public long CountStoreRows(string table)
    {
        using var connection = OpenStore();
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT count(*) FROM {table}";
        return (long)command.ExecuteScalar()!;
    }

    private SqliteConnection OpenStore()
    {
        var index = Path.Combine(_folder, "objects", "index.db");
        var connection = new SqliteConnection($"Data Source={index};Pooling=False;Default Timeout=30");
        connection.Open();
        return connection;
    }

    /// <summary>Stops it; <see cref="RestartAsync"/> brings it back.</summary>
    public async Task StopAsync()
    {
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
            _data!.Dispose();
            _app = null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartAsync()
    {
        var (options, configuration) = Settings.Load([$"--port={_port}", $"--data={_folder}", .. _args]);
        _data = DataFolder.Open(options.Data);
        _app = ServerHost.Build(options, configuration, _data, _time);
        await _app.StartAsync();
    }
}
