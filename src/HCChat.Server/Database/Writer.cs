using System.Collections.Concurrent;
using System.Data.Common;

namespace HCChat.Server.Database;

/// <summary>
/// The one thread that writes. Whatever has gathered while a commit was under way goes into the next one (group commit), so that durability costs
/// a moment and not throughput. When the database does not answer, everything that waits is told at once, and the writer tries again twice a second.
/// A second pair of eyes watches a PostgreSQL server that falls silent: its driver takes three seconds to notice, and who waits shall hear within two.
/// </summary>
internal sealed partial class Writer : IDisposable
{
    private const int MaxBatch = 512;

    /// <summary>Writes that may wait; a disk that takes a second for a commit fills it with a thousandth of what sockets could bring.</summary>
    private const int MaxQueued = 20_000;

    /// <summary>Bytes that may wait.</summary>
    private const long MaxQueuedBytes = 64L << 20;

    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>A write that takes longer is given up. What becomes of it is found out later, as after any failed commit.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>How long removed bytes may stand in SQLite's log: it is cleared at most so often.</summary>
    private static readonly TimeSpan ForgetInterval = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(250);

    private readonly SqlDatabase _database;
    private readonly ILogger _logger;
    private readonly BlockingCollection<Write> _queue = new(MaxQueued);
    private readonly Thread _thread;
    private readonly ITimer? _watch;
    private readonly Lock _telling = new();
    private List<Write>? _untold;
    private long _progress;
    private long? _forgetSince;
    private DbConnection? _connection;
    private Statements? _statements;
    private long _queuedBytes;
    private volatile bool _down;
    private volatile bool _patient;
    private int _watching;

    public Writer(SqlDatabase database, ILogger<Writer> logger)
    {
        _database = database;
        _logger = logger;
        _thread = new Thread(Run) { IsBackground = true, Name = "writer" };
        _thread.Start();
        _watch = database.IsPostgres
            ? TimeProvider.System.CreateTimer(_ => Watch(), null, WatchInterval, WatchInterval)
            : null;
    }

    /// <summary>The database answers again after it did not. Raised on the writer's thread, before anything else is written.</summary>
    public event Action? Recovered;

    /// <summary>Whether the last try to reach the database failed.</summary>
    public bool IsDown => _down;

    /// <summary>Queues a write; never blocks.</summary>
    /// <returns>False when it cannot be taken now; then nothing of it is called.</returns>
    public bool TryEnqueue(Write write)
    {
        if (_down || Interlocked.Read(ref _queuedBytes) > MaxQueuedBytes)
        {
            return false;
        }
        try
        {
            if (_queue.TryAdd(write))
            {
                Interlocked.Add(ref _queuedBytes, write.Size);
                return true;
            }
        }
        catch (InvalidOperationException)
        {
            // Stopping.
        }
        return false;
    }

    /// <summary>Does some work and completes when it is on the disk.</summary>
    /// <exception cref="TimeoutException">It is not, as far as is known.</exception>
    public Task RunAsync(Action<Batch> work)
    {
        var write = new Work(work);
        return TryEnqueue(write)
            ? write.Done
            : Task.FromException(new TimeoutException("the database does not answer"));
    }

    /// <summary>Carries out what is queued and stops; with SQLite the file is then complete without its log.</summary>
    public void Dispose()
    {
        if (_queue.IsAddingCompleted)
        {
            return;
        }
        _queue.CompleteAdding();
        _thread.Join();
        _watch?.Dispose();
        CloseConnection();
    }

    private void Run()
    {
        while (!_queue.IsCompleted)
        {
            if (_down)
            {
                // Reaching a database that does not answer takes seconds; what still waits is told first.
                RefuseQueued();
                TryRecover();
            }
            var taken = _queue.TryTake(out var first, RetryInterval);
            if (taken)
            {
                Carry(Gather(first!));
            }
            if (_forgetSince is { } since && TimeProvider.System.GetElapsedTime(since) > ForgetInterval)
            {
                Forget();
            }
        }
    }

    private List<Write> Gather(Write first)
    {
        List<Write> writes = [first];
        while (writes.Count < MaxBatch && _queue.TryTake(out var next))
        {
            writes.Add(next);
        }
        Interlocked.Add(ref _queuedBytes, -writes.Sum(w => w.Size));
        return writes;
    }

    private void Carry(List<Write> writes)
    {
        lock (_telling)
        {
            Advance();
            _untold = writes;
        }
        var refused = false;
        var failure = _down ? Failure.Unavailable : Commit(writes, out refused);
        lock (_telling)
        {
            if (_untold is null)
            {
                return;
            }
            _untold = null;
        }
        if (refused && writes.Count > 1)
        {
            // Each by itself, so that one is not refused for another's sake.
            writes.ForEach(write => Carry([write]));
            return;
        }
        writes.ForEach(write => Tell(write, failure));
    }

    private void Advance() => Volatile.Write(ref _progress, TimeProvider.System.GetTimestamp());

