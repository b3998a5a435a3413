using System.CommandLine;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HCChat.Server;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Cli;

/// <summary><c>hcchat admin</c>: what operators do with a running server, on its machine by the secret in its data folder, or from elsewhere with an access token.</summary>
internal static class AdminCommand
{
    private const string ServerVariable = "HCCHAT_SERVER";
    private const string TokenVariable = "HCCHAT_ADMIN_TOKEN";
    private const string PasswordVariable = "HCCHAT_PASSWORD";

    private static readonly Option<string?> s_data = new("--data")
    {
        Description = Say("the server's data folder; else the user's own", "服务器的数据文件夹；默认为当前用户的"),
        Recursive = true,
    };

    private static readonly Option<string?> s_server = new("--server")
    {
        Description = Say(
            $"the server's address, with a token in {TokenVariable}; else the one that runs on this machine",
            $"服务器地址，令牌放在 {TokenVariable} 中；默认为本机上运行的服务器"
        ),
        Recursive = true,
    };

    private static readonly Option<bool> s_json = new("--json")
    {
        Description = Say("one JSON object a line", "每行一个 JSON 对象"),
        Recursive = true,
    };

    /// <summary>The verb.</summary>
    public static Command Create(Terminal terminal)
    {
        var admin = new Command("admin", Say("What operators do with a running server.", "管理正在运行的服务器。"));
        admin.Options.Add(s_data);
        admin.Options.Add(s_server);
        admin.Options.Add(s_json);
        var name = new Argument<string>("name") { Description = Say("the account's name", "账号名") };
        var room = new Argument<string>("room") { Description = Say("the room's name", "房间名") };
        var id = new Argument<string>("id") { Description = Say("as the list names it", "列表中的编号") };
        var identity = new Argument<string>("identity")
        {
            Description = Say(
                "key:… with a fingerprint, account:… with an id, or trip:… with a code",
                "key:… 加指纹，account:… 加编号，或 trip:… 加识别码"
            ),
        };
        var isOperator = new Option<bool>("--operator")
        {
            Description = Say("who may administer the server", "可以管理服务器"),
        };
        var days = new Option<int>("--days")
        {
            Description = Say("for how long it is good", "有效天数"),
            DefaultValueFactory = _ => 7,
        };
        JsonObject Named(ParseResult parsed) => new() { ["name"] = parsed.GetRequiredValue(name) };
        JsonObject Numbered(ParseResult parsed) => new() { ["id"] = parsed.GetRequiredValue(id) };
        Add(admin, Get(terminal, "status", Say("Counts.", "概况。"), "status"));
        Add(admin, Get(terminal, "storage", Say("What is kept, and its size.", "保存的内容及占用空间。"), "storage"));
        Add(admin, Get(terminal, "limits", Say("Every limit with its number.", "所有限制及其数值。"), "limits"));
        Add(admin, Get(terminal, "audit", Say("What operators have done.", "管理操作记录。"), "audit"));
        Group(
            admin,
            "user",
            Say("Accounts.", "账号。"),
            Get(terminal, "list", Say("Lists accounts.", "列出账号。"), "accounts"),
            Post(
                terminal,
                "add",
                Say("Makes an account.", "新建账号。"),
                "accounts/add",
                parsed => new JsonObject
                {
                    ["name"] = parsed.GetRequiredValue(name),
                    ["password"] = Password(terminal),
                    ["operator"] = parsed.GetValue(isOperator),
                },
                name,
                isOperator
            ),
            Post(
                terminal,
                "password",
                Say("Gives an account another password; every login ends.", "修改密码；所有登录都会失效。"),
                "accounts/password",
                parsed => new JsonObject
                {
                    ["name"] = parsed.GetRequiredValue(name),
                    ["password"] = Password(terminal),
                },
                name
            ),
            Post(
                terminal,
                "disable",
                Say("Shuts an account out at once.", "立即停用账号。"),
                "accounts/disable",
                Named,
                name
            ),
            Post(terminal, "enable", Say("Lets it in again.", "重新启用账号。"), "accounts/enable", Named, name),
            Post(
                terminal,
                "promote",
                Say("Makes it an operator's.", "设为管理者账号。"),
                "accounts/promote",
                Named,
                name
            ),
            Post(
                terminal,
                "demote",
                Say("Makes it one like any other.", "设为普通账号。"),
                "accounts/demote",
                Named,
                name
            ),
            Post(
                terminal,
                "invite",
                Say("Makes an invitation to make an account, good once.", "生成注册邀请，仅可用一次。"),
                "accounts/invite",
                parsed => new JsonObject { ["days"] = parsed.GetValue(days) },
                days
            ),
            Get(terminal, "invites", Say("Lists invitations.", "列出邀请。"), "accounts/invites"),
            Post(
                terminal,
                "uninvite",
                Say("Takes an invitation back.", "撤回邀请。"),
                "accounts/uninvite",
                Numbered,
                id
            )
        );
        Group(
            admin,
            "room",
            Say(
                "Rooms. Nothing of what is said in them: the server cannot read it.",
                "房间。看不到内容：服务器无法读取。"
            ),
            Get(terminal, "list", Say("Lists rooms that somebody is in.", "列出有人的房间。"), "rooms"),
            Post(
                terminal,
                "close",
                Say("Puts everybody out and forgets the room.", "请出所有人并清除房间。"),
                "rooms/close",
                parsed => new JsonObject { ["room"] = parsed.GetRequiredValue(room) },
                room
            ),
            Post(
                terminal,
                "takedown",
                Say("Closes a room and keeps it shut.", "关闭房间并永久封锁。"),
                "rooms/takedown",
                parsed => new JsonObject { ["room"] = parsed.GetRequiredValue(room) },
                room
            ),
            Post(
                terminal,
                "owner",
                Say("Makes somebody an owner.", "指定房主。"),
                "rooms/owner",
                parsed => new JsonObject
                {
                    ["room"] = parsed.GetRequiredValue(room),
                    ["identity"] = parsed.GetRequiredValue(identity),
                },
                room,
                identity
            )
        );
        Group(
            admin,
            "ban",
            Say("Who is shut out of the whole server.", "被整个服务器封禁的人。"),
            Get(terminal, "list", Say("Lists bans.", "列出封禁。"), "bans"),
            Post(terminal, "lift", Say("Ends a ban.", "解除封禁。"), "bans/lift", Numbered, id)
        );
        Group(
            admin,
            "object",
            Say("Files that people have uploaded.", "上传的文件。"),
            Post(terminal, "takedown", Say("Removes one.", "移除一个文件。"), "objects/takedown", Numbered, id)
        );
        Group(
            admin,
            "report",
            Say("What people have reported.", "举报。"),
            Get(terminal, "list", Say("Lists reports that wait.", "列出待处理的举报。"), "reports"),
            Post(terminal, "done", Say("Puts a report away.", "标记为已处理。"), "reports/done", Numbered, id)
        );
        var mode = new Argument<string>("mode") { Description = Say("on, off or auto", "on、off 或 auto") };
        mode.AcceptOnlyFromAmong("on", "off", "auto");
        Add(
            admin,
            Post(
                terminal,
                "raid",
                Say(
                    "Newcomers pay by a second of work, everywhere (on), where so many come that it is an attack (auto, the default), or nowhere (off). Until the next start.",
                    "新来者须先做约一秒的计算：所有房间（on）、仅在遭到涌入攻击处（auto，默认）或从不（off）。到下次启动为止。"
                ),
                "raid",
                parsed => new JsonObject { ["mode"] = parsed.GetRequiredValue(mode) },
                mode
            )
        );
        Group(
            admin,
            "keys",
            Say("The keys that sign tokens.", "签发令牌的密钥。"),
            Post(
                terminal,
                "rotate",
                Say("Makes a new one; nobody is logged out.", "更换密钥；不会使任何人退出登录。"),
                "keys/rotate",
                _ => []
            )
        );
        return admin;
    }

