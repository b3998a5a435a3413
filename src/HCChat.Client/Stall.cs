using System.Net.Sockets;

namespace HCChat.Client;

/// <summary>Ends a transfer on which nothing moves.</summary>
internal sealed class Stall : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _timeout;
    private readonly CancellationTokenSource _either;
    private readonly CancellationToken _stop;

    public Stall(TimeProvider time, CancellationToken stop)
    {
        _stop = stop;
        _timeout = new CancellationTokenSource(s_patience, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_timeout.Token, stop);
    }

    /// <summary>Ends what is under way.</summary>
    public CancellationToken Token => _either.Token;

    /// <summary>It moves.</summary>
    public void Moved() => _timeout.CancelAfter(s_patience);

    /// <summary>Whether an exception is the word that nothing moves, or that the network failed, and not the caller's wish.</summary>
    public bool IsCauseOf(Exception e) =>
        IsOfNetwork(e) || e is IOException || (e is OperationCanceledException && !_stop.IsCancellationRequested);

    /// <summary>Whether the network is to blame. A connection that breaks just when it stands comes out of the HTTP client as the socket's own error.</summary>
    public static bool IsOfNetwork(Exception e) => e is HttpRequestException or SocketException;

    /// <inheritdoc/>
    public void Dispose()
    {
        _either.Dispose();
        _timeout.Dispose();
    }
}