    // Work that may take long is waited for as long as somebody is there at all, of which another connection tells.
    private void Watch()
    {
        if (Interlocked.Exchange(ref _watching, 1) != 0)
        {
            return;
        }
        try
        {
            var isPatient = _patient;
            var limit = isPatient ? WatchInterval : Patience;
            if (IsOverdue(limit) && !(isPatient && _database.Answers()))
            {
                GiveUp(limit);
            }
        }
        finally
        {
            Volatile.Write(ref _watching, 0);
        }
    }

    private bool IsOverdue(TimeSpan limit)
    {
        lock (_telling)
        {
            return _untold is not null && TimeProvider.System.GetElapsedTime(Volatile.Read(ref _progress)) >= limit;
        }
    }

    // Each batch is told once, by the writer or by the watch; the writer takes no other before that has been done.
    private void GiveUp(TimeSpan limit)
    {
        lock (_telling)
        {
            if (_untold is not { } late || !IsOverdue(limit))
            {
                return;
            }
            _untold = null;
            _down = true;
            LogSilent(_logger, late.Count);
            late.ForEach(write => Tell(write, Failure.Unavailable));
            RefuseQueued();
        }
    }

    // What has been refused must not be committed by work that was only late; a commit that is under way already is found out about afterwards.
    private void ThrowIfTold()
    {
        lock (_telling)
        {
            if (_untold is null)
            {
                throw new TimeoutException("the database was silent for too long");
            }
            Advance();
        }
    }

    private void RefuseQueued()
    {
        while (_queue.TryTake(out var waiting))
        {
            Gather(waiting).ForEach(write => Tell(write, Failure.Unavailable));
        }
    }

    private void Tell(Write write, Failure? failure)
    {
        try
        {
            write.Finish(failure);
        }
        catch (Exception e)
        {
            // Of one room; the others must not wait for ever.
            LogFinishFailed(_logger, e);
        }
    }

    private Failure? Commit(List<Write> writes, out bool refused)
    {
        refused = false;
        try
        {
            var statements = Open();
            DbTransaction? transaction = null;
            try
            {
                var batch = new Batch(
                    statements,
                    () => statements.Transaction = transaction = _connection!.BeginTransaction(),
                    patient =>
                    {
                        _patient = patient;
                        Advance();
                    }
                );
                foreach (var write in writes)
                {
                    ThrowIfTold();
                    write.Apply(batch);
                }
                ThrowIfTold();
                transaction?.Commit();
                _forgetSince ??= batch.Forgets ? TimeProvider.System.GetTimestamp() : null;
                return null;
            }
            finally
            {
                statements.Transaction = null;
                End(transaction);
            }
        }
        catch (Exception e)
        {
            LogCommitFailed(_logger, writes.Count, e);
            refused = _database.IsRefusal(e);
            if (refused)
            {
                return Failure.Unavailable;
            }
            var failure = _database.Classify(e);
            CloseConnection();
            _down = failure == Failure.Unavailable;
            return failure;
        }
    }

    private void Forget()
    {
        try
        {
            if (_connection is not null && _database.TryForget(_connection))
            {
                _forgetSince = null;
            }
        }
        catch (Exception e) when (_database.Classify(e) is not null)
        {
            // A full disk, say; the next round tries again.
        }
    }

    // What a rollback has to say is not what went wrong.
    private void End(DbTransaction? transaction)
    {
        try
        {
            transaction?.Dispose();
        }
        catch (Exception e) when (_database.Classify(e) is not null || e is InvalidOperationException)
        {
            CloseConnection();
        }
    }

    private void TryRecover()
    {
        try
        {
            Open().Query("SELECT 1", _ => true);
            _down = false;
            LogRecovered(_logger);
            Recovered?.Invoke();
        }
        catch (Exception e) when (_database.Classify(e) is not null)
        {
            CloseConnection();
        }
    }

    private Statements Open()
    {
        if (_statements is null)
        {
            _connection = _database.ConnectWriter();
            _statements = new Statements(_connection);
        }
        return _statements;
    }

    private void CloseConnection()
    {
        try
        {
            _statements?.Dispose();
            _connection?.Dispose();
        }
        catch (Exception e) when (_database.Classify(e) is not null)
        {
            // It was broken already.
        }
        _statements = null;
        _connection = null;
    }

    [LoggerMessage(2001, LogLevel.Error, "{Count} writes could not be committed")]
    private static partial void LogCommitFailed(ILogger logger, int count, Exception e);

    [LoggerMessage(2002, LogLevel.Warning, "The database answers again")]
    private static partial void LogRecovered(ILogger logger);

    [LoggerMessage(2004, LogLevel.Error, "{Count} writes are given up: the database has fallen silent")]
    private static partial void LogSilent(ILogger logger, int count);

    [LoggerMessage(2003, LogLevel.Error, "A write could not be finished")]
    private static partial void LogFinishFailed(ILogger logger, Exception e);
}
