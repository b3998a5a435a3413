using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using HCChat.EndToEnd.Harness;

namespace HCChat.EndToEnd.Durability;

/// <summary>A network between clients and a server that carries bytes both ways until it is told to break a connection. What is under way then is lost.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Socket, Socket> _carried = new();
    private readonly int _target;
    private readonly Task _accepting;

    /// <param name="target">The server's port.</param>
    public CuttingProxy(int target)
    {
        _target = target;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Where clients connect.</summary>
    public int Port { get; }

    /// <summary>Breaks all connections that there are, by a reset on both sides.</summary>
    public void Cut()
    {
        foreach (var (client, server) in _carried)
        {
            client.Close(timeout: 0);
            server.Close(timeout: 0);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        Cut();
        await _accepting;
        await Wait.UntilAsync(() => _carried.IsEmpty, "the proxy's connections to end");
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = CarryAsync(await _listener.AcceptSocketAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task CarryAsync(Socket client)
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
        };
        client.NoDelay = true;
        _carried[client] = server;
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _target);
            await Task.WhenAny(PumpAsync(client, server), PumpAsync(server, client));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The server does not take it.
        }
        finally
        {
            client.Close(timeout: 0);
            _carried.TryRemove(client, out _);
        }
    }

    private static async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var read)
            {
                for (var sent = 0; sent < read; )
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent));
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Broken, or broken off.
        }
    }
}
