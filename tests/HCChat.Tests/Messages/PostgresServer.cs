using System.Diagnostics;
using HCChat.Server.Database;
using HCChat.Tests.Messages;
using Npgsql;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace HCChat.Tests.Messages;

/// <summary>A real PostgreSQL server of Debian's package, on a free port of 127.0.0.1, for the whole run. Started when the first test asks for a database.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private static readonly string s_binaries = Directory
        .GetDirectories("/usr/lib/postgresql")
        .OrderBy(d => int.Parse(Path.GetFileName(d), System.Globalization.CultureInfo.InvariantCulture))
        .Last();

    private readonly string _folder = Directory.CreateTempSubdirectory("hcchat-postgres-").FullName;
    private readonly Lazy<int> _port;
    private int _databases;

    public PostgresServer() => _port = new Lazy<int>(Start);

    /// <summary>The connection string of a new, empty database.</summary>
    public string NewDatabase()
    {
        var name = $"test_{Interlocked.Increment(ref _databases)}";
        using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        connection.Open();
        using var create = connection.CreateCommand();
        create.CommandText = $"CREATE DATABASE {name}";
        create.ExecuteNonQuery();
        return ConnectionString(name);
    }

    /// <summary>Takes nobody in any more; those who are there stay.</summary>
    public void Refuse(string database)
    {
        using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText =
            $"ALTER DATABASE {new NpgsqlConnectionStringBuilder(database).Database} WITH ALLOW_CONNECTIONS false";
        command.ExecuteNonQuery();
    }

    /// <summary>Turns everybody away from a database, also those who are there, or lets them in again.</summary>
    public void Admit(string database, bool everybody)
    {
        var name = new NpgsqlConnectionStringBuilder(database).Database!;
        using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS {everybody}";
        command.ExecuteNonQuery();
        command.CommandText = $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'";
        command.ExecuteNonQuery();
    }

    /// <summary>Opens a message log on a new database.</summary>
    internal OpenLog OpenLog(TimeProvider time, HCChat.Server.Messages.HistoryRules? rules = null)
    {
        var connection = NewDatabase();
        return Messages.OpenLog.On(() => SqlDatabase.Postgres(connection), time, rules);
    }

    public ValueTask DisposeAsync()
    {
        if (_port.IsValueCreated)
        {
            NpgsqlConnection.ClearAllPools();
            Run("pg_ctl", "-D", Path.Combine(_folder, "data"), "-m", "immediate", "-w", "stop");
        }
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private string ConnectionString(string database) =>
        $"Host=127.0.0.1;Port={_port.Value};Username=hcchat;Database={database};Pooling=true";

    private int Start()
    {
        if (Environment.UserName == "root")
        {
            using var chown = Process.Start("chown", ["postgres:", _folder]);
            chown.WaitForExit();
        }
        var data = Path.Combine(_folder, "data");
        Run("initdb", "-D", data, "-U", "hcchat", "--auth=trust", "-E", "UTF8", "--no-locale", "--no-sync");
        var port = FreePort.Next();
        Run(
            "pg_ctl",
            "-D",
            data,
            "-l",
            Path.Combine(_folder, "log"),
            "-w",
            "-t",
            "60",
            "-o",
            $"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={_folder} -c fsync=off -c max_connections=200",
            "start"
        );
        return port;
    }

    // initdb and the server refuse to run as root; Debian's package brings a user for them.
    private void Run(string program, params string[] arguments)
    {
        var path = Path.Combine(s_binaries, "bin", program);
        List<string> command =
            Environment.UserName == "root"
                ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", path, .. arguments]
                : [path, .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = _folder,
        };
        using var process = Process.Start(start)!;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
