using HCChat.Protocol;
using HCChat.Server.Chat;

namespace HCChat.Server.Gateway;

/// <summary>One WebSocket: reads messages and hands them to the chat, keeps the peer's liveness, ends properly.</summary>
internal sealed partial class Connection : IDisposable
{
    private const byte PongOpcode = 0xA;

    /// <summary>Control frames that a peer may send in one budget interval; honest ones send one in twenty seconds.</summary>
    private const int ControlBudget = 100;
    private static readonly TimeSpan ControlInterval = TimeSpan.FromSeconds(10);

    /// <summary>How long a close frame has to arrive before the connection is cut.</summary>
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(1);

    /// <summary>The same for a peer that has stopped reading, which first has to make room.</summary>
    private static readonly TimeSpan SlowLinger = TimeSpan.FromSeconds(5);

    private readonly FrameReader _reader;
    private readonly Outbox _outbox;
    private readonly Action _abort;
    private readonly ChatServer _chat;
    private readonly Session _session;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _ended = new();
    private readonly Incoming _incoming = new();
    private readonly Receipts _receipts = new();
    private readonly long _since;

    private TaskCompletionSource _heard = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _heardAt;
    private long _pingedAt;
    private int _closing;
    private bool _peerClosed;
    private bool _slow;
    private bool _silent;
    private volatile bool _handling;
    private volatile bool _hasSpoken;
    private int _control;
    private long _controlSince;

    /// <param name="transport">The upgraded connection.</param>
    /// <param name="addressKey">The peer's address, as limits and bans know it.</param>
    /// <param name="host">The server's name as the peer knows it.</param>
    /// <param name="chat">The conversation.</param>
    /// <param name="logger">Takes notes without names or contents.</param>
    public Connection(Transport transport, string addressKey, string host, ChatServer chat, ILogger logger)
    {
        _reader = new FrameReader(transport.Stream);
        _outbox = new Outbox((data, cancel) => transport.WriteAsync(data, _reader.HasReceived, cancel));
        _abort = transport.Abort;
        _chat = chat;
        _time = chat.Time;
        _logger = logger;
        _since = _heardAt = _pingedAt = _controlSince = _time.GetTimestamp();
        _session = chat.Connect(addressKey, Deliver, ProbeAsync, Close, OnceReceived, host);
    }

    /// <summary>The peer's family, once it is known.</summary>
    public Family Family => _session.Family;

    // Neither side wanted the end. Whoever was silent has had its time already.
    private bool IsBroken => !_peerClosed && !_silent && (_closing == 0 || _slow);

    /// <summary>Serves the connection until it ends.</summary>
    public async Task RunAsync()
    {
        try
        {
            while (Volatile.Read(ref _closing) == 0 && await ReceiveAsync()) { }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The peer has gone or we have cut it: nothing to add.
        }
        catch (Exception e)
        {
            LogFailed(_logger, e);
            Close(CloseCode.InternalError);
        }
        _chat.Disconnect(_session, IsBroken);
        await LingerAsync();
    }

    /// <summary>Sends what is queued, then a close frame with that code, and ends the connection. The first reason counts.</summary>
    public void Close(CloseCode code) => Close(code, dropQueued: false);

    /// <summary>Pings when it is time, and cuts a peer that has been silent for too long, or has never said why it is here. Called every second.</summary>
    public void Tick()
    {
        if (Volatile.Read(ref _closing) != 0)
        {
            return;
        }
        // While a verb runs (it may wait for a ghost) nothing is read, which is not the peer's silence.
        if (
            !_handling
            && _time.GetElapsedTime(Volatile.Read(ref _heardAt)) > TimeSpan.FromSeconds(Limits.SilenceSeconds)
        )
        {
            _silent = true;
            _ended.Cancel();
            _abort();
        }
        else if (!_hasSpoken && _time.GetElapsedTime(_since) > TimeSpan.FromSeconds(Limits.SpeakSeconds))
        {
            Close(CloseCode.PolicyViolation);
        }
        else if (_time.GetElapsedTime(_pingedAt) >= TimeSpan.FromSeconds(Limits.PingSeconds))
        {
            Ping();
        }
    }

    /// <summary>Tells a client of ours that the server goes, and when to come back.</summary>
    public void AnnounceRestart(int afterMs)
    {
        if (_session.Family == Family.HCChat)
        {
            var notice = new Notice("reconnect").Number("afterMs", afterMs).String("reason", "restart");
            Deliver(notice.Encode(_time.GetUtcNow()), droppable: false);
        }
        Close(_session.Family == Family.HCChat ? CloseCode.Restart : CloseCode.GoingAway);
    }

    public void Dispose()
    {
        _reader.Dispose();
        _outbox.Dispose();
        _ended.Dispose();
    }

