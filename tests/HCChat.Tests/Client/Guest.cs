using HCChat.Client;

namespace HCChat.Tests.Client;

/// <summary>Somebody in a room of the real server, and a reader of what happens to them.</summary>
internal sealed class Guest : IAsyncDisposable
{
    private readonly IAsyncEnumerator<ChatEvent> _events;

    private Guest(ChatClient client, ChatRoom room)
    {
        Client = client;
        Room = room;
        _events = room.ReadAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator();
    }

    public ChatClient Client { get; }

    public ChatRoom Room { get; }

    public static Task<Guest> JoinAsync(RunningServer server, string nick, RoomAccess access) =>
        JoinAsync(new Uri(server.Url), nick, access, TimeProvider.System);

    public static async Task<Guest> JoinAsync(
        Uri server,
        string nick,
        RoomAccess access,
        TimeProvider time,
        Func<ChatOptions, ChatOptions>? with = null
    )
    {
        var stop = TestContext.Current.CancellationToken;
        var options = new ChatOptions
        {
            Server = server,
            Nick = nick,
            Time = time,
            ConnectTimeout = TimeSpan.FromMinutes(10), // a test's clock may run fast
        };
        var client = await ChatClient.ConnectAsync(with?.Invoke(options) ?? options, stop);
        try
        {
            return new Guest(client, await client.JoinAsync(access, stop));
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    public Task<string> SayAsync(string text) => Room.SendAsync(text, stop: TestContext.Current.CancellationToken);

    /// <summary>The next event of a kind; others are passed over.</summary>
    public async Task<T> NextAsync<T>()
        where T : ChatEvent
    {
        while (await _events.MoveNextAsync())
        {
            if (_events.Current is T wanted)
            {
                return wanted;
            }
        }
        throw new InvalidOperationException($"The room was closed before a {typeof(T).Name} came.");
    }

    /// <summary>The next message of somebody else.</summary>
    public async Task<Message> HearAsync()
    {
        while (true)
        {
            if ((await NextAsync<MessageReceived>()).Message is { IsMine: false } message)
            {
                return message;
            }
        }
    }

    /// <summary>All events up to a message of somebody else with this text.</summary>
    public async Task<List<ChatEvent>> UntilAsync(string text)
    {
        var seen = new List<ChatEvent>();
        while (true)
        {
            seen.Add(await NextAsync<ChatEvent>());
            if (seen[^1] is MessageReceived { Message: { IsMine: false } message } && message.Text == text)
            {
                return seen;
            }
        }
    }

    public async ValueTask DisposeAsync() => await Client.DisposeAsync();
}
