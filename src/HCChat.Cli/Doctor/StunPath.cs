using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace HCChat.Cli.Doctor;

/// <summary>How requests of STUN get to a server and back: UDP with repetitions (RFC 8489 §6.2.1), TCP, or TLS.</summary>
internal sealed class StunPath : IAsyncDisposable
{
    private static readonly TimeSpan s_repeat = TimeSpan.FromMilliseconds(500);

    private readonly Socket _socket;
    private readonly Stream? _stream;
    private readonly bool _isFramed;
    private readonly TimeProvider _time;

    private StunPath(Socket socket, Stream? stream, bool isFramed, TimeProvider time)
    {
        (_socket, _stream, _isFramed, _time) = (socket, stream, isFramed, time);
    }

    /// <summary>By UDP.</summary>
    public static StunPath OverUdp(IPEndPoint to, TimeProvider time)
    {
        var socket = new Socket(to.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(to);
        return new StunPath(socket, null, isFramed: false, time);
    }

    /// <summary>By TCP.</summary>
    /// <param name="tls">The server's name, for TLS; null for none.</param>
    /// <param name="isFramed">Whether each message has its length before it, as in ICE (RFC 4571), or stands by itself, as in TURN.</param>
    /// <exception cref="SocketException">Nobody is there.</exception>
    public static async Task<StunPath> OverTcpAsync(
        IPEndPoint to,
        string? tls,
        bool isFramed,
        TimeProvider time,
        CancellationToken stop
    )
    {
        var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(to, stop);
            Stream stream = new NetworkStream(socket, ownsSocket: false);
            if (tls is not null)
            {
                var secured = new SslStream(stream);
                await secured.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = tls }, stop);
                stream = secured;
            }
            return new StunPath(socket, stream, isFramed, time);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Asks, and waits for the answer.</summary>
    /// <exception cref="OperationCanceledException">None came.</exception>
    public async Task<StunMessage> AskAsync(StunMessage request, byte[]? key, CancellationToken stop)
    {
        var bytes = request.Encode(key);
        while (true)
        {
            await SendAsync(bytes, stop);
            using var soon = CancellationTokenSource.CreateLinkedTokenSource(stop);
            using var timer = new CancellationTokenSource(s_repeat, _time);
            using var link = timer.Token.Register(soon.Cancel);
            try
            {
                while (true)
                {
                    var answer = await ReceiveAsync(_stream is null ? soon.Token : stop);
                    if (answer?.Answers(request) == true)
                    {
                        return answer;
                    }
                }
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested) { }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_stream is not null)
        {
            await _stream.DisposeAsync();
        }
        _socket.Dispose();
    }

    private async Task SendAsync(byte[] bytes, CancellationToken stop)
    {
        if (_stream is null)
        {
            await _socket.SendAsync(bytes, stop);
            return;
        }
        if (_isFramed)
        {
            var length = new byte[2];
            BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)bytes.Length);
            bytes = [.. length, .. bytes];
        }
        await _stream.WriteAsync(bytes, stop);
    }

    private async Task<StunMessage?> ReceiveAsync(CancellationToken stop)
    {
        var buffer = new byte[2048];
        if (_stream is null)
        {
            return StunMessage.Read(buffer.AsSpan(0, await _socket.ReceiveAsync(buffer, stop)));
        }
        if (_isFramed)
        {
            await _stream.ReadExactlyAsync(buffer.AsMemory(0, 2), stop);
            var framed = Math.Min((int)BinaryPrimitives.ReadUInt16BigEndian(buffer), buffer.Length);
            await _stream.ReadExactlyAsync(buffer.AsMemory(0, framed), stop);
            return StunMessage.Read(buffer.AsSpan(0, framed));
        }
        await _stream.ReadExactlyAsync(buffer.AsMemory(0, 20), stop);
        var length = Math.Min(20 + BinaryPrimitives.ReadUInt16BigEndian(buffer.AsSpan(2)), buffer.Length);
        await _stream.ReadExactlyAsync(buffer.AsMemory(20, length - 20), stop);
        return StunMessage.Read(buffer.AsSpan(0, length));
    }
}
