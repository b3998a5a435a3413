using System.Collections.Concurrent;
using HCChat.Crypto;

namespace HCChat.Client;

/// <summary>
/// A connection to a server, and the rooms joined over it. It comes back by itself when it is lost: full jitter from 0.5 s to 30 s, later when
/// the server says so, never after another client took over the session (4009), after being kicked (4011) or not admitted (4403). On return
/// it joins its rooms again, catches up on what was missed, and repeats, under the same id, what the server had not acknowledged. Safe for concurrent use.
/// </summary>
/// <example>
/// <code>
/// using var link = InviteLink.Parse(Environment.GetEnvironmentVariable("HCCHAT_ROOM")!);
/// var options = new ChatOptions { Server = link.Server, Nick = "echo" }.KeptIn("/var/lib/echo");
/// await using var client = await ChatClient.ConnectAsync(options);
/// var room = await client.JoinAsync(RoomAccess.ByLink(link));
/// await foreach (var happened in room.ReadAsync())
/// {
///     if (happened is MessageReceived { Message: { IsMine: false, Whisper: false } message })
///     {
///         await room.SendAsync(message.Text, replyTo: message.Id);
///     }
/// }
/// </code>
/// </example>
public sealed partial class ChatClient : IAsyncDisposable
{
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(15); // a dead holder of our nick is probed for 3 s
    private static readonly TimeSpan RejoinPause = TimeSpan.FromSeconds(3);
    private const int RejoinAttempts = 5;

    private readonly ChatOptions _options;
    private readonly SigningIdentity? _ownIdentity; // made for this client's lifetime
    private readonly ConcurrentDictionary<string, ChatRoom> _rooms = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _closing = new();
    private readonly Backoff _backoff = new();
    private readonly SemaphoreSlim _entering = new(1, 1); // one after the other, so that a session can be told to be the answer
    private readonly IdentityProof _proof;
    private readonly ConcurrentDictionary<string, Knock> _knocks = new(StringComparer.Ordinal);
    private volatile Wire _wire;
    private volatile TaskCompletionSource<HashSet<string>> _handshake = NewHandshake();
    private volatile Exception? _ended;
    private volatile TaskCompletionSource<bool>? _answered;
    private volatile ChatRoom? _entrant;
    private Task _running = Task.CompletedTask;
    private string? _token;
    private TimeSpan? _comeBackAfter;

    private ChatClient(ChatOptions options)
    {
        _ownIdentity = options.Identity is null ? SigningIdentity.Generate() : null;
        _options = options with { Identity = options.Identity ?? _ownIdentity };
        _proof = new IdentityProof(_options, Post);
        _wire = null!; // until OpenAsync
    }

    /// <summary>The key with which this client signs in encrypted rooms.</summary>
    public IdentityKey Identity => _options.Identity!.Key;

