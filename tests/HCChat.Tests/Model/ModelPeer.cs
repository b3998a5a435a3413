using System.Text.Json.Nodes;

namespace HCChat.Tests.Model;

/// <summary>
/// A client as spec/protocol.md describes it, as simple as can be: it shows each event once, in order, holds back what comes too early, resumes, and
/// sends again what has no answer. It writes down all that it was promised and all that it showed.
/// </summary>
internal sealed class ModelPeer(RunningServer server, string channel, string nick)
{
    private readonly Dictionary<string, string> _outbox = [];
    private readonly SortedDictionary<long, JsonObject> _early = [];
    private WireClient? _wire;
    private string _token = "";
    private string _epoch = "";
    private long _position;
    private long _covered;

    /// <summary>Places that the server acknowledged, by message.</summary>
    public Dictionary<string, (string Epoch, long Seq, bool Durable)> Promised { get; } = [];

    /// <summary>Events in the order in which they were shown.</summary>
    public List<(string Epoch, long Seq, string Mid)> Shown { get; } = [];

    /// <summary>How often the server said that something is lost.</summary>
    public int Gaps { get; private set; }

    public bool IsConnected => _wire is not null;

    /// <summary>Whether everything said has been answered.</summary>
    public bool IsSettled => _outbox.Count == 0;

    /// <summary>Says something; it goes out when there is a connection.</summary>
    public async Task SayAsync(string mid, string text)
    {
        _outbox.Add(mid, text);
        await SendAsync(mid, text);
    }

    /// <summary>Says again what has no answer, and a thing that has one.</summary>
    public async Task RepeatAsync(string? answered)
    {
        foreach (var (mid, text) in _outbox.ToList())
        {
            await SendAsync(mid, text);
        }
        if (answered is not null)
        {
            await SendAsync(answered, TextOf(answered));
        }
    }

    /// <summary>What a message says: the same each time, so that a repetition is one.</summary>
    public static string TextOf(string mid) =>
        (mid.StartsWith("kept", StringComparison.Ordinal) ? "E2EE:" : "clear ") + mid;

    /// <summary>Loses the connection, in the middle of whatever is going on.</summary>
    public async Task DropAsync()
    {
        if (_wire is { } wire)
        {
            _wire = null;
            await wire.DisposeAsync();
            // What had arrived has arrived: the server may know it by a pong.
            while (await wire.ReadTextAsync() is { } text)
            {
                await TakeAsync(JsonNode.Parse(text)!.AsObject());
            }
        }
    }

    /// <summary>Comes (back), with the token and the position that it has.</summary>
    public async Task ConnectAsync()
    {
        var wire = await WireClient.ConnectAsync(server);
        var session = new JsonObject { ["cmd"] = "session", ["proto"] = 3 };
        if (_epoch.Length > 0)
        {
            session["token"] = _token;
            session["resume"] = new JsonArray(
                new JsonObject
                {
                    ["channel"] = channel,
                    ["epoch"] = _epoch,
                    ["seq"] = _position,
                }
            );
        }
        _early.Clear();
        _wire = wire;
        await wire.SendAsync(session.ToJsonString());
        if (!(bool)(await UntilAsync("session"))["restored"]!)
        {
            await wire.SendAsync($$"""{"cmd":"join","channel":"{{channel}}","nick":"{{nick}}"}""");
            await UntilAsync("session");
        }
        await RepeatAsync(null);
    }

    /// <summary>Reads whatever there is. A connection that has ended meanwhile is gone.</summary>
    public async Task ReadAsync()
    {
        try
        {
            if (_wire is { } wire)
            {
                await wire.SendAsync("""{"cmd":"ping"}""");
                await UntilAsync("pong");
            }
        }
        catch (Exception e) when (e is EndOfStreamException or System.Net.WebSockets.WebSocketException)
        {
            await DropAsync();
        }
    }

