using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using HCChat.Crypto;

namespace HCChat.Client;

/// <content>Files: sending them, and getting what others have sent.</content>
public sealed partial class ChatRoom
{
    /// <summary>Files in one message.</summary>
    public const int MaxFiles = 10;

    private const int MaxTries = 3; // of a message whose objects the server loses meanwhile

    /// <summary>
    /// Sends files to everybody, in one message. They are encrypted here and go to the object store; then the message goes out like any other. The network may fail, and the server be away, for
    /// <see cref="ChatOptions.TransferPatience"/> at a time; then, or when it was stopped, or after a crash, the same call goes on where it was, if <see cref="ChatOptions.Uploads"/> is given and the
    /// files are the same: at most one part of 16 MiB is sent again, and nothing is said twice.
    /// </summary>
    /// <param name="files">1 to 10.</param>
    /// <param name="caption">What is said of them.</param>
    /// <param name="replyTo">The id of the message that they answer.</param>
    /// <param name="ttl">As in <see cref="SendAsync"/>.</param>
    /// <param name="progress">Is told how far each file is.</param>
    /// <param name="stop">Ends the uploading. Once all is uploaded the message is in the outbox, and this ends the waiting alone.</param>
    /// <returns>The message's id.</returns>
    /// <exception cref="NotSupportedException">The room is not encrypted in our way: files have no sealed form there.</exception>
    /// <exception cref="FileRefusedException">The server or its store does not take one.</exception>
    /// <exception cref="ConnectFailedException">The network failed for too long.</exception>
    /// <exception cref="IOException">A file cannot be read, or changed while it was being sent.</exception>
    /// <inheritdoc cref="SendAsync" path="/exception"/>
    public async Task<string> SendFilesAsync(
        IReadOnlyList<OutgoingFile> files,
        string caption = "",
        string? replyTo = null,
        TimeSpan? ttl = null,
        IProgress<TransferProgress>? progress = null,
        CancellationToken stop = default
    )
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentOutOfRangeException.ThrowIfZero(files.Count, nameof(files));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(files.Count, MaxFiles, nameof(files));
        if (!_protection.HasContent)
        {
            throw new NotSupportedException("Files are sent in encrypted rooms alone.");
        }
        var seconds = ttl is null ? _reader.Ttl : Lifetime.Seconds(ttl);
        var uploads = new List<Upload>();
        try
        {
            foreach (var file in files)
            {
                uploads.Add(await OpenAsync(file, stop).ConfigureAwait(false));
            }
            var what = Hash([caption, replyTo ?? "", .. uploads.Select(one => one.Source.Path ?? one.File.Name)]);
            for (var tries = 1; ; tries++)
            {
                var same = await AreSameAsync(uploads, stop).ConfigureAwait(false);
                if ((same ? uploads[0].Record.Said(what, _options.Time.GetUtcNow(), Waits) : null) is not { } message)
                {
                    var body = new FileBody(caption, await UploadAsync(uploads, progress, stop).ConfigureAwait(false))
                    {
                        Ttl = seconds > 0 ? seconds : null,
                    };
                    var (mid, frame) = _protection.SealFiles(
                        Nick,
                        body,
                        [.. uploads.Select(one => one.Done!)],
                        replyTo
                    );
                    message = new StoredMessage(mid, frame);
                    uploads[0].Record.Say(what, message, _options.Time.GetUtcNow());
                }
                try
                {
                    return await SayAsync(message, uploads, stop).ConfigureAwait(false);
                }
                catch (MessageRefusedException e) when (e.Code == "object_gone" && tries < MaxTries)
                {
                    // It waited for longer than the server keeps what nobody names. The files are here.
                }
            }
        }
        finally
        {
            foreach (var upload in uploads)
            {
                await upload.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// A file's plaintext as it comes. Each chunk is verified before a byte of it is given, but only who has read to the end knows that it is whole: reading throws when it is not.
    /// </summary>
    /// <returns>A stream that reads forward; reading throws <see cref="FileDamagedException"/>, <see cref="FileRefusedException"/> (<c>not_found</c>: it is gone) or <see cref="ConnectFailedException"/>.</returns>
    /// <exception cref="RoomClosedException">The room is closed.</exception>
    public Stream OpenFile(SharedFile file, IProgress<TransferProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        var pipe = new Pipe();
        var stopping = new CancellationTokenSource();
        var working = DecryptIntoAsync(file, pipe.Writer, progress, stopping.Token);
        return new OpenedFile(pipe.Reader.AsStream(), stopping, working);
    }

    /// <summary>
    /// Saves a file, once all of it is there and verified: until then nothing stands under the name. One that was broken off goes on where it was.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="destination">The name to save it under; of a folder that is there: in it, under the sender's name for it, made harmless.</param>
    /// <param name="overwrite">Whether something else may be under that name.</param>
    /// <param name="progress">Is told how far it is.</param>
    /// <param name="stop">Breaks it off.</param>
    /// <returns>The name it has.</returns>
    /// <exception cref="FileExistsException">Something stands there already.</exception>
    /// <exception cref="FileDamagedException">It is not what was sent.</exception>
    /// <exception cref="FileRefusedException"><c>not_found</c>: it is gone; <c>elsewhere</c>.</exception>
    /// <exception cref="ConnectFailedException">The network failed for too long.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public async Task<string> DownloadAsync(
        SharedFile file,
        string destination,
        bool overwrite = false,
        IProgress<TransferProgress>? progress = null,
        CancellationToken stop = default
    )
    {
        ArgumentNullException.ThrowIfNull(file);
        using var server = NewObjectServer();
        var download = new FileDownload(
            file,
            from => new ObjectStream(server, file, _options, Teller(file.Name, progress), from),
            (stored, plain, cut) => _protection.DecryptAsync(file, stored, plain, cut)
        );
        return await download.SaveAsync(destination, overwrite, stop).ConfigureAwait(false);
    }

    private async Task DecryptIntoAsync(
        SharedFile file,
        PipeWriter writer,
        IProgress<TransferProgress>? progress,
        CancellationToken stop
    )
    {
        Exception? error = null;
        try
        {
            using var server = NewObjectServer();
            await using var stored = new ObjectStream(server, file, _options, Teller(file.Name, progress));
            await using var hashed = file.Sealed?.Sha256 is { } sha256 ? new HashedStream(stored, sha256) : null;
            await _protection
                .DecryptAsync(file, hashed ?? (Stream)stored, writer.AsStream(leaveOpen: true), stop)
                .ConfigureAwait(false);
        }
        catch (E2eeException e)
        {
            error = new FileDamagedException(e);
        }
        catch (Exception e)
        {
            error = e; // whoever reads gets it
        }
        await writer.CompleteAsync(error).ConfigureAwait(false);
    }

    private async Task<string> SayAsync(StoredMessage message, List<Upload> uploads, CancellationToken stop)
    {
        PendingMessage pending;
        lock (_gate)
        {
            if (_closed is not null)
            {
                throw new RoomClosedException("The room is closed.");
            }
            // An earlier run may have left it in the outbox.
            pending =
                _outbox.Waiting.FirstOrDefault(waiting => waiting.Mid == message.Mid)
                ?? Enqueue((message.Mid, message.Frame.ToArray()));
        }
        try
        {
            await pending.Acknowledged.Task.WaitAsync(stop).ConfigureAwait(false);
        }
        catch (MessageRefusedException e)
        {
            uploads.ForEach(e.Code == "object_gone" ? one => one.Record.Clear() : one => one.Record.Forget());
            throw;
        }
        uploads.ForEach(one => one.Record.Forget());
        return message.Mid;
    }

    private async Task<Upload> OpenAsync(OutgoingFile file, CancellationToken stop)
    {
        var source = await file.OpenAsync(stop).ConfigureAwait(false);
        try
        {
            var record = UploadRecord.Open(_options.Uploads, _options.StoredRoom(_access), source.Path);
            return new Upload(file, source, record);
        }
        catch
        {
            await source.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<bool> AreSameAsync(List<Upload> uploads, CancellationToken stop)
    {
        foreach (var one in uploads)
        {
            if (!one.Record.IsComplete || !await one.Record.FitsAsync(one.Source, stop).ConfigureAwait(false))
            {
                return false;
            }
        }
        return true;
    }

    private bool Waits(string mid) => _outbox.Waiting.Any(waiting => waiting.Mid == mid);

    private async Task<IReadOnlyList<SealedFile>> UploadAsync(
        List<Upload> uploads,
        IProgress<TransferProgress>? progress,
        CancellationToken stop
    )
    {
        using var server = NewObjectServer();
        var files = new List<SealedFile>();
        foreach (var one in uploads)
        {
            var tell = Teller(one.File.Name, progress);
            var upload = new FileUpload(
                server,
                Channel,
                _options,
                one.Record,
                one.Source,
                (done, total) => tell(done, total)
            );
            var done = await upload.RunAsync(stop).ConfigureAwait(false);
            one.Done = done;
            files.Add(one.File.Described(done, done.OpenKey()));
        }
        return files;
    }

    private ObjectServer NewObjectServer() => new(_options, AskForCapabilityAsync);

    private async Task<Capability> AskForCapabilityAsync(CancellationToken stop)
    {
        var answer = await AskAsync("capability", [], Is("capability"), stop).ConfigureAwait(false);
        return new Capability(
            answer.Text("jwt") ?? "",
            _options.Time.GetUtcNow() + TimeSpan.FromSeconds(answer.Integer("expiresSeconds") ?? 0)
        );
    }

    private static Action<long, long?> Teller(string name, IProgress<TransferProgress>? progress) =>
        (done, total) => progress?.Report(new TransferProgress(name, done, total));

    private static string Hash(IEnumerable<string> words) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', words))));

    /// <summary>A file on its way out.</summary>
    private sealed record Upload(OutgoingFile File, UploadSource Source, UploadRecord Record) : IAsyncDisposable
    {
        /// <summary>Its object, once it is whole.</summary>
        public UploadState? Done { get; set; }

        public ValueTask DisposeAsync()
        {
            Record.Dispose();
            return Source.DisposeAsync();
        }
    }
}
