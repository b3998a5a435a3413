using HCChat.Protocol;

namespace HCChat.Server.Chat;

/// <summary>From a message to its verb: recognises the family, charges the limiter, answers what no verb answers.</summary>
internal static class Dispatcher
{
    /// <summary>Longer names are not compared with the known ones: the work grows with their length.</summary>
    private const int MaxGuessed = 32;

    // What every JavaScript object has: hack.chat drops these in silence.
    private static readonly HashSet<string> s_prototype =
    [
        "constructor",
        "hasOwnProperty",
        "isPrototypeOf",
        "propertyIsEnumerable",
        "toLocaleString",
        "toString",
        "valueOf",
        "__defineGetter__",
        "__defineSetter__",
        "__lookupGetter__",
        "__lookupSetter__",
    ];

    /// <summary>Carries out one message. Verbs of one session run one after the other.</summary>
    public static async Task HandleAsync(Call call)
    {
        var (session, message) = (call.Session, call.Message);
        // `cmd` rules when it is there: {"cmd":"chat","type":"text"} is a chat of a kind, not two verbs.
        var byType = !message.Has("cmd");
        var name = byType ? message.String("type") : message.String("cmd");
        if (name is null && byType && message.String("text") is not null && !message.Has("type"))
        {
            name = Verbs.Chat;
        }
        if (name is null)
        {
            return;
        }
        if (session.Family == Family.None)
        {
            session.Family = Recognize(name, byType, message);
        }
        await RunAsync(call, name);
    }

    /// <summary>Tells the sender that a frame came too fast. A lost sign of typing is not worth a word.</summary>
    public static void RefuseFrame(Call call, TimeSpan retryAfter)
    {
        if (call.Message.String("cmd") != "typing")
        {
            call.Refuse(Fault.Limited, retryAfter: retryAfter);
        }
    }

    private static async Task RunAsync(Call call, string name)
    {
        if (!call.IsApp && Captchas.TryAnswer(call, name) is { } answered)
        {
            await answered;
            return;
        }
        var known = Verbs.ByName.TryGetValue(name, out var verb) && (verb.Families & call.Family) != 0;
        if (!known || !verb!.Pipelined || (call.IsStock && Slash.IsCommand(call)))
        {
            await call.Session.SettledAsync();
        }
        if (!known)
        {
            Unknown(call, name);
            return;
        }
        if (call.IsStock && name == Verbs.Chat && Slash.TryRun(call) is { } slash)
        {
            await slash;
            return;
        }
        var missing = verb!.Required.Where(m => !call.Message.Has(m)).ToList();
        if (call.IsStock && missing.Count > 0 && !(name == "whisper" && Whispering.FindByUserId(call) is not null))
        {
            call.Refuse(
                Fault.UnknownCommand,
                text: $"Failed to execute '{verb.Name}': missing required {string.Join(", ", missing)}\n\n"
            );
            return;
        }
        await verb.RunAsync(call);
    }

    // hack.chat: `session` makes generation 2, `join` generation 1, and what may be asked before either decides nothing.
    private static Family Recognize(string name, bool byType, Incoming message) =>
        name == "session" && !byType
            ? message.Integer("proto") is >= 3
                ? Family.HCChat
                : Family.V2
            : byType || (Verbs.ByName.TryGetValue(name, out var verb) && (verb.Families & Family.Stock) == 0)
                ? Family.App
                : name != "join"
                    ? Family.None
                    : !message.Has("channel") && message.Has("room")
                        ? Family.App
                        : Family.Legacy;

    private static void Unknown(Call call, string name)
    {
        if (call.IsStock && s_prototype.Contains(name))
        {
            return;
        }
        if (call.IsStock && name is "disconnect" or "socketreply")
        {
            Internal(call, name);
            return;
        }
        if (name.Length > MaxGuessed)
        {
            call.Refuse(Fault.UnknownCommand);
            return;
        }
        var nearest = Verbs
            .Suggestions.Select(known => (known, Text.Distance(name.ToUpperInvariant(), known.ToUpperInvariant())))
            .MinBy(pair => pair.Item2);
        call.Refuse(
            Fault.UnknownCommand,
            text: name.Length <= 32 && nearest.Item2 <= 5
                ? $"Command not found, did you mean: `{nearest.known}`?"
                : null
        );
    }

    // hack.chat's own plumbing, which it lets nobody call.
    private static void Internal(Call call, string name)
    {
        if (call.Message.Has("cmdKey"))
        {
            call.Penalize(20);
            return;
        }
        call.Refuse(Fault.UnknownCommand, text: $"Failed to execute '{name}': missing required cmdKey\n\n");
    }
}
