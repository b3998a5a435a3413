using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace HCChat.Client;

/// <summary>
/// An outbox that survives the process and a power cut. In a folder of the room each running client has a log of its own, readable by its user only (mode
/// 0600) and locked as long as it runs; who comes next takes over the logs that nobody holds. A log has a line for each message
/// (<c>+ id checksum frame</c>) and one for each answer (<c>- id</c>).
/// </summary>
public sealed class FileOutboxStore : IOutboxStore
{
    private const string LogSuffix = ".log";
    private const int MaxLog = 128 * 1024 * 1024; // bytes: twice what an outbox holds

    private readonly string _folder;
    private readonly TimeProvider _time;
    private readonly HashSet<string> _waiting = [];
    private FileStream? _log;

    /// <summary>The outbox of a room below <paramref name="folder"/>, which is made when it is needed.</summary>
    public FileOutboxStore(string folder, OutboxRoom room, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(room);
        var name = $"{room.Server.AbsoluteUri}\n{room.Protection}\n{room.Channel}";
        _folder = Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..32]);
        _time = time ?? TimeProvider.System;
    }

    /// <inheritdoc/>
    public OutboxRemains Take()
    {
        if (!Directory.Exists(_folder))
        {
            return new OutboxRemains([], 0);
        }
        var (messages, unreadable) = (new List<StoredMessage>(), 0);
        foreach (var path in Directory.EnumerateFiles(_folder, "*" + LogSuffix).Order(StringComparer.Ordinal))
        {
            using var left = TryLock(path);
            if (left is null)
            {
                continue; // its client is running
            }
            var log = OutboxLog.Read(left);
            unreadable += log.Unreadable;
            foreach (var message in log.Messages.Where(message => !_waiting.Contains(message.Mid)))
            {
                messages.Add(message);
                Write(message);
            }
            _log?.Flush(flushToDisk: true);
            left.SetLength(0); // for whoever has opened it already and waits for the lock
            File.Delete(path);
        }
        Folder.Flush(_folder);
        return new OutboxRemains(messages, unreadable);
    }

    /// <inheritdoc/>
    public void Add(StoredMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var length = _log?.Length;
        try
        {
            Write(message);
            _log!.Flush(flushToDisk: true);
        }
        catch
        {
            _waiting.Remove(message.Mid);
            if (_log is not null)
            {
                TryCut(_log, length ?? 0);
            }
            throw;
        }
        if (length is null)
        {
            Folder.Flush(_folder);
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
                _log.SetLength(0);
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
        if (_log is not null && _waiting.Count == 0)
        {
            File.Delete(_log.Name);
        }
        _log?.Dispose();
        _log = null;
    }

    private static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
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

    private void Write(StoredMessage message)
    {
        _log ??= Create();
        if (_log.Length > MaxLog)
        {
            throw new IOException("The outbox's file is full.");
        }
        _log.Write(OutboxLog.Line(message));
        _waiting.Add(message.Mid);
    }

    private FileStream Create()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(_folder);
        }
        else
        {
            Directory.CreateDirectory(
                _folder,
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            );
        }
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }
        // The names are in the order of beginning.
        var at = _time.GetUtcNow().ToUnixTimeMilliseconds().ToString("D15", CultureInfo.InvariantCulture);
        return new FileStream(
            Path.Combine(_folder, $"{at}-{RandomNumberGenerator.GetHexString(8, true)}{LogSuffix}"),
            options
        );
    }
}
