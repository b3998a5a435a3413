using HCChat.Protocol;
using HCChat.Server.Database;
using HCChat.Server.Messages;
using Microsoft.Extensions.Logging.Abstractions;

namespace HCChat.Tests.Messages;

/// <summary>A message log on a database, that can be closed (or dropped as by a crash) and opened again.</summary>
internal sealed class OpenLog : IAsyncDisposable
{
    public static readonly HistoryRules Rules = new(
        new HistoryPolicy(HistoryMode.Encrypted, 30, 100_000, 0),
        HistoryMode.On,
        3_650,
        10_000_000
    );

    private readonly Func<SqlDatabase> _open;
    private readonly TimeProvider _time;
    private readonly Action _delete;
    private readonly string? _folder;

    private OpenLog(Func<SqlDatabase> open, Action delete, TimeProvider time, HistoryRules rules, string? folder = null)
    {
        _folder = folder;
        (_open, _delete, _time, Operator) = (open, delete, time, rules);
        Database = open();
        Schema.Migrate(Database);
        Log = NewLog();
    }

    /// <summary>What the operator says, from the next start on.</summary>
    public HistoryRules Operator { get; set; }

    public SqlDatabase Database { get; private set; }

    public MessageLog Log { get; private set; }

    /// <summary>On a SQLite file of its own.</summary>
    public static OpenLog OnSqlite(TimeProvider time, HistoryRules? rules = null)
    {
        var folder = Directory.CreateTempSubdirectory("hcchat-log-").FullName;
        var file = Path.Combine(folder, "test.db");
        return new OpenLog(
            () => SqlDatabase.Sqlite(file),
            () => Directory.Delete(folder, recursive: true),
            time,
            rules ?? Rules,
            folder
        );
    }

    /// <summary>On any database.</summary>
    public static OpenLog On(Func<SqlDatabase> open, TimeProvider time, HistoryRules? rules = null) =>
        new(open, () => { }, time, rules ?? Rules);

    /// <summary>What stands in the files, as text.</summary>
    public IEnumerable<string> Files() =>
        Directory
            .EnumerateFiles(_folder!)
            .Select(file =>
            {
                using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                using var reader = new StreamReader(stream, System.Text.Encoding.Latin1);
                return reader.ReadToEnd();
            });

    /// <summary>Ends properly and begins again.</summary>
    public void Restart()
    {
        Log.Dispose();
        Database.Dispose();
        Reopen();
    }

    /// <summary>Begins again as after a crash: what is on the disk is on the disk, nobody says good-bye.</summary>
    public void Crash()
    {
        Log.Writer.Dispose();
        Database.Dispose();
        Reopen();
    }

    /// <summary>Says an envelope, waits for the outcome.</summary>
    public static Task<Outcome> SayAsync(
        RoomLog room,
        string mid,
        string text = "E2EE:x",
        string sender = "s1",
        long ttl = 0
    ) => AppendAsync(room, Chat(mid, text, sender, ttl));

    /// <summary>What <paramref name="draft"/> becomes.</summary>
    public static Task<Outcome> AppendAsync(RoomLog room, Func<Action<Outcome>, Draft> draft)
    {
        var done = new TaskCompletionSource<Outcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (room.Gate)
        {
            room.Append(draft(outcome => done.SetResult(outcome)));
        }
        return done.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    public static Func<Action<Outcome>, Draft> Chat(string? mid, string text, string sender = "s1", long ttl = 0) =>
        done => new Draft
        {
            Frame = new Notice("chat").String("text", text).String("mid", mid),
            Kind = text.StartsWith("E2EE:", StringComparison.Ordinal) ? EventKind.Envelope : EventKind.Clear,
            Of = new Identity(sender, "", mid, Hash(text)),
            Ttl = ttl,
            Done = done,
        };

    private static string Hash(string text) =>
        Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));

    public ValueTask DisposeAsync()
    {
        Log.Dispose();
        Database.Dispose();
        _delete();
        return ValueTask.CompletedTask;
    }

    private void Reopen()
    {
        Database = _open();
        Schema.Ensure(Database);
        Log = NewLog();
    }

    private MessageLog NewLog() => new(Database, new Writer(Database, NullLogger<Writer>.Instance), Operator, _time);
}
