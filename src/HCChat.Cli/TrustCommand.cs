using System.CommandLine;
using HCChat.Client;
using HCChat.Crypto;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Cli;

/// <summary><c>hcchat trust</c>: by which keys the people of a room are known on this machine (spec/crypto.md §4a). Asks no server.</summary>
internal static class TrustCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(Terminal terminal)
    {
        var command = new Command(
            "trust",
            Say(
                "By which keys the people of a room are known here. The first key of a name is taken; after that only you change it.",
                "本机以哪些密钥认识房间里的人。每个名字以首次见到的密钥为准，此后只有您能更改。"
            )
        );
        command.Subcommands.Add(List(terminal));
        command.Subcommands.Add(Accept(terminal));
        command.Subcommands.Add(Verify(terminal));
        return command;
    }

    private static Command List(Terminal terminal)
    {
        var room = new RoomOptions();
        var command = new Command(
            "list",
            Say(
                "Write name, fingerprint, key, \"verified\" or \"-\", and the other names of that key, with tabs between.",
                "输出名字、指纹、公钥、verified 或 -，以及同一密钥的其他名字，以制表符分隔。"
            )
        );
        room.AddTo(command);
        command.SetAction(
            async (parsed, _) =>
            {
                var store = await room.PinsAsync(parsed, terminal);
                var pins = Read(store);
                foreach (var pin in pins.All.OrderBy(pin => pin.Nick, StringComparer.Ordinal))
                {
                    string[] columns =
                    [
                        pin.Nick,
                        pin.Key.Fingerprint,
                        pin.Key.Text,
                        pin.Verified ? "verified" : "-",
                        string.Join(' ', pins.AlsoKnownAs(pin.Nick, pin.Key)),
                    ];
                    await terminal.Output.WriteLineAsync(string.Join('\t', columns.Select(EventText.Harmless)));
                }
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static Command Accept(Terminal terminal)
    {
        var (room, nick) = (new RoomOptions(), Nick());
        var key = new Argument<string>("key")
        {
            Description = Say(
                "the new key, as the warning of listen shows it (43 characters)",
                "新密钥，见 listen 的警告（43 个字符）"
            ),
        };
        var command = new Command(
            "accept",
            Say(
                "Take another key for a name's from now on: the person has told you, on another way, that it is theirs.",
                "从现在起以另一个密钥为准：前提是本人已通过其他途径告知。"
            )
        );
        command.Arguments.Add(nick);
        command.Arguments.Add(key);
        room.AddTo(command);
        command.SetAction(
            async (parsed, _) =>
            {
                var store = await room.PinsAsync(parsed, terminal);
                var accepted = Parse(parsed.GetRequiredValue(key));
                Change(store, pins => pins.Accept(parsed.GetRequiredValue(nick), accepted));
                await terminal.Output.WriteLineAsync(accepted.ToString());
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static Command Verify(Terminal terminal)
    {
        var (room, nick) = (new RoomOptions(), Nick());
        var fingerprint = new Argument<string[]>("fingerprint")
        {
            Arity = ArgumentArity.OneOrMore,
            Description = Say(
                "the fingerprint as the person tells it (hcchat identity show); spaces do not matter",
                "本人告知的指纹（hcchat identity show）；空格无关紧要"
            ),
        };
        var command = new Command(
            "verify",
            Say(
                "Note that you have compared a name's fingerprint with the person. It is compared here once more.",
                "记录已与本人核对过指纹。此处会再核对一次。"
            )
        );
        command.Arguments.Add(nick);
        command.Arguments.Add(fingerprint);
        room.AddTo(command);
        command.SetAction(
            async (parsed, _) =>
            {
                var store = await room.PinsAsync(parsed, terminal);
                var name = parsed.GetRequiredValue(nick);
                var told = string.Concat(parsed.GetRequiredValue(fingerprint).SelectMany(f => f.Split(' ')));
                var verified = false;
                Change(
                    store,
                    pins =>
                        verified =
                            pins.Find(name) is { } pin && pin.Key.Fingerprint == told && pins.Verify(name, pin.Key)
                );
                return verified ? ExitCode.Done : throw NotTheirs(name);
            }
        );
        return command;
    }

    private static UsageException NotTheirs(string nick) =>
        new(
            Say(
                $"That is not the fingerprint of the key that {EventText.Harmless(nick)} is known by here: either it was mistyped, or somebody else speaks in that name. See hcchat trust list.",
                $"该指纹与此处记录的 {EventText.Harmless(nick)} 的密钥不符：可能是输入有误，也可能有人冒用该名字。见 hcchat trust list。"
            )
        );

    private static Argument<string> Nick() => new("nick") { Description = Say("the name in the room", "房间内的名字") };

    private static IdentityKey Parse(string text)
    {
        try
        {
            return IdentityKey.Parse(text);
        }
        catch (E2eeException)
        {
            throw new UsageException(Say("That is no key of 43 characters.", "这不是 43 个字符的密钥。"));
        }
    }

    private static Pins Read(FilePinStore store)
    {
        try
        {
            return store.Read();
        }
        catch (E2eeException)
        {
            throw Damaged(store);
        }
    }

    private static void Change(FilePinStore store, Action<Pins> change)
    {
        try
        {
            store.Change(change);
        }
        catch (E2eeException)
        {
            throw Damaged(store);
        }
    }

    private static DamagedException Damaged(FilePinStore store) =>
        new(
            Say(
                $"{store.Path} is damaged. Whoever moves it away takes everybody for whom they say they are, once more.",
                $"{store.Path} 已损坏。移走该文件后，会重新以首次见到的密钥为准。"
            )
        );
}
