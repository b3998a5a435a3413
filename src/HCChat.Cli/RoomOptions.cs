using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using HCChat.Client;
using HCChat.Crypto;
using HCChat.Protocol;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Cli;

/// <summary>
/// Which room, on which server, as whom, and where its secret comes from: environment, file or prompt, never the command line, which
/// every user of the machine can read.
/// </summary>
internal sealed class RoomOptions
{
    private readonly Option<string?> _room = new("--room", "-r")
    {
        Description = Say(
            "room name, or a link without the secret; else --room-file, else HCCHAT_ROOM",
            "房间名，或不含密钥的链接；否则用 --room-file，再否则用环境变量 HCCHAT_ROOM"
        ),
    };

    private readonly Option<string?> _roomFile = new("--room-file")
    {
        Description = Say("file that holds the room link, secret included", "保存房间链接（含密钥）的文件"),
    };

    private readonly Option<string?> _passphraseFile = new("--passphrase-file")
    {
        Description = Say(
            "file that holds the passphrase; else HCCHAT_PASSPHRASE, else a prompt",
            "保存口令的文件；否则用环境变量 HCCHAT_PASSPHRASE，再否则提示输入"
        ),
    };

    private readonly Option<string?> _server = new("--server")
    {
        Description = Say(
            "the server's address; else the link's, else HCCHAT_SERVER",
            "服务器地址；否则用链接中的，再否则用环境变量 HCCHAT_SERVER"
        ),
    };

    private readonly Option<string?> _nick = new("--nick", "-n")
    {
        Description = Say(
            "name in the room; else HCCHAT_NICK, else a random one",
            "房间内的名字；否则用环境变量 HCCHAT_NICK，再否则随机"
        ),
    };

    private readonly Option<bool> _plain = new("--plain")
    {
        Description = Say(
            "the room is NOT encrypted: the server reads everything",
            "房间不加密：服务器可以读到一切内容"
        ),
    };

    private readonly Option<bool> _hchat = new("--hchat")
    {
        Description = Say("speak the HChat app's older encryption in this room", "在此房间使用 HChat 应用的旧版加密"),
    };

    private readonly Option<string?> _tripFile = new("--trip-file")
    {
        Description = Say(
            "file with a password for a trip code, by which the room knows you again (it goes to the server); else HCCHAT_TRIP",
            "保存识别码密码的文件，房间凭识别码认出同一个人（密码会发给服务器）；否则用环境变量 HCCHAT_TRIP"
        ),
    };

    private readonly Option<bool> _noOutbox = new("--no-outbox")
    {
        Description = Say(
            "keep nothing on disk: what the server has not acknowledged when the command ends is lost",
            "不在磁盘上保存：命令结束时服务器尚未确认的消息会丢失"
        ),
    };

    private readonly Option<string?> _inviteFile = new("--invite-file")
    {
        Description = Say(
            "file with an invitation into the room ('-': standard input); else the link's, else HCCHAT_INVITE",
            "保存房间邀请的文件（“-” 表示标准输入）；否则用链接中的，再否则用环境变量 HCCHAT_INVITE"
        ),
    };

    private readonly Option<string?> _passwordFile = new("--password-file")
    {
        Description = Say(
            "file with the password on the room's door ('-': standard input; the server gets it); else HCCHAT_PASSWORD",
            "保存房间密码的文件（“-” 表示标准输入；密码会发给服务器）；否则用环境变量 HCCHAT_PASSWORD"
        ),
    };

    private readonly Option<bool> _guest = new("--guest")
    {
        Description = Say("do not use the login at this server", "不使用在此服务器上的登录"),
    };

