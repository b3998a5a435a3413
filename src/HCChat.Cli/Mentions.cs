using System.Globalization;
using HCChat.Client;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Cli;

/// <summary>How to tell people which message something is about: as it stands above, or else by the beginning of its id. Remembers the last 1,000.</summary>
internal sealed class Mentions
{
    private const int Remembered = 1_000;
    private const int QuoteLength = 24; // characters as people count them
    private const int IdLength = 8;

    private readonly OrderedDictionary<string, Known> _known = [];

    private sealed record Known(string Nick, DateTimeOffset Time, string Text);

    /// <summary>Takes note of what was written.</summary>
    public void Learn(ChatEvent happened)
    {
        switch (happened)
        {
            case MessageReceived { Message: var message }:
                _known.Remove(message.Id);
                _known.Add(message.Id, new Known(message.Nick, message.Time, Words(message)));
                break;
            case MessageEdited edited when _known.TryGetValue(edited.Target, out var before):
                _known[edited.Target] = before with { Text = edited.Text };
                break;
            case MessageDeleted deleted:
                _known.Remove(deleted.Target);
                break;
        }
        if (_known.Count > Remembered)
        {
            _known.RemoveAt(0);
        }
    }

    /// <summary>The beginning of what it says.</summary>
    public string Quoted(string id) =>
        _known.TryGetValue(id, out var known) ? Say($"\"{Start(known.Text)}\"", $"“{Start(known.Text)}”") : ById(id);

    /// <summary>Whose it is and of when; what it said is nobody's business any more.</summary>
    public string Named(string id) =>
        _known.TryGetValue(id, out var known)
            ? Say($"the message of {known.Nick} at {Clock(known.Time)}", $" {known.Nick} 在 {Clock(known.Time)} 的消息")
            : ById(id);

    /// <summary>A time as it stands before each line.</summary>
    public static string Clock(DateTimeOffset time) =>
        time.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    private static string Words(Message message) =>
        message.Text.Length > 0 ? message.Text : string.Join(' ', message.Files.Select(file => "📎 " + file.Name));

    private static string ById(string id)
    {
        var start = id.Length > IdLength ? id[..IdLength] + "…" : id;
        return Say($"message {start}", $"消息 {start} ");
    }

    private static string Start(string text)
    {
        var end = text.IndexOf('\n', StringComparison.Ordinal);
        var line = new StringInfo(end < 0 ? text : text[..end]);
        return line.LengthInTextElements > QuoteLength ? line.SubstringByTextElements(0, QuoteLength) + "…"
            : end < 0 ? line.String
            : line.String + "…";
    }
}
