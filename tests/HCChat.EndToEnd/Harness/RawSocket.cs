using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HCChat.EndToEnd.Harness;

/// <summary>A frame from the server.</summary>
public sealed record Received(int Opcode, byte[] Payload)
{
    public string Text => Encoding.UTF8.GetString(Payload);
}

/// <summary>A WebSocket of which every byte is under control. It answers pings unless told otherwise.</summary>
public sealed class RawSocket : IDisposable
{
    /// <summary>What <see cref="CloseCodeAsync"/> gives when the connection ended without a close frame.</summary>
    public const int NoCloseFrame = 1006;

    private const string Switching = "HTTP/1.1 101";

    private readonly Socket _socket;
    private readonly byte[] _header = new byte[10];
    private readonly List<byte> _ahead;
    private int _fences;

    private RawSocket(Socket socket, IEnumerable<byte> ahead) => (_socket, _ahead) = (socket, [.. ahead]);

    public bool AnswersPings { get; set; } = true;

    /// <summary>Connects and upgrades.</summary>
    /// <param name="from">One of the machine's loopback addresses; 127.0.0.1 if left out.</param>
    public static async Task<RawSocket> OpenAsync(
        int port,
        string headers = "",
        int? receiveBuffer = null,
        IPAddress? from = null
    )
    {
        var (opened, head) = await OpenNowAsync(port, headers, receiveBuffer, from);
        Assert.StartsWith(Switching, head, StringComparison.Ordinal);
        return opened;
    }

    /// <summary>Connects and upgrades; null when nobody takes it.</summary>
    public static async Task<RawSocket?> TryOpenAsync(int port)
    {
        try
        {
            var (opened, head) = await OpenNowAsync(port, "", null);
            if (head.StartsWith(Switching, StringComparison.Ordinal))
            {
                return opened;
            }
            opened.Dispose();
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // Not now.
        }
        return null;
    }

