using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace HCChat.Client;

/// <summary>
/// The events of one room between the connection and whoever reads them: bounded, so that a reader that sleeps costs neither memory nor
/// the acknowledgements of others. When full the oldest event goes, and the reader is told how many went.
/// </summary>
internal sealed class EventQueue
{
    /// <summary>Events that wait at most.</summary>
    public const int Capacity = 4_096;

    private readonly TimeProvider _time;
    private readonly Channel<ChatEvent> _events;
    private long _lost;

    public EventQueue(TimeProvider time)
    {
        _time = time;
        var options = new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest };
        _events = Channel.CreateBounded<ChatEvent>(options, _ => Interlocked.Increment(ref _lost));
    }

    public void Post(ChatEvent happened) => _events.Writer.TryWrite(happened);

    public void Close() => _events.Writer.TryComplete();

    public async IAsyncEnumerable<ChatEvent> ReadAsync([EnumeratorCancellation] CancellationToken stop)
    {
        await foreach (var happened in _events.Reader.ReadAllAsync(stop).ConfigureAwait(false))
        {
            if (Interlocked.Exchange(ref _lost, 0) is > 0 and var count)
            {
                yield return new EventsLost(_time.GetUtcNow(), count);
            }
            yield return happened;
        }
    }
}
