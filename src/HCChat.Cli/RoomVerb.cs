using System.CommandLine;
using HCChat.Client;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Cli;

/// <summary>
/// A verb of <c>hcchat room</c> that is done inside: it goes in with the user's key proven, or by the trip when there is one, does something, and leaves.
/// </summary>
internal static class RoomVerb
{
    /// <summary>The verb.</summary>
    /// <param name="act">Does it, and gives the lines to write.</param>
    public static Command Create(
        string name,
        string description,
        Terminal terminal,
        Func<ChatRoom, ParseResult, CancellationToken, Task<IEnumerable<string>>> act,
        params Symbol[] more
    ) =>
        Create(
            name,
            description,
            terminal,
            more,
            async (room, parsed, stop) =>
            {
                await using var visit = await room.EnterKnownAsync(parsed, terminal, stop);
                return await act(visit.Room, parsed, stop);
            }
        );

    /// <summary>The same for what is not simply done inside.</summary>
    public static Command Create(
        string name,
        string description,
        Terminal terminal,
        Symbol[] more,
        Func<RoomOptions, ParseResult, CancellationToken, Task<IEnumerable<string>>> act
    )
    {
        var command = new Command(name, description);
        var room = new RoomOptions();
        foreach (var symbol in more)
        {
            if (symbol is Argument argument)
            {
                command.Arguments.Add(argument);
            }
            else
            {
                command.Options.Add((Option)symbol);
            }
        }
        room.AddTo(command);
        command.SetAction(
            async (parsed, stop) =>
            {
                foreach (var line in await act(room, parsed, stop))
                {
                    await terminal.Output.WriteLineAsync(line);
                }
                return ExitCode.Done;
            }
        );
        return command;
    }

    /// <summary>Nothing to write.</summary>
    public static async Task<IEnumerable<string>> DoneAsync(Task doing)
    {
        await doing;
        return [];
    }

    /// <summary>Columns with tabs between, without what a terminal would obey.</summary>
    public static string Line(params string?[] columns) =>
        string.Join('\t', columns.Select(column => EventText.Harmless(column ?? "-")));

    /// <summary>A time that a person gives in seconds.</summary>
    public static TimeSpan? Seconds(int? seconds) => seconds is { } given ? TimeSpan.FromSeconds(given) : null;

    /// <summary>Whom the user means: a name in the room, or <c>key:…</c>, <c>trip:…</c>, <c>account:…</c>.</summary>
    public static Whom Whom(string given) =>
        given.StartsWith("key:", StringComparison.Ordinal)
        || given.StartsWith("trip:", StringComparison.Ordinal)
        || given.StartsWith("account:", StringComparison.Ordinal)
            ? Client.Whom.Identity(given)
            : Client.Whom.Nick(given);

    /// <summary>Somebody in the room.</summary>
    public static Argument<string> Nick() => new("nick") { Description = Say("the name in the room", "房间内的名字") };

    /// <summary>What <c>bans</c> or <c>invites</c> tells.</summary>
    public static Argument<string> Id() => new("id") { Description = Say("as the list tells it", "列表中的 id") };
}