    /// <summary>The whole history, over all epochs, as the server has it: oldest first.</summary>
    public async Task<List<(string Epoch, long Seq, string Mid)>> HistoryAsync()
    {
        var history = new List<(string, long, string)>();
        var ask = new JsonObject
        {
            ["cmd"] = "sync",
            ["channel"] = channel,
            ["limit"] = 7,
        };
        while (true)
        {
            await _wire!.SendAsync(ask.ToJsonString());
            var page = await UntilAsync("replay", take: false);
            Assert.True((bool)page["recovered"]!);
            history.InsertRange(0, page["events"]!.AsArray().Select(e => Event(e!.AsObject())));
            if ((bool)page["more"]!)
            {
                ask["before"] = (long)page["from"]!;
                ask["epoch"] = (string)page["epoch"]!;
            }
            else if (page["previous"] is { } previous)
            {
                ask.Remove("before");
                ask["epoch"] = (string)previous!;
            }
            else
            {
                return history;
            }
        }
    }

    private Task CatchUpAsync() =>
        SendAsync(
            new JsonObject
            {
                ["cmd"] = "sync",
                ["channel"] = channel,
                ["epoch"] = _epoch,
                ["since"] = _position,
            }
        );

    private Task SendAsync(string mid, string text) =>
        SendAsync(
            new JsonObject
            {
                ["cmd"] = "chat",
                ["channel"] = channel,
                ["mid"] = mid,
                ["text"] = text,
            }
        );

    private async Task SendAsync(JsonObject frame)
    {
        if (_wire is { } wire)
        {
            try
            {
                await wire.SendAsync(frame.ToJsonString());
            }
            catch (System.Net.WebSockets.WebSocketException)
            {
                await DropAsync();
            }
        }
    }

    private async Task<JsonObject> UntilAsync(string cmd, bool take = true)
    {
        while (true)
        {
            var frame = await _wire!.ReadAsync();
            if ((string?)frame["cmd"] == cmd && !take)
            {
                return frame;
            }
            await TakeAsync(frame);
            if ((string?)frame["cmd"] == cmd)
            {
                return frame;
            }
        }
    }

    private async Task TakeAsync(JsonObject frame)
    {
        switch ((string?)frame["cmd"])
        {
            case "session" when (string)frame["token"]! is { Length: > 0 } token:
                _token = token;
                break;
            case "onlineSet" when _epoch.Length == 0:
                (_epoch, _position) = ((string)frame["epoch"]!, (long)frame["head"]!);
                break;
            case "ack":
                var mid = (string)frame["mid"]!;
                var place = ((string)frame["epoch"]!, (long)frame["seq"]!, (bool)frame["durable"]!);
                if (Promised.TryGetValue(mid, out var before) && before.Durable)
                {
                    Assert.Equal(before, place);
                }
                Promised[mid] = place;
                _outbox.Remove(mid);
                break;
            case "nack":
                Assert.Equal("unavailable", (string)frame["code"]!);
                break;
            case "chat":
                await HappenedAsync(frame);
                break;
            case "replay":
                await ReplayedAsync(frame);
                break;
        }
    }

    private async Task HappenedAsync(JsonObject frame)
    {
        var (epoch, seq) = ((string)frame["epoch"]!, (long)frame["seq"]!);
        if (epoch != _epoch)
        {
            return; // of a new list, whose replay says so
        }
        if (seq > _position + 1)
        {
            _early[seq] = frame;
            await CatchUpAsync();
        }
        else
        {
            Show(frame);
        }
    }

    private async Task ReplayedAsync(JsonObject replay)
    {
        if (!(bool)replay["recovered"]!)
        {
            Gaps++;
            (_epoch, _position, _covered) = ((string)replay["epoch"]!, (long)replay["head"]!, 0);
            _early.Clear();
            return;
        }
        if ((string)replay["epoch"]! != _epoch || (long)replay["from"]! > _position + 1)
        {
            return;
        }
        foreach (var happened in replay["events"]!.AsArray())
        {
            Show(happened!.AsObject());
        }
        _covered = Math.Max(_covered, (long)replay["to"]!);
        _position = Math.Max(_position, _covered);
        while (_early.Count > 0 && _early.First() is { } next && next.Key <= _position + 1)
        {
            _early.Remove(next.Key);
            Show(next.Value);
        }
        if ((bool)replay["more"]! || _early.Count > 0)
        {
            await CatchUpAsync();
        }
    }

    private void Show(JsonObject frame)
    {
        if ((long)frame["seq"]! > _position)
        {
            _position = (long)frame["seq"]!;
            Shown.Add(Event(frame));
        }
    }

    private static (string, long, string) Event(JsonObject frame) =>
        ((string)frame["epoch"]!, (long)frame["seq"]!, (string)frame["mid"]!);
}
