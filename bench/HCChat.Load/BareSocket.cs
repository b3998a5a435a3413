using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace HCChat.Load;

/// <summary>A WebSocket on a bare socket that does no more than a measurement needs, so that the server is what is measured.</summary>
internal sealed class BareSocket : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
    {
        NoDelay = true,
    };
    private byte[] _buffer = new byte[16 * 1024];
    private int _end;
    private int _pos;

    private BareSocket() { }

    /// <summary>Connects and upgrades.</summary>
    public static async Task<BareSocket> ConnectAsync(int port)
    {
        var socket = new BareSocket();
        await socket._socket.ConnectAsync(IPAddress.Loopback, port);
        await socket.SendRawAsync(
            Encoding.ASCII.GetBytes(
                $"GET /chat-ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
            )
        );
        while (socket._buffer.AsSpan(0, socket._end).IndexOf("\r\n\r\n"u8) < 0)
        {
            await socket.FillAsync();
        }
        socket._pos = socket._buffer.AsSpan(0, socket._end).IndexOf("\r\n\r\n"u8) + 4;
        return socket;
    }

    /// <summary>A text as a frame. Masked with zeros: RFC 6455 asks for a mask, not for secrecy here.</summary>
    public static byte[] Frame(string json)
    {
        var length = Encoding.UTF8.GetByteCount(json);
        var header = length < 126 ? 6 : 8;
        var frame = new byte[header + length];
        frame[0] = 0x81;
        frame[1] = (byte)(0x80 | (header == 6 ? length : 126));
        if (header == 8)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), checked((ushort)length));
        }
        Encoding.UTF8.GetBytes(json, frame.AsSpan(header));
        return frame;
    }

    /// <summary>Sends a text.</summary>
    public Task SendAsync(string json) => SendRawAsync(Frame(json));

    /// <summary>Sends bytes: frames that are ready.</summary>
    public async Task SendRawAsync(ReadOnlyMemory<byte> data)
    {
        while (!data.IsEmpty)
        {
            data = data[await _socket.SendAsync(data, SocketFlags.None)..];
        }
    }

    /// <summary>The next frame's content, good until the next call.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> NextFrameAsync()
    {
        ReadOnlyMemory<byte> frame;
        while (!TryNextFrame(out frame))
        {
            await FillAsync();
        }
        return frame;
    }

    /// <summary>The same if it has come already. Frames from a server are unmasked and, at these sizes, whole.</summary>
    public bool TryNextFrame(out ReadOnlyMemory<byte> frame)
    {
        frame = default;
        var have = _end - _pos;
        if (have < 2)
        {
            return false;
        }
        var length = _buffer[_pos + 1] & 0x7F;
        var header =
            length == 127 ? 10
            : length == 126 ? 4
            : 2;
        if (have < header)
        {
            return false;
        }
        length =
            length == 127 ? (int)BinaryPrimitives.ReadInt64BigEndian(_buffer.AsSpan(_pos + 2))
            : length == 126 ? BinaryPrimitives.ReadUInt16BigEndian(_buffer.AsSpan(_pos + 2))
            : length;
        if (have < header + length)
        {
            return false;
        }
        frame = _buffer.AsMemory(_pos + header, length);
        _pos += header + length;
        return true;
    }

    public void Dispose() => _socket.Dispose();

    private async ValueTask FillAsync()
    {
        if (_pos > 0)
        {
            _buffer.AsSpan(_pos, _end - _pos).CopyTo(_buffer);
            (_pos, _end) = (0, _end - _pos);
        }
        if (_end == _buffer.Length)
        {
            // The list of a large room, a page of its history.
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        }
        var read = await _socket.ReceiveAsync(_buffer.AsMemory(_end), SocketFlags.None);
        _end += read > 0 ? read : throw new EndOfStreamException();
    }
}
