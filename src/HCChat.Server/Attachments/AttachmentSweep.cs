using System.Threading.Channels;
using Amazon.Runtime;
using HCChat.Server.Hosting;

namespace HCChat.Server.Attachments;

/// <summary>Sets the store up, removes the objects that nobody may have any more, and measures those that came without a size. What fails is tried again a minute later.</summary>
internal sealed partial class AttachmentSweep(
    AttachmentLog attachments,
    ObjectStore store,
    AllowedOrigins origins,
    TimeProvider time,
    ILogger<AttachmentSweep> log
) : BackgroundService
{
    private const int Piece = 100;
    private const int MaxDoomed = 10_000;
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(1);

    /// <summary>How often the store is asked for uploads that nobody knows of.</summary>
    private static readonly TimeSpan s_between = TimeSpan.FromHours(1);

    /// <summary>When a store that has not answered yet is asked again.</summary>
    private static readonly TimeSpan s_notReady = TimeSpan.FromSeconds(10);

    private readonly Channel<bool> _wanted = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    private Attachment? _measured; // the last one
    private DateTimeOffset _asked;
    private volatile bool _isReady;

    /// <summary>Whether the store is set up: before, there is nowhere to put an object.</summary>
    public bool IsReady => _isReady || store.IsBuiltIn;

    /// <summary>There is something to remove.</summary>
    public void Wake() => _wanted.Writer.TryWrite(true);

    /// <summary>One round.</summary>
    /// <exception cref="TimeoutException">The database or the store does not answer.</exception>
    public async Task RunOnceAsync()
    {
        await attachments.ExpireAsync();
        await attachments.FollowMessagesAsync();
        await MeasureAsync();
        await RemoveAsync();
        await EndUploadsAsync();
    }

    // Some at a time, and then those behind them: what nobody has put keeps nobody waiting.
    private async Task MeasureAsync()
    {
        var some = await Task.Run(() => attachments.Unmeasured(Piece, _measured));
        foreach (var one in some)
        {
            try
            {
                var bytes = await store.SizeAsync(one.ObjectKey);
                if (bytes is { } known)
                {
                    await attachments.CompleteAsync(one, known);
                }
                if (bytes is null ? attachments.IsOverdue(one) : bytes > attachments.Quota.FileBytes)
                {
                    await attachments.DoomAsync(one.Id);
                }
            }
            catch (TimeoutException e) when (ObjectStore.IsRefusal(e))
            {
                LogRefused(e);
            }
        }
        _measured = some.Count == Piece ? some[^1] : null;
    }

    private async Task RemoveAsync()
    {
        var (settled, refused) = (attachments.Settled, 0);
        foreach (var piece in (await Task.Run(() => attachments.Doomed(MaxDoomed))).Chunk(Piece))
        {
            var removed = new List<Attachment>();
            foreach (var one in piece)
            {
                try
                {
                    await store.RemoveAsync(one);
                    removed.Add(one);
                }
                catch (TimeoutException e) when (ObjectStore.IsRefusal(e) && ++refused <= Piece)
                {
                    LogRefused(e);
                    await attachments.PostponeAsync(one.Id);
                }
            }
            await attachments.SetRemovedAsync(removed, settled);
        }
    }

    // Last, and now and then: a key that may not list uploads keeps nothing else from being removed. What is as old as that was begun is over for whoever began it.
    private async Task EndUploadsAsync()
    {
        var now = time.GetUtcNow();
        if (now >= _asked + s_between)
        {
            _asked = now;
            if (await store.EndUploadsAsync(now - TimeSpan.FromDays(attachments.Quota.Days) - s_between) is { } refused)
            {
                LogRefused(refused);
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            using var timer = time.CreateTimer(_ => Wake(), null, s_interval, Timeout.InfiniteTimeSpan);
            try
            {
                _isReady = _isReady || await TryPrepareAsync();
                if (!_isReady)
                {
                    await Task.Delay(s_notReady, time, stoppingToken);
                    continue;
                }
                await _wanted.Reader.ReadAsync(stoppingToken);
                await RunOnceAsync();
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
            catch (Exception e) when (e is TimeoutException or AmazonServiceException or AmazonClientException)
            {
                LogLater(e);
            }
        }
    }

    // Where the key may only use what somebody else has set up, that has to be right.
    private async Task<bool> TryPrepareAsync()
    {
        try
        {
            await store.PrepareAsync(origins.Configured);
            return true;
        }
        catch (TimeoutException e)
        {
            LogNotThere(e);
            return false;
        }
        catch (Exception e) when (e is AmazonServiceException or AmazonClientException)
        {
            LogNotSetUp(e);
            return true;
        }
    }

    [LoggerMessage(3001, LogLevel.Warning, "The object store does not answer; the next try is in ten seconds.")]
    private partial void LogNotThere(Exception e);

    [LoggerMessage(
        3002,
        LogLevel.Warning,
        "The object store does not let its bucket and its CORS rules be set up; they are used as they are."
    )]
    private partial void LogNotSetUp(Exception e);

    [LoggerMessage(
        3003,
        LogLevel.Warning,
        "The object store refuses to remove an object or an upload, or to tell of one; the others are seen to."
    )]
    private partial void LogRefused(Exception e);

    [LoggerMessage(3000, LogLevel.Warning, "Objects could not be removed now; the next try is in a minute.")]
    private partial void LogLater(Exception e);
}
