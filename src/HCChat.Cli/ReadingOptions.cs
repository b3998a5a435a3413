using System.CommandLine;
using System.Globalization;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Cli;

/// <summary>What the verbs that read a room have in common: the room, how much of its past, and in which form.</summary>
internal sealed class ReadingOptions
{
    private readonly RoomOptions _room = new();
    private readonly Option<string?> _count;
    private readonly Option<bool> _json = new("--json")
    {
        Description = Say("one JSON object per line", "每行输出一个 JSON 对象"),
    };

    /// <param name="countName">The option for how many messages of the past.</param>
    /// <param name="countDescription">What it does.</param>
    public ReadingOptions(string countName, string countDescription) =>
        _count = new Option<string?>(countName) { HelpName = "N|all", Description = countDescription };

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command command)
    {
        _room.AddTo(command);
        command.Options.Add(_json);
        command.Options.Add(_count);
    }

    /// <summary>How many messages of the past; <see cref="int.MaxValue"/> for all, null when nothing was said.</summary>
    /// <exception cref="UsageException">It is neither a number nor <c>all</c>.</exception>
    public int? Count(ParseResult parsed) =>
        parsed.GetValue(_count) is not { } given ? null
        : given == "all" ? int.MaxValue
        : int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count
        : throw new UsageException(
            Say($"'{given}' is neither a number nor 'all'.", $"“{given}” 既不是数字也不是 all。")
        );

    /// <inheritdoc cref="RoomOptions.EnterAsync"/>
    public Task<Visit> EnterAsync(ParseResult parsed, Terminal terminal, CancellationToken stop, int history = 0) =>
        _room.EnterAsync(parsed, terminal, stop, history);

    /// <summary>Where what happens in that room is written.</summary>
    public EventLines Lines(ParseResult parsed, Terminal terminal, Visit visit) =>
        new(terminal.Output, visit.Room.Channel, parsed.GetValue(_json));
}
