using System.Data.Common;
using System.Net.Sockets;
using HCChat.Server.Hosting;
using Microsoft.Data.Sqlite;
using Npgsql;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Server.Database;

/// <summary>What became of a statement that failed.</summary>
internal enum Failure
{
    /// <summary>No space is left.</summary>
    Full,

    /// <summary>The database does not answer, or cannot do it now.</summary>
    Unavailable,
}

/// <summary>
/// Where rows are: one SQLite file in the data folder, or a PostgreSQL server. Both are spoken to with the same SQL; what differs between
/// them is in this class and nowhere else.
/// </summary>
internal sealed class SqlDatabase : IDisposable
{
    /// <summary>A statement that takes longer is given up, seconds: who waits for an acknowledgement shall hear of it within two.</summary>
    private const int PostgresTimeout = 1;

    /// <summary>How long SQLite waits for another process's lock (a backup), seconds.</summary>
    private const int SqliteTimeout = 5;

    /// <summary>Below this a failed write is the full disk's doing, whatever the error says; bytes.</summary>
    private const long SpaceLeft = 1 << 20;

    /// <summary>PostgreSQL's advisory lock of whoever writes; a number of our own.</summary>
    private const long WriterLock = 0x6863_6368_6174; // "hcchat"

    private static readonly HashSet<string> s_troubles = ["08", "40", "53", "57", "58"];

    private readonly DbDataSource? _postgres;
    private readonly string _connection;
    private readonly string? _file;

    private SqlDatabase(DbDataSource? postgres, string connection, string? file)
    {
        _postgres = postgres;
        _connection = connection;
        _file = file;
    }

    /// <summary>Whether it is PostgreSQL.</summary>
    public bool IsPostgres => _postgres is not null;

