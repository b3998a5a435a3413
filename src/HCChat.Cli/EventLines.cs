using HCChat.Client;

namespace HCChat.Cli;

/// <summary>Writes what happens, one line each: for people's eyes, or JSON for programs.</summary>
internal sealed class EventLines(TextWriter output, string room, bool json)
{
    private readonly EventText _text = new();

    /// <summary>Writes one event.</summary>
    public async Task WriteAsync(ChatEvent happened, CancellationToken stop)
    {
        var line = json ? EventJson.Write(room, happened) : _text.Write(happened);
        await output.WriteLineAsync(line.AsMemory(), stop);
        await output.FlushAsync(stop);
    }
}