    /// <summary>Connects. Fails at once when the server cannot be reached; from then on the client reconnects by itself.</summary>
    /// <exception cref="ConnectFailedException">No connection within <see cref="ChatOptions.ConnectTimeout"/>.</exception>
    /// <exception cref="ConnectionEndedException">The server does not admit this client.</exception>
    /// <exception cref="LoginRefusedException">The login of <see cref="ChatOptions.Account"/> is over.</exception>
    /// <exception cref="IdentityRefusedException">The server does not believe the proof of the key that <see cref="ChatOptions.ProveIdentity"/> asks for.</exception>
    public static async Task<ChatClient> ConnectAsync(ChatOptions options, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Account is { } account && account.Server != AccountServer.PageOf(options.Server))
        {
            throw new ArgumentException($"The account is one of {account.Server}, and not of {options.Server}.");
        }
        var client = new ChatClient(options);
        try
        {
            await client.OpenAsync(stop).ConfigureAwait(false);
        }
        catch
        {
            client._ownIdentity?.Dispose();
            throw;
        }
        var greeted = client._handshake.Task;
        client._running = client.RunAsync();
        try
        {
            await greeted.WaitAsync(HandshakeTimeout, options.Time, stop).ConfigureAwait(false);
            return client;
        }
        catch (Exception e)
        {
            await client.DisposeAsync().ConfigureAwait(false);
            if (e is TimeoutException)
            {
                throw new ConnectFailedException(options.Endpoint, e);
            }
            throw;
        }
    }

    /// <summary>Joins a room and waits until the server confirmed it and the keys are derived.</summary>
    /// <exception cref="JoinRefusedException">The server does not let us in.</exception>
    /// <exception cref="RoomSaltChangedException">The server's salt is not the link's.</exception>
    /// <exception cref="ConnectionEndedException">The connection ended for good.</exception>
    /// <exception cref="InvalidOperationException">The room is joined already.</exception>
    /// <exception cref="IOException">What is left in the outbox cannot be taken over, or the pins cannot be read.</exception>
    /// <exception cref="PinsDamagedException">The pins of the room are damaged.</exception>
    public async Task<ChatRoom> JoinAsync(RoomAccess access, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(access);
        ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, this);
        UploadRecord.Sweep(_options.Uploads, _options.Time.GetUtcNow());
        var room = new ChatRoom(access, _options, Post, LeftRoom);
        if (!_rooms.TryAdd(access.Channel, room))
        {
            var already = new InvalidOperationException("This room is joined already.");
            room.Close(already);
            throw already;
        }
        try
        {
            await _entering.WaitAsync(stop).ConfigureAwait(false);
            try
            {
                _entrant = room;
                await EnterAsync(room, stop).ConfigureAwait(false);
                return room;
            }
            finally
            {
                _entrant = null;
                _entering.Release();
            }
        }
        catch (Exception e)
        {
            LeftRoom(room);
            room.Close(e);
            if (e is TimeoutException)
            {
                throw new JoinRefusedException(Refusal.BySilence);
            }
            throw;
        }
    }

    /// <summary>Leaves all rooms and closes the connection; what is unacknowledged fails with <see cref="ConnectionEndedException"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_closing.IsCancellationRequested)
        {
            return;
        }
        await _closing.CancelAsync().ConfigureAwait(false);
        await _wire.CloseAsync().ConfigureAwait(false);
        try
        {
            await _running.WaitAsync(TimeSpan.FromSeconds(2), _options.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _wire.Abort();
            await _running.ConfigureAwait(false);
        }
        _closing.Dispose();
        _ownIdentity?.Dispose();
    }

    private static TaskCompletionSource<HashSet<string>> NewHandshake() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task OpenAsync(CancellationToken stop)
    {
        await _proof.PrepareAsync(stop).ConfigureAwait(false);
        _wire = await Wire.OpenAsync(_options, stop).ConfigureAwait(false);
    }

    private void Post(ReadOnlyMemory<byte> frame) => _wire.Post(frame);

    private void Post(Knock knock)
    {
        var wire = _wire;
        knock.PostedOn = wire;
        wire.Post(knock.Frame);
    }

    private void AskToJoin(ChatRoom room)
    {
        var wire = _wire;
        room.AskedOn = wire;
        wire.Post(room.JoinFrame());
    }

    private async Task EnterAsync(ChatRoom room, CancellationToken stop)
    {
        var entered = room.ExpectEntry();
        if (_ended is { } reason)
        {
            throw reason;
        }
        await _handshake.Task.WaitAsync(stop).ConfigureAwait(false);
        if (_token is null && room.Left is { } left)
        {
            await TakeUpAsync(room, left, stop).ConfigureAwait(false);
            if (room.WasEntered || entered.Exception?.InnerException is not (null or JoinRefusedException))
            {
                await entered.ConfigureAwait(false); // in, or not to be entered with these keys
                return;
            }
            entered = room.ExpectEntry(); // the seat of the earlier run may have been refused
        }
        if (room.AskedOn is null) // else it was asked again already, on another connection
        {
            AskToJoin(room);
        }
        var entering = room.WasEntered ? Task.CompletedTask : entered;
        await entering.WaitAsync(HandshakeTimeout, _options.Time, stop).ConfigureAwait(false);
    }

    /// <summary>Goes on with the session of an earlier run, as long as this one has none.</summary>
    private async Task TakeUpAsync(ChatRoom room, StoredSession left, CancellationToken stop)
    {
        var answered = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        (_answered, _token) = (answered, left.Token);
        var wire = _wire;
        room.AskedOn = room.WantsSeatOf(left) ? wire : null;
        wire.Post(Frames.Session(_token, []));
        if (!await answered.Task.WaitAsync(HandshakeTimeout, _options.Time, stop).ConfigureAwait(false))
        {
            _token = null; // too old, or used
        }
        _answered = null;
        if (room.AskedOn == wire && !room.WasEntered)
        {
            room.AskedOn = null; // it did not come with the session
        }
    }

    private static bool IsAsked(ChatRoom room) => room.AskedOn is not null;

    private void LeftRoom(ChatRoom room) => _rooms.TryRemove(room.Channel, out _);

    private async Task RunAsync()
    {
        try
        {
            while (await ServeAsync().ConfigureAwait(false)) { }
        }
        catch (Exception e)
        {
            End(e); // a fault of ours: whoever waits shall learn of it instead of waiting for ever
            throw;
        }
    }

    /// <summary>One connection from greeting to end; false when there shall be no other.</summary>
    private async Task<bool> ServeAsync()
    {
        using var gone = new CancellationTokenSource();
        using var current = _wire;
        Post(Frames.Session(_token, [.. _rooms.Values.SelectMany(room => room.Known())]));
        var reading = current.RunAsync(OnFrame, OnTick);
        var restoring = RestoreAsync(current, gone.Token);
        var end = await reading.ConfigureAwait(false);
        await gone.CancelAsync().ConfigureAwait(false);
        await restoring.ConfigureAwait(false);
        if (_proof.Refused is { } disbelieved)
        {
            End(disbelieved);
            return false;
        }
        if (_closing.IsCancellationRequested || Backoff.IsFinal(end.CloseCode))
        {
            End(new ConnectionEndedException(_closing.IsCancellationRequested ? null : end.CloseCode));
            return false;
        }
        _handshake = _handshake.Task.IsCompleted ? NewHandshake() : _handshake;
        _proof.Forget();
        try
        {
            if (await ReconnectAsync().ConfigureAwait(false))
            {
                return true;
            }
            End(new ConnectionEndedException(null));
        }
        catch (Exception e)
            when (e is LoginRefusedException or IOException or InvalidDataException or UnauthorizedAccessException)
        {
            End(e);
        }
        return false;
    }

    /// <summary>Waits and connects until it works; false when the client is closed meanwhile.</summary>
    private async Task<bool> ReconnectAsync()
    {
        try
        {
            while (true)
            {
                var delay = _backoff.Next(_comeBackAfter);
                _comeBackAfter = null;
                foreach (var room in _rooms.Values)
                {
                    room.OnLost(delay);
                }
                await Task.Delay(delay, _options.Time, _closing.Token).ConfigureAwait(false);
                try
                {
                    await OpenAsync(_closing.Token).ConfigureAwait(false);
                    return true;
                }
                catch (Exception e) when (e is ConnectFailedException or LoginRefusedException { IsTemporary: true })
                {
                    // The next round waits longer.
                }
            }
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>After the greeting: joins again what the server did not join for us, and repeats what has no answer.</summary>
    private async Task RestoreAsync(Wire current, CancellationToken gone)
    {
        try
        {
            var joined = await _handshake.Task.WaitAsync(HandshakeTimeout, _options.Time, gone).ConfigureAwait(false);
            _backoff.Reset();
            foreach (var knock in _knocks.Values.Where(one => one.PostedOn is { } earlier && earlier != current))
            {
                Post(knock); // whoever opened would open to a connection that is gone
            }
            // Whoever was quick has asked on this connection already.
            var asked = _rooms.Values.Where(room => room.AskedOn is not null && room.AskedOn != current);
            await Task.WhenAll(asked.Select(room => RestoreAsync(room, joined, gone))).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            current.Abort(); // greeted, and then silence: a new connection may do better
        }
        catch (OperationCanceledException)
        {
            // The connection is gone; the next one restores.
        }
    }

    private async Task RestoreAsync(ChatRoom room, HashSet<string> joined, CancellationToken gone)
    {
        for (var attempt = 1; !joined.Contains(room.Channel); attempt++)
        {
            if (!room.WasEntered)
            {
                AskToJoin(room); // whoever asked is still waiting for the answer
                return;
            }
            var entered = room.ExpectEntry();
            AskToJoin(room);
            try
            {
                await entered.WaitAsync(HandshakeTimeout, _options.Time, gone).ConfigureAwait(false);
                break;
            }
            catch (JoinRefusedException e) when (attempt < RejoinAttempts && (e.IsTemporary || e.Code is "nick_taken"))
            {
                await Task.Delay(e.RetryAfter ?? RejoinPause, _options.Time, gone).ConfigureAwait(false);
            }
            catch (Exception e) when (e is ChatException or E2eeException)
            {
                LeftRoom(room);
                room.Close(e);
                return;
            }
        }
        room.Resend();
    }

    private void End(Exception reason)
    {
        _ended = reason;
        _handshake.TrySetException(reason);
        _ = _handshake.Task.Exception; // nobody may be waiting for it
        foreach (var room in _rooms.Values)
        {
            room.Close(reason);
        }
        _rooms.Clear();
        foreach (var knock in _knocks.Values)
        {
            knock.Admitted.TrySetException(reason);
        }
    }
}