    /// <summary>The SQLite file <paramref name="path"/>, made when it is not there, for its owner alone.</summary>
    public static SqlDatabase Sqlite(string path)
    {
        if (!OperatingSystem.IsWindows() && !File.Exists(path))
        {
            var mine = new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            };
            using (new FileStream(path, mine)) { }
        }
        var connection = new SqliteConnectionStringBuilder { DataSource = path, DefaultTimeout = SqliteTimeout };
        return new SqlDatabase(null, connection.ToString(), path);
    }

    /// <summary>A PostgreSQL server.</summary>
    /// <param name="connection">Npgsql's connection string.</param>
    /// <exception cref="StartException">It is not one.</exception>
    public static SqlDatabase Postgres(string connection)
    {
        try
        {
            var settings = new NpgsqlConnectionStringBuilder(connection)
            {
                CommandTimeout = PostgresTimeout,
                Timeout = PostgresTimeout,
                CancellationTimeout = -1, // a server that does not answer does not answer that either
                MaxAutoPrepare = 50,
                AutoPrepareMinUsages = 2,
                ApplicationName = "hcchat",
            };
            return new SqlDatabase(NpgsqlDataSource.Create(settings), settings.ToString(), null);
        }
        catch (ArgumentException)
        {
            throw new StartException(
                Say(
                    "Database:Postgres is not a connection string like Host=127.0.0.1;Username=hcchat;Database=hcchat.",
                    "Database:Postgres 不是 Host=127.0.0.1;Username=hcchat;Database=hcchat 这样的连接字符串。"
                )
            );
        }
    }

    /// <summary>An open connection; the caller disposes it.</summary>
    /// <exception cref="DbException">There is none to be had.</exception>
    public DbConnection Connect()
    {
        var connection = _postgres?.CreateConnection() ?? new SqliteConnection(_connection);
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>
    /// An open connection of which there is one at a time, on PostgreSQL over all processes: lists are numbered by whoever has it. It is given up with the
    /// session, so that a commit of a predecessor that is still under way there has ended before anybody goes on.
    /// </summary>
    /// <exception cref="DbException">There is none to be had.</exception>
    /// <exception cref="TimeoutException">Another one writes.</exception>
    public DbConnection ConnectWriter()
    {
        var connection = IsPostgres
            ? new NpgsqlConnection(_connection + ";Pooling=false")
            : (DbConnection)new SqliteConnection(_connection);
        try
        {
            connection.Open();
            PrepareWriter(connection);
            if (IsPostgres)
            {
                TakeOver(connection);
            }
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <inheritdoc cref="Connect"/>
    public async Task<DbConnection> ConnectAsync()
    {
        if (_postgres is not null)
        {
            return await _postgres.OpenConnectionAsync();
        }
        var connection = new SqliteConnection(_connection);
        try
        {
            await connection.OpenAsync();
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether there is somebody there at all; found out within a second or two.</summary>
    public bool Answers()
    {
        try
        {
            using var connection = Connect();
            using var ask = connection.CreateCommand();
            ask.CommandText = "SELECT 1";
            return ask.ExecuteScalar() is not null;
        }
        catch (Exception e) when (Classify(e) is not null)
        {
            return false;
        }
    }

    /// <summary>Does something with the database whose troubles its callers need not tell apart.</summary>
    /// <exception cref="TimeoutException">It does not answer.</exception>
    public T Answering<T>(Func<SqlDatabase, T> ask)
    {
        try
        {
            return ask(this);
        }
        catch (Exception e) when (e is not TimeoutException && Classify(e) is not null)
        {
            throw new TimeoutException("the database does not answer", e);
        }
    }

    /// <summary>How large it is and how much its disk still takes, bytes; null for what is not known.</summary>
    /// <exception cref="DbException">It does not answer.</exception>
    public (long? Size, long? Free) Measure()
    {
        if (_file is not null)
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(_file))!;
            var files = new DirectoryInfo(folder).EnumerateFiles(Path.GetFileName(_file) + "*");
            return (files.Sum(f => f.Length), new DriveInfo(folder).AvailableFreeSpace);
        }
        using var connection = Connect();
        using var ask = connection.CreateCommand();
        ask.CommandText = "SELECT pg_database_size(current_database())";
        return (ask.ExecuteScalar() as long?, null);
    }

    /// <summary>
    /// Makes a connection the writer's. SQLite: each commit is on the disk before it returns, readers are not held up, and what is deleted is
    /// overwritten. PostgreSQL does the second by itself, and the first unless somebody has told it not to.
    /// </summary>
    public void PrepareWriter(DbConnection connection)
    {
        using var settings = connection.CreateCommand();
        settings.CommandText = IsPostgres
            ? "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
            : "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;";
        settings.ExecuteNonQuery();
    }

    /// <summary>Takes what was removed out of SQLite's log too, where the old bytes stand until they are written over.</summary>
    /// <returns>False when somebody reads just now: to be tried again.</returns>
    public bool TryForget(DbConnection writer)
    {
        if (IsPostgres)
        {
            return true;
        }
        using var checkpoint = writer.CreateCommand();
        checkpoint.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
        using var result = checkpoint.ExecuteReader();
        return result.Read() && result.GetInt64(0) == 0;
    }

    /// <summary>What the error means for whoever wanted to write; null when it is no error of the database.</summary>
    public Failure? Classify(Exception error) =>
        error switch
        {
            SqliteException { SqliteErrorCode: 13 } => Failure.Full, // SQLITE_FULL
            SqliteException => IsDiskFull() ? Failure.Full : Failure.Unavailable,
            PostgresException { SqlState: PostgresErrorCodes.DiskFull } => Failure.Full,
            DbException or TimeoutException or SocketException or IOException => Failure.Unavailable,
            _ => null,
        };

    /// <summary>Whether the database works, and would not do what it was asked: the fault is in what was asked.</summary>
    public bool IsRefusal(Exception error) =>
        error switch
        {
            SqliteException e => e.SqliteErrorCode is 1 or 18 or 19 or 20, // ERROR, TOOBIG, CONSTRAINT, MISMATCH
            // Classes 08, 40, 53, 57 and 58 are its own troubles.
            PostgresException e => !s_troubles.Contains(e.SqlState[..2]),
            _ => Classify(error) is null,
        };

    public void Dispose()
    {
        _postgres?.Dispose();
        if (_file is not null)
        {
            using var connection = new SqliteConnection(_connection);
            SqliteConnection.ClearPool(connection);
        }
    }

    private static void TakeOver(DbConnection connection)
    {
        using var take = connection.CreateCommand();
        take.CommandText = $"SELECT pg_try_advisory_lock({WriterLock})";
        if (take.ExecuteScalar() is not true)
        {
            throw new TimeoutException("another hcchat writes to this database");
        }
    }

    private bool IsDiskFull()
    {
        try
        {
            return new DriveInfo(Path.GetDirectoryName(Path.GetFullPath(_file!))!).AvailableFreeSpace < SpaceLeft;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }
}
