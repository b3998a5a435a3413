using System.Net.Sockets;

namespace HCChat.Load;

/// <summary>One member of a room who counts the messages it gets and does nothing else.</summary>
internal sealed class LoadClient : IDisposable
{
    private readonly BareSocket _socket;
    private readonly Action _received;

    private LoadClient(BareSocket socket, Action received) => (_socket, _received) = (socket, received);

    /// <summary>Connects, joins a room and starts counting.</summary>
    /// <param name="received">Called for each chat message.</param>
    public static async Task<LoadClient> JoinAsync(int port, string channel, string nick, Action received)
    {
        var client = new LoadClient(await BareSocket.ConnectAsync(port), received);
        await client._socket.SendAsync($$"""{"cmd":"join","channel":"{{channel}}","nick":"{{nick}}"}""");
        await client._socket.NextFrameAsync();
        _ = client.CountAsync();
        return client;
    }

    /// <summary>Says something to the room.</summary>
    public Task SayAsync(string text) => _socket.SendAsync($$"""{"cmd":"chat","text":"{{text}}"}""");

    public void Dispose() => _socket.Dispose();

    private async Task CountAsync()
    {
        try
        {
            while (true)
            {
                var frame = await _socket.NextFrameAsync();
                if (frame.Span[..Math.Min(frame.Length, 32)].IndexOf("\"cmd\":\"chat\""u8) >= 0)
                {
                    _received();
                }
            }
        }
        catch (Exception e) when (e is SocketException or EndOfStreamException or ObjectDisposedException) { }
    }
}
