using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using HCChat.EndToEnd.Harness;

namespace HCChat.EndToEnd.Durability;

/// <summary>
/// A client of our own family as spec/protocol.md wants it: it sends with ids, keeps what was not acknowledged and sends it again, and comes back by itself with
/// its token and its positions. One loop does all of it, so that frames never mix.
/// </summary>
internal sealed class Peer : IAsyncDisposable
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_forever = TimeSpan.FromMinutes(10);

    private readonly Func<int> _port;
    private readonly ConcurrentDictionary<string, Wanted> _open = new();
    private readonly ConcurrentDictionary<string, bool> _seated = new();
    private readonly Dictionary<string, long> _joinsDue = [];
    private readonly Dictionary<string, long> _syncsDue = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;
    private readonly string[] _rooms;
    private RawSocket? _socket;
    private string _token = "";
    private bool _greeted;
    private long _lastNew;
    private int _turn;

    /// <param name="port">Where the server, or a proxy before it, is now.</param>
    /// <param name="nick">Its nick in all its rooms.</param>
    /// <param name="rooms">Its rooms; it sends to them in turn.</param>
    public Peer(Func<int> port, string nick, params string[] rooms)
    {
        (_port, Nick, _rooms) = (port, nick, rooms);
        Books = rooms.ToDictionary(r => r, _ => new Book());
        _running = Task.Run(RunAsync);
    }

    public string Nick { get; }

    /// <summary>What it has shown, by room.</summary>
    public IReadOnlyDictionary<string, Book> Books { get; }

    /// <summary>How many messages it keeps under way; 0 is silence.</summary>
    public int Window { get; set; }

    /// <summary>The least time between two new messages.</summary>
    public TimeSpan Pace { get; set; }

    /// <summary>Asked before each new message.</summary>
    public Func<string, bool> MaySend { get; set; } = _ => true;

    /// <summary>What was acknowledged, by id.</summary>
    public ConcurrentDictionary<string, Promise> Acked { get; } = new();

    /// <summary>What was refused.</summary>
    public ConcurrentQueue<Refusal> Refused { get; } = new();

    /// <summary>Messages that were given two different places.</summary>
    public int Contradicted { get; private set; }

    /// <summary>Connections that it has lost.</summary>
    public int Losses { get; private set; }

    /// <summary>How often it presented a token, and how often that gave it its session back.</summary>
    public (int Tried, int Restored) Returns { get; private set; }

    /// <summary>The longest from the first time that a message was sent to its acknowledgement.</summary>
    public TimeSpan SlowestAck { get; private set; }

    /// <summary>Messages without an acknowledgement.</summary>
    public int Open => _open.Count;

    /// <summary>Whether it is in all its rooms and knows all that happened there.</summary>
    public bool IsHere => _greeted && _rooms.All(_seated.ContainsKey) && Books.Values.All(b => !b.IsCatching);

    /// <summary>Cuts its connection from its own side, by a reset.</summary>
    public void Cut() => Volatile.Read(ref _socket)?.Abort();

    /// <summary>Throws what went wrong in its loop.</summary>
    public void Check()
    {
        if (_running.IsFaulted)
        {
            throw new InvalidOperationException($"{Nick} has failed", _running.Exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
    }

    private static long Now => TimeProvider.System.GetTimestamp();

    private static long After(TimeSpan time) =>
        Now + (long)(time.TotalSeconds * TimeProvider.System.TimestampFrequency);

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            using var socket = await RawSocket.TryOpenAsync(_port());
            if (socket is not null)
            {
                Volatile.Write(ref _socket, socket);
                await ServeAsync(socket);
                _greeted = false;
                _seated.Clear();
                Losses += _stopping.IsCancellationRequested ? 0 : 1;
            }
            await Task.Delay(s_tick, TimeProvider.System);
        }
    }

    private async Task ServeAsync(RawSocket socket)
    {
        var receiving = socket.ReceiveAsync(s_forever);
        var tick = Task.CompletedTask;
        try
        {
            await GreetAsync(socket);
            while (!_stopping.IsCancellationRequested)
            {
                await FlushAsync(socket);
                tick = tick.IsCompleted ? Task.Delay(s_tick, TimeProvider.System) : tick;
                if (await Task.WhenAny(receiving, tick) != receiving)
                {
                    continue;
                }
                if (await receiving is not { } frame || frame.Opcode == Frame.Close)
                {
                    return;
                }
                receiving = socket.ReceiveAsync(s_forever);
                if (frame.Opcode == Frame.Ping)
                {
                    await socket.SendAsync(Frame.Of(Frame.Pong, frame.Payload));
                }
                else if (frame.Opcode == Frame.Text)
                {
                    await HandleAsync(socket, JsonNode.Parse(frame.Payload)!.AsObject());
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The connection is gone.
        }
        finally
        {
            socket.Abort();
            await receiving.ContinueWith(t => _ = t.Exception, TaskScheduler.Default);
        }
    }

    private async Task GreetAsync(RawSocket socket)
    {
        foreach (var message in _open.Values)
        {
            message.Due = 0;
        }
        _joinsDue.Clear();
        _syncsDue.Clear();
        var resume = Books
            .Where(b => b.Value.Epoch is not null)
            .Select(b => new
            {
                channel = b.Key,
                epoch = b.Value.Epoch,
                seq = b.Value.Position,
            });
        await socket.SendJsonAsync(
            new
            {
                cmd = "session",
                proto = 3,
                token = _token,
                resume,
            }
        );
    }

    private async Task HandleAsync(RawSocket socket, JsonObject frame)
    {
        var channel = frame["channel"] is JsonValue name && name.TryGetValue<string>(out var text) ? text : null;
        switch (RawSocket.Cmd(frame))
        {
            case "session":
                TakeSession(frame);
                break;
            case "onlineSet":
                Books[channel!].Enter((string)frame["epoch"]!, (long)frame["head"]!);
                _seated[channel!] = true;
                break;
            case "chat":
                if (Books[channel!].Take(Event.Of(frame)))
                {
                    await SyncAsync(socket, channel!);
                }
                break;
            case "replay" when frame["inbox"] is null:
                if (Books[channel!].Take(frame))
                {
                    await SyncAsync(socket, channel!);
                }
                break;
            case "ack":
                TakeAck(frame);
                break;
            case "nack":
                TakeNack(frame);
                break;
            case "warn":
                Retry(frame, channel);
                break;
        }
    }

    private void TakeSession(JsonObject frame)
    {
        var restored = (bool)frame["restored"]!;
        if (!_greeted)
        {
            _greeted = true;
            var (tried, good) = Returns;
            Returns = _token.Length > 0 ? (tried + 1, good + (restored ? 1 : 0)) : Returns;
            foreach (var room in _rooms.Where(r => !_seated.ContainsKey(r)))
            {
                _joinsDue[room] = 0;
            }
        }
        if ((string)frame["token"]! is { Length: > 0 } token)
        {
            _token = token;
        }
    }

    private void TakeAck(JsonObject frame)
    {
        var promise = new Promise(
            (string)frame["channel"]!,
            (string)frame["mid"]!,
            (string)frame["epoch"]!,
            (long)frame["seq"]!,
            (bool)frame["durable"]!
        );
        if (_open.TryRemove(promise.Mid, out var message))
        {
            var took = TimeProvider.System.GetElapsedTime(message.FirstSentAt);
            SlowestAck = took > SlowestAck ? took : SlowestAck;
        }
        Contradicted += Acked.GetOrAdd(promise.Mid, promise) == promise ? 0 : 1;
    }

    private void TakeNack(JsonObject frame)
    {
        if (_open.TryGetValue((string)frame["mid"]!, out var message))
        {
            var after = TimeProvider.System.GetElapsedTime(message.SentAt);
            Refused.Enqueue(new Refusal((string)frame["code"]!, Now, after));
            message.Due = After(WaitOf(frame));
        }
    }

    // A refused join says `room`; what else was refused in a room is the catching up.
    private void Retry(JsonObject frame, string? channel)
    {
        if ((string?)frame["room"] is { } room)
        {
            _joinsDue[room] = After(WaitOf(frame));
        }
        else if (channel is not null)
        {
            _syncsDue[channel] = After(WaitOf(frame));
        }
    }

    private static TimeSpan WaitOf(JsonObject frame) => TimeSpan.FromMilliseconds((int?)frame["retryAfterMs"] ?? 200);

    private async Task FlushAsync(RawSocket socket)
    {
        if (!_greeted)
        {
            return;
        }
        foreach (var room in _joinsDue.Where(j => j.Value <= Now).Select(j => j.Key).ToList())
        {
            _joinsDue.Remove(room);
            await JoinAsync(socket, room);
        }
        foreach (var room in _syncsDue.Where(s => s.Value <= Now).Select(s => s.Key).ToList())
        {
            _syncsDue.Remove(room);
            await SyncAsync(socket, room);
        }
        foreach (var message in _open.Values.Where(m => m.Due <= Now && _seated.ContainsKey(m.Room)))
        {
            await SendAsync(socket, message);
        }
        while (_open.Count < Window && TimeProvider.System.GetElapsedTime(_lastNew) >= Pace)
        {
            var room = _rooms[_turn++ % _rooms.Length];
            if (!_seated.ContainsKey(room) || !MaySend(room))
            {
                return;
            }
            _lastNew = Now;
            var message = new Wanted(room) { FirstSentAt = Now };
            _open[message.Mid] = message;
            await SendAsync(socket, message);
        }
    }

    private static async Task SendAsync(RawSocket socket, Wanted message)
    {
        (message.Due, message.SentAt) = (null, Now);
        await socket.SendJsonAsync(
            new
            {
                cmd = "chat",
                channel = message.Room,
                text = message.Text,
                mid = message.Mid,
            }
        );
    }

    private async Task JoinAsync(RawSocket socket, string room)
    {
        var book = Books[room];
        await socket.SendTextAsync(
            JsonSerializer.Serialize(
                new
                {
                    cmd = "join",
                    channel = room,
                    nick = Nick,
                    resume = book.Epoch is null ? null : new { epoch = book.Epoch, seq = book.Position },
                }
            )
        );
    }

    private Task SyncAsync(RawSocket socket, string room) =>
        socket.SendJsonAsync(
            new
            {
                cmd = "sync",
                channel = room,
                epoch = Books[room].Epoch,
                since = Books[room].Position,
                limit = 200,
            }
        );
}
