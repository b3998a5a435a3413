using System.Buffers;
using System.Net.WebSockets;
using System.Text.Json;
using System.Threading.Channels;

namespace HCChat.Client;

/// <summary>How a connection ended.</summary>
internal sealed record WireEnd(int? CloseCode);

/// <summary>One WebSocket: frames out in order, frames in one by one, and a ping when it is quiet.</summary>
internal sealed class Wire : IDisposable
{
    private const int MaxFrame = 4 * 1024 * 1024; // bytes; a roster of thousands is far smaller
    private static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan SilenceAllowed = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);
    private static readonly byte[] Ping = Frames.Command("ping");

    private readonly ClientWebSocket socket;
    private readonly TimeProvider time;
    private readonly Channel<byte[]> outgoing = Channel.CreateUnbounded<byte[]>(); // bounded by the outboxes that fill it
    private readonly CancellationTokenSource ended = new();
    private long lastHeard;
    private volatile bool over;

    private Wire(ClientWebSocket socket, TimeProvider time)
    {
        this.socket = socket;
        this.time = time;
        lastHeard = time.GetTimestamp();
    }

    /// <summary>Connects.</summary>
    /// <exception cref="ConnectFailedException">The server could not be reached in time or did not upgrade.</exception>
    public static async Task<Wire> OpenAsync(ChatOptions options, CancellationToken stop)
    {
        var endpoint = options.Endpoint;
        var socket = new ClientWebSocket();
        socket.Options.KeepAliveInterval = TimeSpan.Zero; // the ping of the protocol does it
        using var timeout = new CancellationTokenSource(options.ConnectTimeout, options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stop);
        try
        {
            await socket.ConnectAsync(endpoint, either.Token).ConfigureAwait(false);
            return new Wire(socket, options.Time);
        }
        catch (Exception e)
            when (e is WebSocketException or OperationCanceledException && !stop.IsCancellationRequested)
        {
            socket.Dispose();
            throw new ConnectFailedException(
                endpoint,
                timeout.IsCancellationRequested ? new TimeoutException("no answer") : e
            );
        }
    }

    /// <summary>Sends a frame after those posted before. Nothing happens when the connection is gone.</summary>
    public void Post(byte[] frame) => outgoing.Writer.TryWrite(frame);

    /// <summary>Reads until the connection ends, whatever ends it; never throws for what the peer does.</summary>
    public async Task<WireEnd> RunAsync(Action<JsonElement> onFrame, Action onTick)
    {
        var writing = WriteAllAsync();
        var pinging = PingAsync(onTick);
        try
        {
            await ReadAllAsync(onFrame).ConfigureAwait(false);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The close code below, or its absence, says what matters.
        }
        over = true;
        outgoing.Writer.TryComplete();
        await ended.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(writing, pinging).ConfigureAwait(false);
        return new WireEnd((int?)socket.CloseStatus);
    }

    /// <summary>Closes politely: what was posted goes out first, then the close frame, and at most 2 s pass.</summary>
    public async Task CloseAsync()
    {
        if (over)
        {
            return;
        }
        outgoing.Writer.TryComplete();
        using var timeout = new CancellationTokenSource(CloseTimeout, time);
        try
        {
            await outgoing.Reader.Completion.WaitAsync(timeout.Token).ConfigureAwait(false);
            await socket
                .CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, timeout.Token)
                .ConfigureAwait(false);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            socket.Abort();
        }
    }

    /// <summary>Drops the connection.</summary>
    public void Abort() => socket.Abort();

    /// <summary>Frees the socket.</summary>
    public void Dispose()
    {
        socket.Dispose();
        ended.Dispose();
    }

    private async Task ReadAllAsync(Action<JsonElement> onFrame)
    {
        var buffer = new ArrayBufferWriter<byte>(16 * 1024);
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.GetMemory(8 * 1024), ended.Token).ConfigureAwait(false);
            Interlocked.Exchange(ref lastHeard, time.GetTimestamp());
            if (received.MessageType == WebSocketMessageType.Close)
            {
                await AnswerCloseAsync().ConfigureAwait(false);
                return;
            }
            buffer.Advance(received.Count);
            if (buffer.WrittenCount > MaxFrame)
            {
                socket.Abort();
                return;
            }
            if (received.EndOfMessage)
            {
                Hand(buffer.WrittenMemory, onFrame);
                buffer.ResetWrittenCount();
            }
        }
    }

    private async Task AnswerCloseAsync()
    {
        if (socket.State == WebSocketState.CloseReceived)
        {
            using var timeout = new CancellationTokenSource(CloseTimeout, time);
            await socket
                .CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, timeout.Token)
                .ConfigureAwait(false);
        }
    }

    private static void Hand(ReadOnlyMemory<byte> utf8, Action<JsonElement> onFrame)
    {
        try
        {
            using var json = JsonDocument.Parse(utf8);
            if (json.RootElement.ValueKind == JsonValueKind.Object)
            {
                onFrame(json.RootElement);
            }
        }
        catch (JsonException)
        {
            // A frame that is not JSON tells us nothing; the next one may.
        }
    }

    private async Task WriteAllAsync()
    {
        try
        {
            await foreach (var frame in outgoing.Reader.ReadAllAsync(ended.Token).ConfigureAwait(false))
            {
                await socket.SendAsync(frame, WebSocketMessageType.Text, true, ended.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            socket.Abort(); // the reader notices and reports the end
        }
    }

    private async Task PingAsync(Action onTick)
    {
        using var timer = new PeriodicTimer(PingEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(ended.Token).ConfigureAwait(false))
            {
                if (time.GetElapsedTime(Interlocked.Read(ref lastHeard)) > SilenceAllowed)
                {
                    socket.Abort();
                    return;
                }
                Post(Ping);
                onTick();
            }
        }
        catch (OperationCanceledException)
        {
            // The connection ended first.
        }
    }
}
