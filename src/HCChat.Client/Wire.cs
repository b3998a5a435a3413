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

    private readonly ClientWebSocket _socket;
    private readonly TimeProvider _time;
    private readonly Channel<ReadOnlyMemory<byte>> _outgoing = Channel.CreateUnbounded<ReadOnlyMemory<byte>>(); // bounded by the outboxes that fill it
    private readonly CancellationTokenSource _ended = new();
    private Task _writing = Task.CompletedTask;
    private long _lastHeard;
    private volatile bool _over;

    private Wire(ClientWebSocket socket, TimeProvider time)
    {
        _socket = socket;
        _time = time;
        _lastHeard = time.GetTimestamp();
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
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            socket.Dispose();
            stop.ThrowIfCancellationRequested(); // closed meanwhile: whatever else went wrong is of no account
            throw new ConnectFailedException(
                endpoint,
                timeout.IsCancellationRequested ? new TimeoutException("no answer") : e
            );
        }
    }

    /// <summary>Sends a frame after those posted before. Nothing happens when the connection is gone.</summary>
    public void Post(ReadOnlyMemory<byte> frame) => _outgoing.Writer.TryWrite(frame);

    /// <summary>Reads until the connection ends, whatever ends it; never throws for what the peer does.</summary>
    public async Task<WireEnd> RunAsync(Action<JsonElement> onFrame, Action onTick)
    {
        _writing = WriteAllAsync();
        var pinging = PingAsync(onTick);
        try
        {
            await ReadAllAsync(onFrame).ConfigureAwait(false);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The close code below, or its absence, says what matters.
        }
        _over = true;
        _outgoing.Writer.TryComplete();
        await _ended.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_writing, pinging).ConfigureAwait(false);
        return new WireEnd((int?)_socket.CloseStatus);
    }

    /// <summary>Closes politely: what was posted goes out first, then the close frame, and at most 2 s pass.</summary>
    public async Task CloseAsync()
    {
        if (_over)
        {
            return;
        }
        _outgoing.Writer.TryComplete();
        using var timeout = new CancellationTokenSource(CloseTimeout, _time);
        try
        {
            await _writing.WaitAsync(timeout.Token).ConfigureAwait(false);
            await _socket
                .CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, timeout.Token)
                .ConfigureAwait(false);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            _socket.Abort();
        }
    }

    /// <summary>Drops the connection.</summary>
    public void Abort() => _socket.Abort();

    /// <summary>Frees the socket.</summary>
    public void Dispose()
    {
        _socket.Dispose();
        _ended.Dispose();
    }

    private async Task ReadAllAsync(Action<JsonElement> onFrame)
    {
        var buffer = new ArrayBufferWriter<byte>(16 * 1024);
        while (true)
        {
            var received = await _socket.ReceiveAsync(buffer.GetMemory(8 * 1024), _ended.Token).ConfigureAwait(false);
            Interlocked.Exchange(ref _lastHeard, _time.GetTimestamp());
            if (received.MessageType == WebSocketMessageType.Close)
            {
                await AnswerCloseAsync().ConfigureAwait(false);
                return;
            }
            buffer.Advance(received.Count);
            if (buffer.WrittenCount > MaxFrame)
            {
                _socket.Abort();
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
        if (_socket.State == WebSocketState.CloseReceived)
        {
            using var timeout = new CancellationTokenSource(CloseTimeout, _time);
            await _socket
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
            await foreach (var frame in _outgoing.Reader.ReadAllAsync(_ended.Token).ConfigureAwait(false))
            {
                await _socket.SendAsync(frame, WebSocketMessageType.Text, true, _ended.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            _socket.Abort(); // the reader notices and reports the end
        }
    }

    private async Task PingAsync(Action onTick)
    {
        using var timer = new PeriodicTimer(PingEvery, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_ended.Token).ConfigureAwait(false))
            {
                if (_time.GetElapsedTime(Interlocked.Read(ref _lastHeard)) > SilenceAllowed)
                {
                    _socket.Abort();
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