    private static void Group(Command admin, string name, string about, params Command[] commands)
    {
        var group = new Command(name, about);
        foreach (var command in commands)
        {
            Add(group, command);
        }
        Add(admin, group);
    }

    private static void Add(Command parent, Command child) => parent.Subcommands.Add(child);

    private static Command Get(Terminal terminal, string name, string about, string path)
    {
        var command = new Command(name, about);
        command.SetAction((parsed, stop) => RunAsync(terminal, parsed, HttpMethod.Get, path, null, stop));
        return command;
    }

    private static Command Post(
        Terminal terminal,
        string name,
        string about,
        string path,
        Func<ParseResult, JsonObject> body,
        params Symbol[] parameters
    )
    {
        var command = new Command(name, about);
        foreach (var parameter in parameters)
        {
            if (parameter is Argument argument)
            {
                command.Arguments.Add(argument);
            }
            else
            {
                command.Options.Add((Option)parameter);
            }
        }
        command.SetAction((parsed, stop) => RunAsync(terminal, parsed, HttpMethod.Post, path, body(parsed), stop));
        return command;
    }

    private static async Task<int> RunAsync(
        Terminal terminal,
        ParseResult parsed,
        HttpMethod method,
        string path,
        JsonObject? body,
        CancellationToken stop
    )
    {
        var (url, token) = Access(terminal, parsed);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(method, new Uri(new Uri(url), "/api/admin/" + path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        }
        HttpResponseMessage response;
        try
        {
            response = await http.SendAsync(request, stop);
        }
        catch (HttpRequestException)
        {
            return await TellAsync(
                terminal,
                parsed,
                new Failure(
                    ExitCode.Failed,
                    "connect",
                    Say($"Cannot reach {url}: is the server running?", $"无法连接 {url}：服务器是否在运行？")
                )
            );
        }
        using (response)
        {
            var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync(stop));
            if (!response.IsSuccessStatusCode)
            {
                var code = (string?)answer?["code"] ?? "failed";
                var title = (string?)answer?["title"] ?? "";
                return await TellAsync(
                    terminal,
                    parsed,
                    new Failure(
                        ExitCode.Refused,
                        code,
                        Say($"Refused by the server: {title}", $"服务器拒绝（{code}）：{title}")
                    )
                );
            }
            await PrintAsync(terminal, answer, parsed.GetValue(s_json));
            return ExitCode.Done;
        }
    }