    private static async Task<(RawSocket Opened, string Head)> OpenNowAsync(
        int port,
        string headers,
        int? receiveBuffer,
        IPAddress? from = null
    )
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer is { } bytes)
        {
            socket.ReceiveBufferSize = bytes;
        }
        try
        {
            if (from is not null)
            {
                socket.Bind(new IPEndPoint(from, 0));
            }
            await socket.ConnectAsync(IPAddress.Loopback, port);
            await socket.SendAsync(Encoding.ASCII.GetBytes(Upgrade(port, headers)));
            var (head, rest) = await ReadHeadAsync(socket);
            return (new RawSocket(socket, rest), head);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The request that asks for a WebSocket.</summary>
    public static string Upgrade(
        int port,
        string headers = "",
        string path = "/chat-ws",
        string key = "MDEyMzQ1Njc4OWFiY2RlZg==",
        string version = "13"
    ) =>
        $"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + $"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: {version}\r\n{headers}\r\n";

    /// <summary>Sends a request as it is and returns the head of the answer.</summary>
    public static async Task<string> RequestAsync(int port, string request)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port);
        await socket.SendAsync(Encoding.Latin1.GetBytes(request));
        return (await ReadHeadAsync(socket)).Head;
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await _socket.SendAsync(bytes)..];
        }
    }

    public Task SendTextAsync(string text) => SendAsync(Frame.OfText(text));

    public Task SendJsonAsync(object message) => SendTextAsync(JsonSerializer.Serialize(message));

    /// <summary>Says that nothing more will be sent.</summary>
    public void FinishSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>The next frame; null when the connection has ended.</summary>
    public async Task<Received?> ReceiveAsync(TimeSpan? limit = null)
    {
        using var timeout = new CancellationTokenSource(limit ?? Wait.Usual, TimeProvider.System);
        try
        {
            if (!await FillAsync(_header.AsMemory(0, 2), timeout.Token))
            {
                return null;
            }
            Assert.Equal(0, _header[1] & 0x80);
            var length = _header[1] & 0x7f;
            if (length == 126)
            {
                await FillAsync(_header.AsMemory(2, 2), timeout.Token);
                length = BinaryPrimitives.ReadUInt16BigEndian(_header.AsSpan(2));
            }
            else if (length == 127)
            {
                await FillAsync(_header.AsMemory(2, 8), timeout.Token);
                length = checked((int)BinaryPrimitives.ReadUInt64BigEndian(_header.AsSpan(2)));
            }
            var payload = new byte[length];
            var opcode = _header[0] & 0x0f;
            return await FillAsync(payload, timeout.Token) ? new Received(opcode, payload) : null;
        }
        catch (SocketException)
        {
            return null;
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"no frame came for {limit ?? Wait.Usual}");
        }
    }

    /// <summary>The next text frame as JSON; pings are answered on the way.</summary>
    public async Task<JsonObject> ReceiveJsonAsync(TimeSpan? limit = null)
    {
        while (true)
        {
            var frame = await ReceiveAsync(limit) ?? throw new EndOfStreamException("the connection ended");
            if (frame.Opcode == Frame.Text)
            {
                return JsonNode.Parse(frame.Payload)!.AsObject();
            }
            if (frame.Opcode == Frame.Close)
            {
                throw new EndOfStreamException($"the connection was closed with {CodeOf(frame)}");
            }
            await PongAsync(frame);
        }
    }

    /// <summary>Receives until a JSON frame is as wanted, and returns that.</summary>
    public async Task<JsonObject> UntilAsync(Func<JsonObject, bool> wanted, TimeSpan? limit = null)
    {
        while (true)
        {
            var frame = await ReceiveJsonAsync(limit);
            if (wanted(frame))
            {
                return frame;
            }
        }
    }

    /// <summary>Reads on to the end and tells the code of the close frame: 1005 when it had none, 1006 when there was no such frame.</summary>
    public async Task<int> CloseCodeAsync(TimeSpan? limit = null)
    {
        while (await ReceiveAsync(limit) is { } frame)
        {
            if (frame.Opcode == Frame.Close)
            {
                return CodeOf(frame);
            }
            await PongAsync(frame);
        }
        return NoCloseFrame;
    }

    /// <summary>Reads and forgets everything until the connection ends; answers nothing.</summary>
    public async Task DrainAsync(CancellationToken stop)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await _socket.ReceiveAsync(buffer, stop) > 0) { }
        }
        catch (SocketException)
        {
            // That is an end, too.
        }
    }

    /// <summary>Sends a ping of its own and reads until the pong: all that was sent before has then been dealt with.</summary>
    public async Task<List<Received>> FenceAsync(TimeSpan? limit = null)
    {
        var mark = Encoding.ASCII.GetBytes($"fence {++_fences}");
        await SendAsync(Frame.Of(Frame.Ping, mark));
        var before = new List<Received>();
        while (await ReceiveAsync(limit) is { } frame)
        {
            if (frame.Opcode == Frame.Pong && frame.Payload.AsSpan().SequenceEqual(mark))
            {
                return before;
            }
            if (frame.Opcode == Frame.Close)
            {
                throw new EndOfStreamException($"the connection was closed with {CodeOf(frame)}");
            }
            before.Add(frame);
            await PongAsync(frame);
        }
        throw new EndOfStreamException("the connection ended");
    }

    /// <summary>Joins as a hack.chat client of generation 1.</summary>
    public async Task<RawSocket> JoinAsync(string channel, string nick)
    {
        await SendJsonAsync(
            new
            {
                cmd = "join",
                channel,
                nick,
            }
        );
        await UntilAsync(f => Cmd(f) == "session");
        return this;
    }

    /// <summary>Joins as a client of our own.</summary>
    public async Task<RawSocket> JoinOursAsync(string channel, string nick)
    {
        await SendJsonAsync(new { cmd = "session", proto = 3 });
        await UntilAsync(f => Cmd(f) == "session");
        return await JoinAsync(channel, nick);
    }

    /// <summary>Joins as the HChat app does.</summary>
    public async Task<RawSocket> JoinAppAsync(string room, string nick)
    {
        foreach (
            var message in new object[]
            {
                new { type = "nick", nick },
                new { type = "join", room },
                new { type = "who", room },
            }
        )
        {
            await SendAsync(Frame.Of(Frame.Binary, JsonSerializer.SerializeToUtf8Bytes(message)));
        }
        await UntilAsync(f => (string?)f["type"] == "presence");
        return this;
    }

    public static string? Cmd(JsonObject frame) => (string?)frame["cmd"];

    public static int CodeOf(Received close) =>
        close.Payload.Length < 2 ? 1005 : BinaryPrimitives.ReadUInt16BigEndian(close.Payload);

    /// <summary>Ends the connection by a reset; what was under way is lost.</summary>
    public void Abort() => _socket.Close(timeout: 0);

    public void Dispose() => _socket.Dispose();

    private async Task PongAsync(Received frame)
    {
        if (frame.Opcode == Frame.Ping && AnswersPings)
        {
            try
            {
                await SendAsync(Frame.Of(Frame.Pong, frame.Payload));
            }
            catch (SocketException)
            {
                // The peer is gone; the next receive tells.
            }
        }
    }

    private async Task<bool> FillAsync(Memory<byte> into, CancellationToken cancel)
    {
        if (_ahead.Count > 0)
        {
            var taken = Math.Min(_ahead.Count, into.Length);
            _ahead[..taken].ToArray().CopyTo(into);
            _ahead.RemoveRange(0, taken);
            into = into[taken..];
        }
        while (into.Length > 0)
        {
            var read = await _socket.ReceiveAsync(into, cancel);
            if (read == 0)
            {
                return false;
            }
            into = into[read..];
        }
        return true;
    }

    private static async Task<(string Head, byte[] Ahead)> ReadHeadAsync(Socket socket)
    {
        var bytes = new List<byte>();
        var buffer = new byte[4096];
        using var timeout = new CancellationTokenSource(Wait.Usual, TimeProvider.System);
        while (true)
        {
            var text = Encoding.Latin1.GetString([.. bytes]);
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0)
            {
                return (text[..end], [.. bytes.Skip(end + 4)]);
            }
            var read = await socket.ReceiveAsync(buffer, timeout.Token);
            if (read == 0)
            {
                return (text, []);
            }
            bytes.AddRange(buffer.AsSpan(0, read));
        }
    }
}
