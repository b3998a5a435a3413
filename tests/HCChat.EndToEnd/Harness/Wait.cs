namespace HCChat.EndToEnd.Harness;

/// <summary>Waiting by condition.</summary>
public static class Wait
{
    public static readonly TimeSpan Usual = TimeSpan.FromSeconds(15);

    /// <summary>Polls every 10 ms until the condition holds.</summary>
    /// <exception cref="TimeoutException">It did not hold in time; the message says what was waited for.</exception>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what, TimeSpan? limit = null)
    {
        var from = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(from) > (limit ?? Usual))
            {
                throw new TimeoutException($"waited {limit ?? Usual} for {what}");
            }
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }

    public static Task UntilAsync(Func<bool> condition, string what, TimeSpan? limit = null) =>
        UntilAsync(() => Task.FromResult(condition()), what, limit);
}
