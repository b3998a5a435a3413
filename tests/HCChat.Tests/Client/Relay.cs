using System.Net;
using System.Net.Sockets;

namespace HCChat.Tests.Client;

/// <summary>A network between a client and a server that can be cut: neither side is told.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Uri _server;
    private readonly Lock _gate = new();
    private readonly List<TcpClient> _open = [];
    private readonly Task _accepting;
    private volatile bool _swallows;

    public Relay(string server)
    {
        _server = new Uri(server);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    /// <summary>Cuts what is connected now; new connections are let through.</summary>
    public void Cut()
    {
        lock (_gate)
        {
            foreach (var end in _open)
            {
                end.Client.Close(0); // a reset, no polite end
            }
            _open.Clear();
        }
    }

    /// <summary>What the server says does not arrive any more.</summary>
    public void SwallowAnswers() => _swallows = true;

    /// <summary>Cuts, and lets everything through again.</summary>
    public void CutAndHeal()
    {
        Cut();
        _swallows = false;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        Cut();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                var server = new TcpClient();
                await server.ConnectAsync(_server.Host, _server.Port);
                lock (_gate)
                {
                    _open.AddRange([client, server]);
                }
                _ = CopyAsync(client, server, () => false);
                _ = CopyAsync(server, client, () => _swallows);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The test is over, or the server is away: whoever connects is let down.
        }
    }

    private static async Task CopyAsync(TcpClient from, TcpClient to, Func<bool> swallows)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.GetStream().ReadAsync(buffer) is > 0 and var count)
            {
                if (!swallows())
                {
                    await to.GetStream().WriteAsync(buffer.AsMemory(0, count));
                }
            }
            to.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e)
            when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Cut.
        }
    }
}
