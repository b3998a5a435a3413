using System.Text.Json;

namespace HCChat.Client;

/// <content>What the connection tells, and knocking, whose answer belongs to no room.</content>
public sealed partial class ChatClient
{
    /// <summary>
    /// Knocks at a room whose door is shut, and waits until somebody inside opens: then it can be joined over this connection. Nobody is told whether there is such a room, whether
    /// it takes knocks, or that it was answered by no.
    /// </summary>
    /// <param name="channel">The room's name on the wire.</param>
    /// <param name="text">A word to those inside, up to 200 characters; the server reads it.</param>
    /// <exception cref="JoinRefusedException">Nobody may knock so: too often, under that name.</exception>
    /// <exception cref="ConnectionEndedException">The connection ended for good.</exception>
    public async Task KnockAsync(string channel, string? text = null, CancellationToken stop = default)
    {
        ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, this);
        var pass = _options.TripPassword;
        var knock = new Knock(
            Frames.Command("knock", ("channel", channel), ("nick", _options.Nick), ("pass", pass), ("text", text))
        );
        if (!_knocks.TryAdd(channel, knock))
        {
            throw new InvalidOperationException("This client is knocking there already.");
        }
        try
        {
            await _handshake.Task.WaitAsync(stop).ConfigureAwait(false);
            Post(knock);
            await knock.Admitted.Task.WaitAsync(stop).ConfigureAwait(false);
        }
        finally
        {
            _knocks.TryRemove(channel, out _);
        }
    }

    private void OnSession(JsonElement frame)
    {
        var token = frame.Text("token") is { Length: > 0 } fresh ? fresh : null;
        _token = token ?? _token;
        var restored = frame.Flag("restored");
        var greeted = !_handshake.Task.IsCompleted && !_proof.IsUnderway;
        HashSet<string> channels = [.. frame.Texts("channels")];
        foreach (var room in _rooms.Values.Where(room => token is not null && (room == _entrant || IsAsked(room))))
        {
            room.Keep(token!); // the one before dies with it
        }
        foreach (var channel in channels)
        {
            if (_rooms.TryGetValue(channel, out var room) && IsAsked(room))
            {
                room.OnSession();
            }
            else if (restored)
            {
                Post(Frames.Command("leave", ("channel", channel))); // where an earlier run was, and nobody is now
            }
        }
        if (_proof.IsWanted && (greeted || restored))
        {
            // Before any room is asked for; a session of an earlier run brings who one was in it.
            _proof.Begin(frame, channels);
        }
        else if (!_proof.IsUnderway)
        {
            _handshake.TrySetResult(channels);
        }
        _answered?.TrySetResult(restored);
    }

    private void OnRefused(string channel, Refusal refusal)
    {
        if (_rooms.TryGetValue(channel, out var room))
        {
            room.OnRefused(refusal);
        }
        else if (_knocks.TryGetValue(channel, out var knock))
        {
            knock.Admitted.TrySetException(new JoinRefusedException(refusal));
        }
    }

    private void OnTick()
    {
        foreach (var room in _rooms.Values)
        {
            room.OnTick();
        }
    }

    private void OnFrame(JsonElement frame)
    {
        switch (frame.Text("cmd"))
        {
            case "session":
                OnSession(frame);
                break;
            case "identity" when _proof.Next() is { } channels:
                _handshake.TrySetResult(channels);
                break;
            case "warn" when _proof.IsUnderway && frame.Text("channel") is null:
                _proof.Refuse(frame.Refusal());
                _wire.Abort();
                break;
            case "admitted" when frame.Text("channel") is { } door && _knocks.TryGetValue(door, out var opened):
                opened.Admitted.TrySetResult();
                break;
            case "reconnect":
                _comeBackAfter = frame.Integer("afterMs") is { } ms and >= 0 and <= 600_000
                    ? TimeSpan.FromMilliseconds(ms)
                    : null;
                break;
            case "warn" when frame.Text("room") is { } refused && frame.Text("channel") is null:
                if (!TryPay(refused, frame))
                {
                    OnRefused(refused, frame.Refusal());
                }
                break;
            case { } cmd when frame.Text("channel") is { } channel:
                if (_rooms.TryGetValue(channel, out var room) && IsAsked(room))
                {
                    room.OnFrame(cmd, frame);
                }
                break;
            case "warn" or "info":
                foreach (var one in _rooms.Values)
                {
                    one.OnFrame(frame.Text("cmd")!, frame);
                }
                break;
        }
    }
}
