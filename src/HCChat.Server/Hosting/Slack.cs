namespace HCChat.Server.Hosting;

/// <summary>
/// Gives memory back to the system when a rush is over. The collector does that only while it has work to do, and when a thousand peers have left there is none: what they caused would stay
/// with the process for good. A few full collections, while next to nothing happens and there is something to gain; each takes some tens of milliseconds.
/// </summary>
internal sealed class Slack(TimeProvider time) : BackgroundService
{
    /// <summary>What has to be there beyond what the last time left, bytes.</summary>
    private const long Worth = 24L * 1024 * 1024;

    /// <summary>Whoever allocates no more than this in an interval is not busy, bytes.</summary>
    private const long Quiet = 16L * 1024 * 1024;

    /// <summary>How often it is done after one rush, each time after twice the time: what people have left is held for a while, some of it for five minutes.</summary>
    private const int Tries = 5;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_interval, time);
        var (allocated, left) = (GC.GetTotalAllocatedBytes(), Environment.WorkingSet);
        var (tries, wait) = (0, 0);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var now = GC.GetTotalAllocatedBytes();
                if (Environment.WorkingSet - left > Worth)
                {
                    (tries, wait) = (Tries, 1);
                }
                if (now - allocated < Quiet && tries > 0 && --wait <= 0)
                {
                    GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                    (left, wait) = (Environment.WorkingSet, 1 << (Tries - --tries));
                }
                allocated = now;
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }
}
