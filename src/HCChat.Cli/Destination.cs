using HCChat.Client;

namespace HCChat.Cli;

/// <summary>The room that the user means.</summary>
/// <param name="Options">The server, and as whom.</param>
/// <param name="Access">The room and its key.</param>
/// <param name="Keeps">What is not acknowledged stays on the disk.</param>
internal sealed record Destination(ChatOptions Options, RoomAccess Access, bool Keeps)
{
    /// <summary>Goes there.</summary>
    /// <exception cref="ChatException">The server cannot be reached, or does not let us in.</exception>
    public async Task<Visit> EnterAsync(CancellationToken stop, int history = 0)
    {
        var client = await ChatClient.ConnectAsync(Options with { History = history }, stop);
        try
        {
            return new Visit(client, await client.JoinAsync(Access, stop), Keeps);
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }
}

/// <summary>A client and the one room that it is in.</summary>
internal sealed record Visit(ChatClient Client, ChatRoom Room, bool Keeps) : IAsyncDisposable
{
    /// <summary>Leaves.</summary>
    public ValueTask DisposeAsync() => Client.DisposeAsync();
}