    private readonly IdentityOptions _identity = new();

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_room);
        command.Options.Add(_roomFile);
        command.Options.Add(_passphraseFile);
        command.Options.Add(_server);
        command.Options.Add(_nick);
        command.Options.Add(_plain);
        command.Options.Add(_hchat);
        command.Options.Add(_tripFile);
        command.Options.Add(_noOutbox);
        command.Options.Add(_inviteFile);
        command.Options.Add(_passwordFile);
        command.Options.Add(_guest);
        _identity.AddTo(command);
    }

    /// <summary>Goes into the room that the user means.</summary>
    /// <exception cref="UsageException">Something is missing or contradicts itself.</exception>
    /// <exception cref="FormatException">A link that cannot be read.</exception>
    /// <exception cref="ChatException">The server cannot be reached, or does not let us in.</exception>
    public async Task<Visit> EnterAsync(
        ParseResult parsed,
        Terminal terminal,
        CancellationToken stop,
        int history = 0
    ) => await (await ResolveAsync(parsed, terminal)).EnterAsync(stop, history);

    /// <summary>Goes in as somebody who has a role there, or wants one.</summary>
    /// <inheritdoc cref="EnterAsync" path="/exception"/>
    public async Task<Visit> EnterKnownAsync(ParseResult parsed, Terminal terminal, CancellationToken stop) =>
        await (await ResolveAsync(parsed, terminal, proves: true)).EnterAsync(stop);

    /// <summary>
    /// Goes in as somebody who may have begun something there: without a name of the user's under one that is the same each time in that room, by which the server knows who goes on; under another when
    /// that one is here already.
    /// </summary>
    /// <inheritdoc cref="EnterAsync" path="/exception"/>
    public async Task<Visit> EnterToGoOnAsync(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        try
        {
            return await (await ResolveAsync(parsed, terminal, lasting: true)).EnterAsync(stop);
        }
        catch (JoinRefusedException e) when (e.Code == "nick_taken" && NameOf(parsed, terminal) is null)
        {
            return await EnterAsync(parsed, terminal, stop);
        }
    }

    /// <summary>Is the room encrypted in our own way, by the user's word?</summary>
    public bool IsSealed(ParseResult parsed) => !IsPlain(parsed) && !parsed.GetValue(_hchat);

    /// <summary>Is the room not encrypted, by the user's word?</summary>
    public bool IsPlain(ParseResult parsed) => parsed.GetValue(_plain);

    /// <summary>Checks the id of a message before anything goes out.</summary>
    /// <exception cref="UsageException">It cannot be the id of a message in such a room.</exception>
    public void CheckId(ParseResult parsed, string id)
    {
        var fits = IsPlain(parsed) || parsed.GetValue(_hchat) ? Names.IsMessageId(id) : ContentJson.IsId(id);
        if (!fits)
        {
            throw new UsageException(
                Say(
                    $"'{id}' is no message id; hcchat listen --json and hcchat history --json write them.",
                    $"“{id}” 不是消息 id；id 见 hcchat listen --json 或 hcchat history --json 的输出。"
                )
            );
        }
    }

    /// <summary>The room that the user means.</summary>
    /// <exception cref="UsageException">Something is missing or contradicts itself.</exception>
    /// <exception cref="FormatException">A link that cannot be read.</exception>
    /// <param name="proves">The verb is of use to nobody whom the room does not know: the key is proven, unless a trip does it.</param>
    /// <param name="lasting">Without a name of the user's the same one each time, and not a random one.</param>
    public async Task<Destination> ResolveAsync(
        ParseResult parsed,
        Terminal terminal,
        bool proves = false,
        bool lasting = false
    )
    {
        var text = await RoomTextAsync(parsed, terminal);
        using var link = text.Contains("://", StringComparison.Ordinal) ? InviteLink.Parse(text) : null;
        var address = parsed.GetValue(_server) ?? link?.Server.AbsoluteUri ?? terminal.Environment("HCCHAT_SERVER");
        var name = NameOf(parsed, terminal);
        var trip = parsed.GetValue(_tripFile) is { } file
            ? (await File.ReadAllTextAsync(file)).TrimEnd('\n', '\r')
            : terminal.Environment("HCCHAT_TRIP");
        var server = ServerAddress(address);
        var options = await _identity.ApplyAsync(
            new ChatOptions
            {
                Server = server,
                Account = parsed.GetValue(_guest) ? null : Accounts.Open(server, terminal),
                Nick = name ?? $"cli_{RandomNumberGenerator.GetHexString(6, true)}",
                TripPassword = string.IsNullOrEmpty(trip) ? null : trip,
            },
            parsed,
            terminal,
            proves && string.IsNullOrEmpty(trip)
        );
        var folder = parsed.GetValue(_noOutbox) ? null : await OutboxFolder.OpenAsync(terminal);
        if (name is null && lasting && options.Identity is { } identity)
        {
            name = LastingName(identity, server, link?.Channel ?? text);
            options = options with { Nick = name };
        }
        if (folder is not null)
        {
            // Nobody comes back under a random name.
            options = options with
            {
                Outbox = room => new FileOutboxStore(folder, name is null ? room with { Nick = null } : room),
                Uploads = UserFolders.Uploads(terminal),
            };
        }
        var access = await AccessAsync(parsed, text, link, terminal);
        var invitation = await SecretText.ReadAsync(parsed.GetValue(_inviteFile), "HCCHAT_INVITE", terminal);
        var password = await SecretText.ReadAsync(parsed.GetValue(_passwordFile), "HCCHAT_PASSWORD", terminal);
        return new Destination(options, access.With(invitation, password), folder is not null);
    }

    /// <summary>A link to the room that the user means, as whole as the user has it.</summary>
    /// <exception cref="UsageException">Something is missing.</exception>
    /// <exception cref="FormatException">A link that cannot be read.</exception>
    public async Task<InviteLink> LinkAsync(ParseResult parsed, Terminal terminal)
    {
        var text = await RoomTextAsync(parsed, terminal);
        if (text.Contains("://", StringComparison.Ordinal))
        {
            return InviteLink.Parse(text);
        }
        var server = new UriBuilder(ServerAddress(parsed.GetValue(_server) ?? terminal.Environment("HCCHAT_SERVER")));
        server.Scheme = server.Scheme is "ws" or "http" ? "http" : "https";
        return new InviteLink(server.Uri, IsPlain(parsed) ? text : text.Normalize()) { Encrypted = !IsPlain(parsed) };
    }

    /// <summary>Where the keys are kept by which the people of the room are known.</summary>
    /// <exception cref="UsageException">Something is missing, or nobody signs in such a room.</exception>
    public async Task<FilePinStore> PinsAsync(ParseResult parsed, Terminal terminal)
    {
        if (IsPlain(parsed) || parsed.GetValue(_hchat))
        {
            throw new UsageException(Say("Nobody signs in a room of that kind.", "该类房间中没有签名。"));
        }
        using var link = await LinkAsync(parsed, terminal);
        var server = parsed.GetValue(_server) is { } given ? ServerAddress(given) : link.Server;
        var options = new ChatOptions { Server = server, Nick = "" };
        return new FilePinStore(
            UserFolders.Pins(terminal),
            options.StoredRoom(link.Channel, RoomProtection.Passphrase)
        );
    }

    /// <summary>An absolute http(s) or ws(s) address.</summary>
    /// <exception cref="UsageException">It is none, or missing.</exception>
    public static Uri ServerAddress(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" or "ws" or "wss"
            ? address
            : throw new UsageException(
                text is null
                    ? Say(
                        "Which server? Use --server URL, HCCHAT_SERVER or a room link.",
                        "哪个服务器？请用 --server URL、HCCHAT_SERVER 或房间链接指定。"
                    )
                    : Say($"'{text}' is not an http(s) address.", $"“{text}” 不是 http(s) 地址。")
            );

    /// <summary>The sentence for somebody who put a secret where everybody can see it; null when nobody did.</summary>
    public static string? SecretInArguments(IReadOnlyList<string> args)
    {
        var shown = args.Where(
            (arg, i) =>
                InviteLink.CarriesSecret(arg)
                && (arg.Contains("#/r/", StringComparison.Ordinal) || (i > 0 && args[i - 1] is "-r" or "--room"))
        );
        if (args.Any(arg => arg.Contains("hcid1-", StringComparison.Ordinal)))
        {
            return Say(
                "A secret key (hcid1-…) must not stand on the command line, where other users of this machine can read it. Pipe it into hcchat identity import.",
                "私钥（hcid1-…）不能写在命令行上，本机其他用户可以看到它。请通过标准输入传给 hcchat identity import。"
            );
        }
        return shown.Any()
            ? Say(
                "A link with its secret (k= or i=) must not stand on the command line, where other users of this machine can read it. "
                    + "Put it into the environment variable HCCHAT_ROOM, or into a file named by --room-file; pipe a message that contains it with -m -.",
                "含密钥（k= 或 i=）的链接不能写在命令行上，本机其他用户可以看到它。"
                    + "请放入环境变量 HCCHAT_ROOM，或用 --room-file 指定的文件；消息正文含链接时请用 -m - 从标准输入传入。"
            )
            : null;
    }

    private string? NameOf(ParseResult parsed, Terminal terminal) =>
        parsed.GetValue(_nick) ?? terminal.Environment("HCCHAT_NICK");

    // Nobody without the key can tell which names in two rooms are one person's.
    private static string LastingName(SigningIdentity identity, Uri server, string channel)
    {
        var room = Encoding.UTF8.GetBytes($"hcchat/name\n{server.Authority}\n{channel}");
        return $"cli_{Convert.ToHexStringLower(HMACSHA256.HashData(identity.RevealSeed(), room))[..6]}";
    }

    private async Task<string> RoomTextAsync(ParseResult parsed, Terminal terminal)
    {
        var (given, file) = (parsed.GetValue(_room), parsed.GetValue(_roomFile));
        if (given is not null && file is not null)
        {
            throw new UsageException(
                Say("Give --room or --room-file, not both.", "--room 与 --room-file 只能用一个。")
            );
        }
        var text = given ?? (file is null ? terminal.Environment("HCCHAT_ROOM") : await File.ReadAllTextAsync(file));
        return text?.Trim() is { Length: > 0 } trimmed
            ? trimmed
            : throw new UsageException(
                Say(
                    "Which room? Use -r, --room-file or HCCHAT_ROOM.",
                    "哪个房间？请用 -r、--room-file 或 HCCHAT_ROOM 指定。"
                )
            );
    }

    private async Task<RoomAccess> AccessAsync(ParseResult parsed, string text, InviteLink? link, Terminal terminal)
    {
        var channel = link?.Channel ?? text;
        var (isPlain, isHChat) = (parsed.GetValue(_plain), parsed.GetValue(_hchat));
        if (isPlain && (isHChat || link?.Encrypted == true))
        {
            throw new UsageException(
                Say(
                    "This room is encrypted (the link or --hchat says so); --plain contradicts that.",
                    "该房间是加密的（链接或 --hchat 已说明），不能同时使用 --plain。"
                )
            );
        }
        if (isPlain)
        {
            return RoomAccess.Plain(channel);
        }
        if (link?.RoomKey is not null && !isHChat)
        {
            return RoomAccess.ByLink(link);
        }
        var passphrase = await PassphraseAsync(parsed, terminal);
        return isHChat ? RoomAccess.HChat(channel, passphrase)
            : link is not null ? RoomAccess.ByLink(link, passphrase)
            : RoomAccess.ByPassphrase(channel, passphrase);
    }

    private async Task<string> PassphraseAsync(ParseResult parsed, Terminal terminal)
    {
        var passphrase = parsed.GetValue(_passphraseFile) is { } file
            ? await File.ReadAllTextAsync(file)
            : terminal.Environment("HCCHAT_PASSPHRASE") ?? terminal.Ask(Say("Passphrase: ", "口令："));
        if (string.IsNullOrWhiteSpace(passphrase))
        {
            throw new UsageException(
                Say(
                    "This room needs a secret: put the full link into HCCHAT_ROOM or --room-file, or the passphrase into HCCHAT_PASSPHRASE or --passphrase-file. For an unencrypted room say --plain.",
                    "需要房间的密钥：请把完整链接放入 HCCHAT_ROOM 或 --room-file，或把口令放入 HCCHAT_PASSPHRASE 或 --passphrase-file。不加密的房间请加 --plain。"
                )
            );
        }
        // A file ends with a line break that nobody meant; what else surrounds the passphrase is stripped where it is stretched.
        passphrase = passphrase.TrimEnd('\n', '\r');
        if (PassphraseStrength.EstimateBits(passphrase) < PassphraseStrength.WarnBelowBits)
        {
            await terminal.Error.WriteLineAsync(
                Say(
                    "hcchat: this passphrase is weak; whoever holds one message could guess it.",
                    "hcchat：此口令较弱，持有任一消息的人都可能猜出它。"
                )
            );
        }
        return passphrase;
    }
}