    private static Task<int> TellAsync(Terminal terminal, ParseResult parsed, Failure failure) =>
        failure.TellAsync(terminal.Output, terminal.Error, parsed.GetValue(s_json));

    private static (string Url, string Token) Access(Terminal terminal, ParseResult parsed)
    {
        if ((parsed.GetValue(s_server) ?? terminal.Environment(ServerVariable)) is { } server)
        {
            return terminal.Environment(TokenVariable) is { } given
                ? (server, given)
                : throw new UsageException(
                    Say(
                        $"{TokenVariable} is empty: it takes an operator's access token, or the server's own.",
                        $"{TokenVariable} 为空：请提供管理员的访问令牌或服务器自身的令牌。"
                    )
                );
        }
        var (url, token) = ServerHost.AdminAccess(parsed.GetValue(s_data) ?? "");
        return url is not null && token is not null
            ? (url, token)
            : throw new UsageException(
                Say(
                    "There is no server's data folder that this user may read; name one with --data, or a server with --server.",
                    "找不到当前用户可读的服务器数据文件夹；请用 --data 指定，或用 --server 指定服务器。"
                )
            );
    }

    private static string Password(Terminal terminal) =>
        terminal.Environment(PasswordVariable)
        ?? terminal.Ask(Say("Password: ", "密码："))
        ?? terminal.Input.ReadLine()
        ?? "";

    private static async Task PrintAsync(Terminal terminal, JsonNode? answer, bool json)
    {
        foreach (var item in answer is JsonArray list ? list.ToList() : [answer])
        {
            if (item is not JsonObject row)
            {
                continue;
            }
            var line = json
                ? row.ToJsonString()
                : string.Join(
                    "  ",
                    row.Where(p => p.Value is not null).Select(p => $"{p.Key}={Text(p.Key, p.Value!)}")
                );
            await terminal.Output.WriteLineAsync(line);
        }
    }

    // On one line whatever people have written.
    private static string Text(string name, JsonNode value) =>
        value.GetValueKind() == JsonValueKind.Number && name is "time" or "created" or "started" or "expires"
            ? DateTimeOffset
                .FromUnixTimeMilliseconds(value.GetValue<long>())
                .ToLocalTime()
                .ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)
        : value.GetValueKind() == JsonValueKind.String
            ? string.Concat(value.GetValue<string>().Select(c => char.IsControl(c) ? ' ' : c))
        : value.ToJsonString();
}
