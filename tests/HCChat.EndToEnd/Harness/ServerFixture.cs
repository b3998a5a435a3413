namespace HCChat.EndToEnd.Harness;

/// <summary>One server for all tests of a class. It must be alive, and must not have shown its inside, when they are done.</summary>
public sealed class ServerFixture : IAsyncLifetime
{
    public ServerProcess Server { get; private set; } = null!;

    public int Port => Server.Port;

    public async ValueTask InitializeAsync() => Server = await ServerProcess.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
