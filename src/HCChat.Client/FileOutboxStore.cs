using System.Globalization;
using System.Security.Cryptography;

namespace HCChat.Client;

/// <summary>
/// An outbox that survives the process and a power cut. In a folder of the room each running client has a log of its own, readable by its user only (mode
/// 0600) and locked as long as it runs; who comes next takes over the logs that nobody holds. A log begins with the session (<c>= checksum session</c>); then it has a
/// line for each message (<c>+ id checksum frame</c>) and one for each answer (<c>- id</c>). Another session is another file, complete before the old one goes.
/// </summary>
public sealed class FileOutboxStore : IOutboxStore
{
    private const string LogSuffix = ".log";
    private const string TimeFormat = "D15"; // names in the order of beginning
    private const int TimeDigits = 15;
    private const int MaxLog = 128 * 1024 * 1024; // bytes: twice what an outbox holds

    /// <summary>The server takes no older token.</summary>
    private static readonly TimeSpan SessionLifetime = TimeSpan.FromHours(24);

    /// <summary>Locked against other processes; on Windows a file that is open can only be deleted when this says so.</summary>
    private static readonly FileShare s_alone = OperatingSystem.IsWindows() ? FileShare.Delete : FileShare.None;

    private readonly string _folder;
    private readonly string? _nick;
    private readonly TimeProvider _time;
    private readonly OrderedDictionary<string, StoredMessage> _waiting = [];
    private StoredSession? _session;
    private FileStream? _log;
    private long _head; // bytes of the log before its messages
    private long _named; // when the log began, ms since 1970

    /// <summary>The outbox of a room below <paramref name="folder"/>, which is made when it is needed.</summary>
    public FileOutboxStore(string folder, StoredRoom room, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(room);
        _folder = Path.Combine(folder, room.FileName);
        _nick = room.Nick;
        _time = time ?? TimeProvider.System;
    }

    /// <inheritdoc/>
    public OutboxRemains Take()
    {
        if (!Directory.Exists(_folder))
        {
            return new OutboxRemains([], 0);
        }
        var left = Directory
            .EnumerateFiles(_folder, "*" + LogSuffix)
            .Order(StringComparer.Ordinal)
            .Select(TryOpen)
            .OfType<LeftLog>()
            .ToList();
        try
        {
            return TakeOver(left);
        }
        finally
        {
            left.ForEach(one => one.File.Dispose());
        }
    }

    /// <inheritdoc/>
    public void Add(StoredMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (_log is null)
        {
            Rewrite(_session, [message]);
            return;
        }
        var length = _log.Length;
        try
        {
            Write(_log, message);
            _log.Flush(flushToDisk: true);
            _waiting[message.Mid] = message;
        }
        catch
        {
            TryCut(_log, length);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Keep(StoredSession session)
    {
        try
        {
            Rewrite(session, [.. _waiting.Values]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The log is as it was.
        }
    }

    /// <inheritdoc/>
    public void Remove(string mid)
    {
        if (!_waiting.Remove(mid) || _log is null)
        {
            return;
        }
        try
        {
            if (_waiting.Count == 0)
            {
                _log.SetLength(_head);
            }
            else
            {
                _log.Write(OutboxLog.AnsweredLine(mid));
                _log.Flush();
            }
        }
        catch (IOException)
        {
            // It will be sent once more, and the server knows it.
        }
    }

    /// <summary>Lets go of the log; the next one who opens the room takes over what is in it.</summary>
    public void Dispose()
    {
        if (_log is not null && _waiting.Count == 0 && (_nick is null || _session is null))
        {
            File.Delete(_log.Name);
        }
        _log?.Dispose();
        _log = null;
    }

    /// <summary>A log that nobody holds, held by us now.</summary>
    private sealed record LeftLog(FileStream File, OutboxLog Log);

    private LeftLog? TryOpen(string path)
    {
        try
        {
            var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, s_alone);
            var log = OutboxLog.Read(file);
            return new LeftLog(file, IsOver(path) ? log with { Session = null } : log);
        }
        catch (IOException)
        {
            return null; // its client is running
        }
    }

    private bool IsOver(string path)
    {
        var name = Path.GetFileName(path);
        return !long.TryParse(name[..Math.Min(name.Length, TimeDigits)], CultureInfo.InvariantCulture, out var began)
            || _time.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(began) > SessionLifetime;
    }

    /// <summary>Messages come from all logs; the session from the one that has some, because the server knows them by it, or else from our own last run.</summary>
    private OutboxRemains TakeOver(List<LeftLog> left)
    {
        var messages = left.SelectMany(one => one.Log.Messages).DistinctBy(message => message.Mid).ToList();
        var back =
            left.FindLast(one => one.Log is { Session: not null, Messages.Count: > 0 })
            ?? left.FindLast(one => _nick is not null && one.Log.Session?.Nick == _nick);
        if (messages.Count > 0 || back is not null)
        {
            Rewrite(back?.Log.Session, messages);
        }
        foreach (var (file, log) in left)
        {
            if (log is { Session.Nick: { } nick, Messages.Count: 0, Unreadable: 0 } && nick != _nick)
            {
                continue; // for the next run under that name
            }
            file.SetLength(0); // for whoever has opened it already
            File.Delete(file.Name);
        }
        Folder.Flush(_folder);
        return new OutboxRemains(messages, left.Sum(one => one.Log.Unreadable), back?.Log.Session);
    }

    private static void TryCut(FileStream log, long length)
    {
        try
        {
            log.SetLength(length);
        }
        catch (IOException)
        {
            // A line that was half written is recognised when it is read.
        }
    }

    private static void Write(FileStream log, StoredMessage message)
    {
        if (log.Length > MaxLog)
        {
            throw new IOException("The outbox's file is full.");
        }
        log.Write(OutboxLog.Line(message));
    }

    /// <summary>Begins another log with all that is to be kept, and lets the old one go when it is on the disk.</summary>
    private void Rewrite(StoredSession? session, IReadOnlyList<StoredMessage> messages)
    {
        var fresh = Create();
        try
        {
            fresh.Write(session is null ? [] : OutboxLog.Line(session));
            var head = fresh.Length;
            foreach (var message in messages)
            {
                Write(fresh, message);
            }
            fresh.Flush(flushToDisk: true);
            Folder.Flush(_folder);
            (_session, _head) = (session, head);
        }
        catch
        {
            File.Delete(fresh.Name);
            fresh.Dispose();
            throw;
        }
        foreach (var message in messages)
        {
            _waiting[message.Mid] = message;
        }
        var old = _log;
        _log = fresh;
        if (old is not null)
        {
            File.Delete(old.Name);
            old.Dispose();
        }
    }

    private FileStream Create()
    {
        PrivateFile.MakeFolder(_folder);
        _named = Math.Max(_named + 1, _time.GetUtcNow().ToUnixTimeMilliseconds());
        var at = _named.ToString(TimeFormat, CultureInfo.InvariantCulture);
        var name = $"{at}-{RandomNumberGenerator.GetHexString(8, true)}{LogSuffix}";
        return PrivateFile.Open(Path.Combine(_folder, name), FileMode.CreateNew, s_alone);
    }
}
