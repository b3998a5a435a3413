using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace HCChat.Tests.Client;

/// <summary>A peer that says what a real server says only on a bad day: silence, final close codes, another salt.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private WebSocket? _socket;

    public ScriptedServer()
    {
        Url = new Uri($"http://127.0.0.1:{FreePort.Next()}/");
        _listener.Prefixes.Add(Url.AbsoluteUri);
        _listener.Start();
    }

    public Uri Url { get; }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Takes the next connection.</summary>
    public async Task AcceptAsync()
    {
        _socket?.Dispose();
        var context = await _listener.GetContextAsync().WaitAsync(Stop);
        _socket = (await context.AcceptWebSocketAsync(null)).WebSocket;
    }

    /// <summary>Greets a connection as one that is in no room.</summary>
    public async Task<JsonElement> GreetAsync(string token = "t1")
    {
        var session = await HearAsync("session");
        await SayAsync(
            new
            {
                cmd = "session",
                restored = false,
                token,
                channels = Array.Empty<string>(),
                proto = 3,
            }
        );
        return session;
    }

    /// <summary>Lets the next one who asks into the room, as user 1, in a session that cannot be kept.</summary>
    /// <returns>The join.</returns>
    public async Task<JsonElement> AdmitAsync(string saltB64 = "", string? epoch = null, long head = 0)
    {
        var join = await HearAsync("join");
        var me = new
        {
            userid = 1,
            nick = join.GetProperty("nick").GetString(),
            isme = true,
        };
        await SayAsync(
            new
            {
                cmd = "onlineSet",
                channel = join.GetProperty("channel").GetString(),
                users = new[] { me },
                e2ee = new { saltB64 },
                epoch,
                head,
            }
        );
        await SayAsync(
            new
            {
                cmd = "session",
                restored = false,
                token = "",
                channels = new[] { join.GetProperty("channel").GetString() },
                proto = 3,
            }
        );
        return join;
    }

    /// <summary>The next frame with this verb; pings in between are passed over.</summary>
    public async Task<JsonElement> HearAsync(string cmd)
    {
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var received = await _socket!.ReceiveAsync(buffer, Stop);
            var frame = JsonDocument.Parse(buffer.AsMemory(0, received.Count)).RootElement.Clone();
            if (frame.GetProperty("cmd").GetString() == cmd)
            {
                return frame;
            }
        }
    }

    public Task SayAsync(object frame) => SayAsync(JsonSerializer.Serialize(frame));

    public Task SayAsync(string text) =>
        _socket!.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, Stop);

    public Task CloseAsync(int code) => _socket!.CloseOutputAsync((WebSocketCloseStatus)code, null, Stop);

    public ValueTask DisposeAsync()
    {
        _socket?.Dispose();
        _listener.Close();
        return ValueTask.CompletedTask;
    }
}
