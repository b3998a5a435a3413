using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace HCChat.EndToEnd.Harness;

/// <summary>A way to a server that counts what goes towards it, and from some byte on lets nothing through until it is opened.</summary>
internal sealed class Narrows : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();
    private readonly TaskCompletionSource _stuck = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _server;
    private readonly long _limit;
    private readonly Task _accepting;
    private readonly ConcurrentDictionary<TcpClient, TcpClient> _passing = new();
    private TaskCompletionSource? _refused;
    private long _passed;

    /// <param name="server">The server's port.</param>
    /// <param name="limit">So many bytes pass at first.</param>
    public Narrows(int server, long limit)
    {
        (_server, _limit) = (server, limit);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Bytes that have gone towards the server.</summary>
    public long Passed => Interlocked.Read(ref _passed);

    /// <summary>Ends when no more pass.</summary>
    public Task Stuck => _stuck.Task;

    /// <summary>Ends when somebody has tried in vain since it was broken.</summary>
    public Task Refused => _refused?.Task ?? Task.CompletedTask;

    /// <summary>From here on everything passes.</summary>
    public void Open()
    {
        _refused = null;
        _opened.TrySetResult();
    }

    /// <summary>Resets all connections, and every new one, until it is opened.</summary>
    public void Break()
    {
        _refused = new(TaskCreationOptions.RunContinuationsAsynchronously);
        foreach (var (client, far) in _passing)
        {
            client.Client.Close(timeout: 0);
            far.Client?.Close(timeout: 0);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _ended.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(PassAsync(await _listener.AcceptTcpClientAsync(_ended.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task PassAsync(TcpClient near)
    {
        using var client = near;
        using var far = new TcpClient();
        if (_refused is { } refused)
        {
            client.Client.Close(timeout: 0);
            refused.TrySetResult();
            return;
        }
        _passing[client] = far;
        try
        {
            await far.ConnectAsync(IPAddress.Loopback, _server, _ended.Token);
            var (one, other) = (client.GetStream(), far.GetStream());
            await Task.WhenAny(UpAsync(one, other), other.CopyToAsync(one, _ended.Token));
        }
        catch (Exception e)
            when (e
                    is OperationCanceledException
                        or SocketException
                        or IOException
                        or ObjectDisposedException
                        or InvalidOperationException
            )
        {
            // One of them is gone.
        }
        finally
        {
            _passing.TryRemove(client, out _);
        }
    }

    private async Task UpAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[65_536];
        while (await from.ReadAsync(buffer, _ended.Token) is > 0 and var read)
        {
            if (Interlocked.Add(ref _passed, read) >= _limit && !_opened.Task.IsCompleted)
            {
                _stuck.TrySetResult();
                await _opened.Task.WaitAsync(_ended.Token);
            }
            await to.WriteAsync(buffer.AsMemory(0, read), _ended.Token);
        }
    }
}
