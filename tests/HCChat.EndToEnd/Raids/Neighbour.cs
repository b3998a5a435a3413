using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using HCChat.EndToEnd.Harness;

namespace HCChat.EndToEnd.Raids;

/// <summary>A member of a room that is not raided: talks, listens all the time, and remembers what came.</summary>
internal sealed class Neighbour : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    private readonly RawSocket _socket;
    private readonly ConcurrentQueue<JsonObject> _refusals = new();
    private readonly ConcurrentQueue<(long Seq, string Text)> _heard = new();
    private readonly ConcurrentDictionary<string, bool> _acked = new();
    private readonly Task _listening;
    private int _said;

    private Neighbour(RawSocket socket, string room, string nick)
    {
        (_socket, Room, Nick) = (socket, room, nick);
        _listening = ListenAsync();
    }

    public string Room { get; }

    public string Nick { get; }

    /// <summary>How many things it has said.</summary>
    public int Said => _said;

    /// <summary>What was said in the room since this one came, in the order in which it came here.</summary>
    public IReadOnlyList<(long Seq, string Text)> Heard => [.. _heard];

    /// <summary>Whatever the server would not do.</summary>
    public IReadOnlyList<string> Refusals => [.. _refusals.Select(r => r.ToJsonString())];

    public static async Task<Neighbour> EnterAsync(int port, string room, string nick) =>
        new(await (await RawSocket.OpenAsync(port)).JoinOursAsync(room, nick), room, nick);

    /// <summary>Says something and waits until the server has taken it.</summary>
    public async Task SayAsync()
    {
        var mid = $"mid-{Nick}-{++_said:D12}";
        await _socket.SendJsonAsync(
            new
            {
                cmd = "chat",
                channel = Room,
                mid,
                text = $"E2EE:{mid}",
            }
        );
        await UntilAsync(() => _acked.ContainsKey(mid), $"the acknowledgement of {mid}");
    }

    /// <summary>Waits for a state, as long as the connection stands.</summary>
    public Task UntilAsync(Func<bool> state, string what) =>
        Wait.UntilAsync(
            () =>
            {
                Assert.False(
                    _listening.IsCompleted,
                    $"{Nick} was cut off: {_listening.Exception?.InnerException?.Message}"
                );
                Assert.Empty(Refusals);
                return state();
            },
            what,
            s_patience
        );

    public void Dispose() => _socket.Dispose();

    private async Task ListenAsync()
    {
        while (true)
        {
            var frame = await _socket.ReceiveJsonAsync(s_patience);
            switch (RawSocket.Cmd(frame))
            {
                case "chat":
                    _heard.Enqueue(((long)frame["seq"]!, (string)frame["text"]!));
                    break;
                case "ack":
                    _acked[(string)frame["mid"]!] = true;
                    break;
                case "nack" or "warn":
                    _refusals.Enqueue(frame);
                    break;
            }
        }
    }
}
