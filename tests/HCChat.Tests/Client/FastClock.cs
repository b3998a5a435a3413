using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Client;

/// <summary>A test's clock that runs while something is awaited: waits begin at moments of their own.</summary>
internal static class FastClock
{
    /// <summary>Lets time pass step by step until <paramref name="awaited"/> has ended.</summary>
    public static async Task RunAsync(this FakeTimeProvider clock, TimeSpan step, Task awaited)
    {
        var stop = TestContext.Current.CancellationToken;
        while (!awaited.IsCompleted)
        {
            clock.Advance(step);
            await Task.WhenAny(awaited, Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, stop));
            stop.ThrowIfCancellationRequested();
        }
        await awaited;
    }
}
