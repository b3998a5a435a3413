using HCChat.Cli;

namespace HCChat.Tests.Cli;

/// <summary>Runs <c>hcchat</c> as a user's shell does, with a folder for state of its own.</summary>
internal sealed class Shell : IDisposable
{
    private readonly string _state = Directory.CreateTempSubdirectory("hcchat-test-").FullName;

    /// <summary>Where the key and the keys of others are.</summary>
    public string Data => Path.Combine(_state, "data");

    /// <summary>Where outboxes and logins are.</summary>
    public string State => _state;

    /// <summary>Files of outboxes.</summary>
    public string[] Outboxes => Directory.GetFiles(_state, "*.log", SearchOption.AllDirectories);

    public void Dispose() => Directory.Delete(_state, recursive: true);

    public async Task<(int Exit, string Output, string Error)> RunAsync(
        string[] args,
        string? room = null,
        string? passphrase = null,
        string? trip = null,
        string input = "",
        CancellationToken? stop = null,
        Dictionary<string, string>? variables = null,
        Stream? bytesIn = null,
        Stream? bytesOut = null
    )
    {
        var (output, error) = (new StringWriter { NewLine = "\n" }, new StringWriter { NewLine = "\n" });
        string? Variable(string name) =>
            name switch
            {
                "HCCHAT_ROOM" => room,
                "HCCHAT_PASSPHRASE" => passphrase,
                "HCCHAT_TRIP" => trip,
                "XDG_STATE_HOME" => _state,
                "XDG_DATA_HOME" => Data,
                _ => variables?.GetValueOrDefault(name),
            };
        var terminal = new Terminal(new StringReader(input), output, error, Variable, Interactive: false)
        {
            OpenInput = () => bytesIn ?? Stream.Null,
            OpenOutput = () => bytesOut ?? Stream.Null,
        };
        var exit = await Program.RunAsync(args, terminal, stop ?? TestContext.Current.CancellationToken);
        return (exit, output.ToString(), error.ToString());
    }
}
