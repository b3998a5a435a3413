using System.Buffers;
using System.Net.WebSockets;
using System.Threading.Channels;
using Google.Protobuf;
using HCChat.Rtc.Signal.Wire;

namespace HCChat.Rtc.Signal;

/// <summary>The WebSocket of one client: whole messages in, a bounded queue out.</summary>
internal sealed class SignalSocket(WebSocket socket) : IDisposable
{
    /// <summary>Longer messages end the connection, in bytes. What is longest is the state that a client of a full call repeats when it comes back.</summary>
    public const int MaxMessage = 1024 * 1024;

    private const int MaxQueued = 4096;
    private const long MaxQueuedBytes = 8 * 1024 * 1024;
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(2);

    private readonly Channel<byte[]> _out = Channel.CreateUnbounded<byte[]>(
        new UnboundedChannelOptions { SingleReader = true }
    );
    private readonly CancellationTokenSource _over = new();
    private long _queuedBytes;
    private int _queued;

    /// <summary>
    /// Queues a message. It is written out here and now, for it may hold on to what the room changes afterwards. A client that lets too much gather is cut
    /// off; it may come back.
    /// </summary>
    public void Send(SignalResponse message)
    {
        var bytes = message.ToByteArray();
        if (
            Interlocked.Add(ref _queuedBytes, bytes.Length) > MaxQueuedBytes
            || Interlocked.Increment(ref _queued) > MaxQueued
        )
            _out.Writer.TryComplete(new IOException("The client does not read."));
        else
            _out.Writer.TryWrite(bytes);
    }

    /// <summary>Ends it when what is queued has gone out.</summary>
    public void Close() => _out.Writer.TryComplete();

    /// <summary>Reads until it ends. Every message goes to <paramref name="handle"/>, and null for what is none, which is the last.</summary>
    public async Task RunAsync(Action<SignalRequest?> handle, CancellationToken cancellation)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _over.Token);
        var writing = WriteAsync(linked.Token);
        try
        {
            await ReadAsync(handle, linked.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException)
        {
            // It is over, however it ended.
        }
        Close();
        // What is left to say is said for a moment, to whoever still listens.
        _over.CancelAfter(s_farewell);
        await writing.ConfigureAwait(false);
    }

    public void Dispose()
    {
        _over.Dispose();
        socket.Dispose();
    }

    private async Task ReadAsync(Action<SignalRequest?> handle, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            while (true)
            {
                var length = 0;
                ValueWebSocketReceiveResult result;
                do
                {
                    if (length == buffer.Length)
                        buffer = Grow(buffer);
                    result = await socket.ReceiveAsync(buffer.AsMemory(length), cancellation).ConfigureAwait(false);
                    length += result.Count;
                    if (result.MessageType == WebSocketMessageType.Close)
                        return;
                } while (!result.EndOfMessage && length <= MaxMessage);
                var request =
                    result.MessageType == WebSocketMessageType.Binary && result.EndOfMessage && length <= MaxMessage
                        ? Parse(buffer.AsSpan(0, length))
                        : null;
                handle(request);
                if (request is null)
                    return;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Null: it is not a message.</summary>
    public static SignalRequest? Parse(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return SignalRequest.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    private static byte[] Grow(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }

    private async Task WriteAsync(CancellationToken cancellation)
    {
        try
        {
            await foreach (var bytes in _out.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
            {
                await socket
                    .SendAsync(bytes.AsMemory(), WebSocketMessageType.Binary, true, cancellation)
                    .ConfigureAwait(false);
                Interlocked.Add(ref _queuedBytes, -bytes.Length);
                Interlocked.Decrement(ref _queued);
            }
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellation).ConfigureAwait(false);
            // Whoever does not close in turn is not waited for.
            _over.CancelAfter(s_farewell);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException)
        {
            socket.Abort();
            await _over.CancelAsync().ConfigureAwait(false);
        }
    }
}
