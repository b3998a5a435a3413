using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace HCChat.Load;

/// <summary>One member of a room on a bare socket: counts the messages it gets and does nothing else, so that the server is what is measured.</summary>
internal sealed class LoadClient : IDisposable
{
    private static readonly byte[] s_chat = Encoding.UTF8.GetBytes("\"cmd\":\"chat\"");

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
    {
        NoDelay = true,
    };
    private byte[] _buffer = new byte[16 * 1024];
    private readonly Action _received;
    private int _end;
    private int _pos;

    /// <param name="received">Called for each chat message.</param>
    private LoadClient(Action received) => _received = received;

    /// <summary>Connects, joins a room and starts counting.</summary>
    public static async Task<LoadClient> JoinAsync(int port, string channel, string nick, Action received)
    {
        var client = new LoadClient(received);
        await client._socket.ConnectAsync(IPAddress.Loopback, port);
        await client.SendRawAsync(
            Encoding.ASCII.GetBytes(
                $"GET /chat-ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
            )
        );
        while (client._buffer.AsSpan(0, client._end).IndexOf("\r\n\r\n"u8) < 0)
        {
            await client.FillAsync();
        }
        client._pos = client._buffer.AsSpan(0, client._end).IndexOf("\r\n\r\n"u8) + 4;
        await client.SendAsync($$"""{"cmd":"join","channel":"{{channel}}","nick":"{{nick}}"}""");
        await client.NextFrameAsync();
        _ = client.CountAsync();
        return client;
    }

    /// <summary>Says something to the room.</summary>
    public Task SayAsync(string text) => SendAsync($$"""{"cmd":"chat","text":"{{text}}"}""");

    public void Dispose() => _socket.Dispose();

    private async Task CountAsync()
    {
        try
        {
            while (true)
            {
                var frame = await NextFrameAsync();
                if (_buffer.AsSpan(frame.Start, Math.Min(frame.Length, 32)).IndexOf(s_chat) >= 0)
                {
                    _received();
                }
            }
        }
        catch (Exception e) when (e is SocketException or EndOfStreamException or ObjectDisposedException) { }
    }

    // Frames from a server are unmasked and, at this size, whole.
    private async ValueTask<(int Start, int Length)> NextFrameAsync()
    {
        while (true)
        {
            var have = _end - _pos;
            if (have >= 2)
            {
                var length = _buffer[_pos + 1] & 0x7F;
                var header =
                    length == 127 ? 10
                    : length == 126 ? 4
                    : 2;
                if (have >= header)
                {
                    length =
                        length == 127 ? (int)BinaryPrimitives.ReadInt64BigEndian(_buffer.AsSpan(_pos + 2))
                        : length == 126 ? BinaryPrimitives.ReadUInt16BigEndian(_buffer.AsSpan(_pos + 2))
                        : length;
                    if (have >= header + length)
                    {
                        var start = _pos + header;
                        _pos = start + length;
                        return (start, length);
                    }
                }
            }
            await FillAsync();
        }
    }

    private async ValueTask FillAsync()
    {
        if (_pos > 0)
        {
            _buffer.AsSpan(_pos, _end - _pos).CopyTo(_buffer);
            (_pos, _end) = (0, _end - _pos);
        }
        if (_end == _buffer.Length)
        {
            // The list of a large room.
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        }
        var read = await _socket.ReceiveAsync(_buffer.AsMemory(_end), SocketFlags.None);
        _end += read > 0 ? read : throw new EndOfStreamException();
    }

    // Masked with zeros: RFC 6455 asks for a mask, not for secrecy here.
    private Task SendAsync(string json)
    {
        var payload = Encoding.UTF8.GetBytes(json);
        var frame = new byte[payload.Length + 8];
        frame[0] = 0x81;
        var header = payload.Length < 126 ? 6 : 8;
        frame[1] = (byte)(0x80 | (header == 6 ? payload.Length : 126));
        if (header == 8)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
        }
        payload.CopyTo(frame, header);
        return SendRawAsync(frame.AsMemory(0, header + payload.Length));
    }

    private async Task SendRawAsync(ReadOnlyMemory<byte> data)
    {
        while (!data.IsEmpty)
        {
            data = data[await _socket.SendAsync(data, SocketFlags.None)..];
        }
    }
}
