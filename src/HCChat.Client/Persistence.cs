namespace HCChat.Client;

/// <summary>Tries again what time may cure, as long as something gets on now and then.</summary>
internal sealed class Persistence(TimeProvider time, TimeSpan patience)
{
    private readonly Backoff _backoff = new();
    private long _progressed = time.GetTimestamp();
    private long? _refused; // the first time in a row

    /// <summary>Something has arrived: there is time again.</summary>
    public void Progressed()
    {
        _progressed = time.GetTimestamp();
        _backoff.Reset();
    }

    /// <summary>Does something, again when it failed for a while.</summary>
    public async Task<T> TryAsync<T>(Func<Task<T>> act, CancellationToken stop)
    {
        while (true)
        {
            TimeSpan? notBefore;
            try
            {
                var done = await act().ConfigureAwait(false);
                _refused = null;
                return done;
            }
            catch (Exception e) when (MayPass(e) && time.GetElapsedTime(Since(e)) < patience)
            {
                notBefore = (e as RefusedException)?.RetryAfter;
            }
            await Task.Delay(_backoff.Next(notBefore), time, stop).ConfigureAwait(false);
        }
    }

    // Bytes that go out and are refused, again and again, get nowhere.
    private long Since(Exception e)
    {
        _refused = e is RefusedException ? _refused ?? time.GetTimestamp() : null;
        return _refused ?? _progressed;
    }

    private static bool MayPass(Exception e) =>
        e is ConnectFailedException
        || (e is FileRefusedException or CommandRefusedException && ((RefusedException)e).IsTemporary);
}
