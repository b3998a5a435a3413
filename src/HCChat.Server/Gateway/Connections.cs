using System.Collections.Concurrent;
using System.Security.Cryptography;
using HCChat.Server.Chat;

namespace HCChat.Server.Gateway;

/// <summary>All connections of this node: serves them, keeps them alive, and lets them go when the server stops.</summary>
internal sealed partial class Connections(ChatServer chat, ILogger<Connection> logger)
    : BackgroundService,
        IHostedLifecycleService
{
    /// <summary>How long peers have to take their close frames before the rest is cut.</summary>
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(4);

    /// <summary>Clients of ours come back spread over this time, ms.</summary>
    private const int ReconnectSpreadMs = 3_000;

    private readonly ConcurrentDictionary<Connection, Task> _open = new();

    /// <summary>Whether the server is stopping and takes nobody in.</summary>
    public bool Draining { get; private set; }

    /// <summary>How many there are.</summary>
    public int Count => _open.Count;

    /// <summary>Serves a connection until it ends.</summary>
    /// <param name="transport">The upgraded connection.</param>
    /// <param name="addressKey">The peer's address, as limits and bans know it.</param>
    /// <param name="host">The server's name as the peer knows it.</param>
    public async Task ServeAsync(Transport transport, string addressKey, string host)
    {
        using var connection = new Connection(transport, addressKey, host, chat, logger);
        var served = connection.RunAsync();
        _open[connection] = served;
        if (Draining)
        {
            connection.AnnounceRestart(ReconnectAfterMs());
        }
        try
        {
            await served;
        }
        finally
        {
            _open.TryRemove(connection, out _);
        }
    }

    /// <summary>Drains before the web server stops: closing it first would reset every connection.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        Draining = true;
        foreach (var connection in _open.Keys)
        {
            connection.AnnounceRestart(ReconnectAfterMs());
        }
        try
        {
            await Task.WhenAll(_open.Values).WaitAsync(DrainTime, chat.Time, cancellationToken);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException) { }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), chat.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                foreach (var connection in _open.Keys)
                {
                    Tick(connection.Tick);
                }
                Tick(chat.Tick);
            }
        }
        catch (OperationCanceledException) { }
    }

    // One connection that ends while it is looked at must not stop the others from being looked at, or the server.
    private void Tick(Action tick)
    {
        try
        {
            tick();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended.
        }
        catch (Exception e)
        {
            LogTickFailed(logger, e);
        }
    }

    [LoggerMessage(1003, LogLevel.Error, "Looking after a connection or the rooms failed")]
    private static partial void LogTickFailed(ILogger logger, Exception e);

    private static int ReconnectAfterMs() => RandomNumberGenerator.GetInt32(500, ReconnectSpreadMs);
}