    private async ValueTask<bool> ReceiveAsync()
    {
        // A joined stock client or app gets hack.chat's silence for a message that is a little too large.
        _reader.SkipsOversized = (Family & (Family.Stock | Family.App)) != 0 && _session.Seats.Count > 0;
        var received = await _reader.ReadAsync(_ended.Token);
        if (received == Received.End)
        {
            return false;
        }
        Hear();
        switch (received)
        {
            case Received.Message:
                _hasSpoken = _handling = true;
                await HandleAsync();
                _handling = false;
                return WithinPatience();
            case Received.Skipped:
                _session.Guard.TryBeginFrame(_reader.Size, out _);
                _session.Guard.EndFrame();
                return WithinPatience();
            case Received.Ping:
                _outbox.EnqueueControl(PongOpcode, _reader.Payload.Span);
                return WithinControlBudget();
            case Received.Pong:
                return Answered(_reader.Payload.Span) || WithinControlBudget();
            case Received.Close:
                _peerClosed = true;
                Close(_reader.Code);
                return false;
            default:
                Close(_reader.Code);
                return false;
        }
    }

    // Whatever came is charged first, so that nothing is too strange to be limited.
    private async Task HandleAsync()
    {
        var call = new Call(_chat, _session, _incoming);
        var shape = _incoming.Parse(_reader.Payload);
        if (!_session.Guard.TryBeginFrame(_reader.Size, out var retryAfter))
        {
            Dispatcher.RefuseFrame(call, retryAfter);
            return;
        }
        if (shape == Incoming.Shape.Object)
        {
            await Dispatcher.HandleAsync(call);
        }
        else if (shape == Incoming.Shape.Malformed && Family == Family.HCChat)
        {
            call.Refuse(Fault.BadJson);
        }
        else if (shape == Incoming.Shape.Malformed)
        {
            Close(CloseCode.None);
        }
        _session.Guard.EndFrame();
        Hear();
    }

    private bool WithinPatience()
    {
        if (_session.Guard.OutOfPatience)
        {
            Close(CloseCode.PolicyViolation);
        }
        return true;
    }

    private void Deliver(byte[] frame, bool droppable)
    {
        if (!_outbox.TryEnqueue(frame, droppable))
        {
            _slow = true;
            Close((Family & Family.Stock) != 0 ? CloseCode.Overloaded : CloseCode.Slow, dropQueued: true);
        }
    }

    private void Close(CloseCode code, bool dropQueued)
    {
        if (Interlocked.Exchange(ref _closing, 1) != 0)
        {
            return;
        }
        LogClosing(_logger, (int)code);
        _outbox.Close(code, dropQueued);
        try
        {
            // Wakes the reader, if it waits for a peer that will say nothing more, in time to cut the connection.
            _ended.CancelAfter(dropQueued ? SlowLinger : Linger);
        }
        catch (ObjectDisposedException)
        {
            // It has ended already.
        }
    }

    private async Task<bool> ProbeAsync()
    {
        var heard = Volatile.Read(ref _heard).Task;
        Ping();
        try
        {
            await heard.WaitAsync(TimeSpan.FromSeconds(Limits.GhostProbeSeconds), _time, _ended.Token);
            return true;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException or ObjectDisposedException)
        {
            return false;
        }
    }

    private void Ping()
    {
        _pingedAt = _time.GetTimestamp();
        _receipts.Ask(_outbox);
    }

    private void OnceReceived(Action action) => _receipts.Ask(_outbox, action);

    // An answer that we asked for costs the peer nothing.
    private bool Answered(ReadOnlySpan<byte> payload) => _receipts.Take(payload);

    private void Hear()
    {
        Volatile.Write(ref _heardAt, _time.GetTimestamp());
        var waiting = Interlocked.Exchange(
            ref _heard,
            new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
        );
        waiting.TrySetResult();
    }

    private bool WithinControlBudget()
    {
        if (_time.GetElapsedTime(_controlSince) > ControlInterval)
        {
            (_control, _controlSince) = (0, _time.GetTimestamp());
        }
        if (++_control <= ControlBudget)
        {
            return true;
        }
        Close(CloseCode.PolicyViolation);
        return false;
    }

    // The close frame goes out, then we read past what the peer still sends: closing over unread data would reset the connection and lose the frame.
    private async Task LingerAsync()
    {
        if (_closing == 0)
        {
            _outbox.Abort();
            return;
        }
        try
        {
            await _outbox.Finished.WaitAsync(_ended.Token);
            if (!_peerClosed)
            {
                await _reader.DiscardAsync(_ended.Token);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException) { }
        _outbox.Abort();
    }

    [LoggerMessage(1001, LogLevel.Debug, "Closing a connection with code {Code}")]
    private static partial void LogClosing(ILogger logger, int code);

    [LoggerMessage(1002, LogLevel.Error, "A connection failed")]
    private static partial void LogFailed(ILogger logger, Exception e);
}
