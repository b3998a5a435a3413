using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;

namespace HCChat.Server.Gateway;

/// <summary>
/// An upgraded connection. What goes out is written to the socket itself, past the web server's pipe, which is worth half as much
/// throughput again; with TLS in this process, or before the peer has shown that it has the upgrade response, through the stream.
/// </summary>
internal sealed class Transport(HttpContext context, Stream stream)
{
    private readonly Socket? _socket = context.Features.Get<ITlsHandshakeFeature>() is null
        ? context.Features.Get<IConnectionSocketFeature>()?.Socket
        : null;

    /// <summary>What comes in.</summary>
    public Stream Stream => stream;

    /// <summary>Cuts the connection.</summary>
    public void Abort() => context.Abort();

    /// <summary>Writes all of the data.</summary>
    /// <param name="direct">Whether nothing can be left in the pipe, so that the socket may be written to.</param>
    /// <exception cref="IOException">The connection broke.</exception>
    /// <exception cref="SocketException">The connection broke.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> data, bool direct, CancellationToken cancel)
    {
        if (_socket is null || !direct)
        {
            await stream.WriteAsync(data, cancel);
            return;
        }
        while (!data.IsEmpty)
        {
            data = data[await _socket.SendAsync(data, SocketFlags.None, cancel)..];
        }
    }
}
