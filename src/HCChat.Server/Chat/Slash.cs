using HCChat.Protocol;

namespace HCChat.Server.Chat;

/// <summary>
/// hack.chat's slash commands inside the text of a stock client's chat. Prefixes and their order are hack.chat's; <c>//x</c>
/// says <c>/x</c>, an unknown one is refused. An envelope never begins with a slash.
/// </summary>
internal static class Slash
{
    private const string ShrugCommand = "/shrug";
    private const string Shrug = @"¯\\\_(ツ)\_/¯";

    private sealed record Command(string Prefix, Func<Call, Session.Seat, string, Task> RunAsync)
    {
        public Command(string prefix, Action<Call, Session.Seat, string> run)
            : this(
                prefix,
                (call, seat, text) =>
                {
                    run(call, seat, text);
                    return Task.CompletedTask;
                }
            ) { }
    }

    private static readonly Command[] s_commands =
    [
        new(
            "/lockroom",
            (call, _, text) => Moderation.Lock(call, Word(text, 1) is { Length: > 0 } level ? level : null)
        ),
        new("/unlockroom", (call, _, _) => Moderation.Unlock(call)),
        new("/myhash", (call, _, _) => Lists.MyHash(call)),
        new("/whisper ", WhisperAsync),
        new("/w ", WhisperAsync),
        new("/reply ", ReplyAsync),
        new("/r ", ReplyAsync),
        new("/forcecolor ", (call, _, text) => Appearance.ForceColor(call, Nick(Word(text, 1)), Word(text, 2) ?? "")),
        new("/forceflair ", (call, _, text) => Appearance.ForceFlair(call, Nick(Word(text, 1)), Word(text, 2) ?? "")),
        new("/stats", (call, _, _) => Lists.MoreStats(call)),
        new("/help", (call, _, text) => Lists.Help(call, Word(text, 1))),
        new("/nick", ChangeNickAsync),
        new("/kick ", Kick),
        new("/color ", (call, _, text) => Appearance.ChangeColorAsync(call, Word(text, 1) ?? "")),
        new("/setmotd", (call, _, text) => Owning.SetMotd(call, text["/setmotd".Length..].Trim())),
        new("/claimchannel", (call, _, _) => StockOwning.ClaimAsync(call)),
        new("/unclaimchannel", (call, _, _) => StockOwning.Unclaim(call)),
        new("/renewclaim", (call, _, _) => StockOwning.Renew(call)),
        new("/makepublic", (call, _, _) => StockOwning.List(call, listed: true)),
        new("/makeprivate", (call, _, _) => StockOwning.List(call, listed: false)),
        new("/setlevel", (call, _, text) => StockOwning.SetLevel(call, Word(text, 1), Word(text, 2))),
        new("/me ", Emote),
        new("/leave", (call, seat, _) => LeaveAsync(call, seat)),
        new("/getchannels", (call, _, _) => Lists.Channels(call)),
    ];

    /// <summary>Whether a chat's text is a slash command, or tries to be one.</summary>
    public static bool IsCommand(Call call) => call.Message.String("text") is { } text && text.StartsWith('/');

    /// <summary>Runs the slash command in a chat's text; null when there is none and the chat is to be said.</summary>
    public static Task? TryRun(Call call)
    {
        if (call.Message.String("text") is not { } text || !text.StartsWith('/') || call.Seat is not { } seat)
        {
            return null;
        }
        if (text.StartsWith(ShrugCommand, StringComparison.Ordinal))
        {
            Saying.Say(call, Verbs.Chat, Shrug + text[ShrugCommand.Length..]);
        }
        else if (Array.Find(s_commands, c => text.StartsWith(c.Prefix, StringComparison.Ordinal)) is { } command)
        {
            return command.RunAsync(call, seat, text);
        }
        else if (text.StartsWith("//", StringComparison.Ordinal))
        {
            Saying.Say(call, Verbs.Chat, text[1..]);
        }
        else
        {
            call.Refuse(Fault.UnknownSlash, seat.Room.Channel, Fault.UnknownSlash.Text + text);
        }
        return Task.CompletedTask;
    }

    private static Task WhisperAsync(Call call, Session.Seat seat, string text)
    {
        if (Nick(Word(text, 1)) is { Length: > 0 } nick)
        {
            return Whispering.SendAsync(call, seat, After(text, 2), nick);
        }
        call.Refuse(Fault.WhisperTo, seat.Room.Channel);
        return Task.CompletedTask;
    }

    private static Task ReplyAsync(Call call, Session.Seat seat, string text)
    {
        if (seat.Me.WhisperedBy is { } nick)
        {
            return Whispering.SendAsync(call, seat, After(text, 1), nick);
        }
        call.Refuse(Fault.WhisperNobody, seat.Room.Channel);
        return Task.CompletedTask;
    }

    private static Task ChangeNickAsync(Call call, Session.Seat seat, string text)
    {
        if (Nick(Word(text, 1)) is { Length: > 0 } nick)
        {
            return Appearance.ChangeNickAsync(call, nick);
        }
        call.Refuse(Fault.NickInvalid, seat.Room.Channel);
        return Task.CompletedTask;
    }

    private static void Kick(Call call, Session.Seat seat, string text)
    {
        var nick = string.Concat((Word(text, 1) ?? "").Where(c => char.IsAsciiLetterOrDigit(c) || c == '_'));
        if (nick.Length == 0)
        {
            call.Refuse(Fault.KickWhom, seat.Room.Channel);
            return;
        }
        Kicking.Kick(call, m => m.Nick == nick);
    }

    private static void Emote(Call call, Session.Seat seat, string text) => Saying.Say(call, "emote", After(text, 1));

    private static Task LeaveAsync(Call call, Session.Seat seat)
    {
        call.Chat.Unseat(call.Session, seat.Me, seat.Room);
        return call.Chat.TellSessionAsync(call.Session, restored: false);
    }

    private static string? Word(string text, int index) =>
        text.Split(' ') is var words && index < words.Length ? words[index] : null;

    private static string After(string text, int words) => string.Join(' ', text.Split(' ').Skip(words));

    private static string? Nick(string? word) => word?.Replace("@", "", StringComparison.Ordinal);
}
