using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace HCChat.Tests;

/// <summary>A client that sends and receives JSON text as it stands: what a stranger could write in ten minutes.</summary>
public sealed class WireClient : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private readonly ClientWebSocket _socket = new();
    private readonly Channel<string> _frames = Channel.CreateUnbounded<string>();
    private readonly CancellationTokenSource _ended = new();

    /// <summary>The close code, once the server has closed.</summary>
    public int? CloseCode => (int?)_socket.CloseStatus;

    public static async Task<WireClient> ConnectAsync(RunningServer server)
    {
        var client = new WireClient();
        using var patience = new CancellationTokenSource(s_patience);
        await client._socket.ConnectAsync(server.WebSocket, patience.Token);
        _ = client.ReceiveAsync();
        return client;
    }

    /// <summary>Connects as a client of our family and joins.</summary>
    public static async Task<WireClient> JoinAsync(
        RunningServer server,
        string channel,
        string nick,
        string? pass = null
    )
    {
        var client = await ConnectAsync(server);
        await client.SendAsync("""{"cmd":"session","proto":3}""");
        await client.ReadUntilAsync("session");
        await client.SendAsync(
            new JsonObject
            {
                ["cmd"] = "join",
                ["channel"] = channel,
                ["nick"] = nick,
                ["pass"] = pass,
            }.ToJsonString()
        );
        await client.ReadUntilAsync("session");
        return client;
    }

    public async Task SendAsync(string json, WebSocketMessageType type = WebSocketMessageType.Text)
    {
        using var patience = new CancellationTokenSource(s_patience);
        await _socket.SendAsync(Encoding.UTF8.GetBytes(json), type, true, patience.Token);
    }

    /// <summary>The next frame as text, or null when the server closed.</summary>
    public async Task<string?> ReadTextAsync()
    {
        using var patience = new CancellationTokenSource(s_patience);
        return await _frames.Reader.WaitToReadAsync(patience.Token)
            ? await _frames.Reader.ReadAsync(patience.Token)
            : null;
    }

    /// <summary>Every frame that was read.</summary>
    public List<JsonObject> Seen { get; } = [];

    /// <summary>The next frame.</summary>
    public async Task<JsonObject> ReadAsync()
    {
        var text = await ReadTextAsync() ?? throw new EndOfStreamException($"closed with {CloseCode}");
        Seen.Add(JsonNode.Parse(text)!.AsObject());
        return Seen[^1];
    }

    /// <summary>The next frame of that <c>cmd</c>, or of one of these; earlier ones are passed over.</summary>
    public async Task<JsonObject> ReadUntilAsync(params string[] cmds)
    {
        while (true)
        {
            var frame = await ReadAsync();
            if (cmds.Contains((string?)frame["cmd"]))
            {
                return frame;
            }
        }
    }

    /// <summary>Reads on until the server closes, and gives the code.</summary>
    public async Task<int?> ReadCloseAsync()
    {
        while (await ReadTextAsync() is not null) { }
        return CloseCode;
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _socket.Abort();
        _socket.Dispose();
    }

    // Reads all the time, because a socket of .NET answers pings only while somebody reads.
    private async Task ReceiveAsync()
    {
        var buffer = new byte[1 << 18];
        var length = 0;
        try
        {
            while (true)
            {
                var part = await _socket.ReceiveAsync(buffer.AsMemory(length), _ended.Token);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    break;
                }
                length += part.Count;
                if (part.EndOfMessage)
                {
                    _frames.Writer.TryWrite(Encoding.UTF8.GetString(buffer, 0, length));
                    length = 0;
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException) { }
        _frames.Writer.Complete();
    }
}
