using System.Net.Http.Json;
using System.Text.Json.Nodes;
using HCChat.Server.Chat;
using HCChat.Server.Rooms;

namespace HCChat.Tests.Spec;

// What only operators may do over HTTP.
public sealed partial class RightsTests
{
    private const string Admin = "/api/admin/";
    private const string Password = "correct horse";

    // Access tokens, by the account's name. Each row has a server of its own, and an instance of this class.
    private readonly Dictionary<string, string> _access = [];

    // What an act of an operator's is about, made for it alone: an id or a name. Null for what is no such act.
    private async Task<string?> VictimAsync(RunningServer server, string what, string attachment)
    {
        if (!what.Contains(Admin, StringComparison.Ordinal))
        {
            return null;
        }
        var chat = server.Service<ChatServer>();
        if (_access.Count == 0)
        {
            foreach (var name in new[] { "operator", "somebody", "victim" })
            {
                await chat.Accounts.CreateAsync(name, Password, isOperator: name == "operator");
            }
            foreach (var name in new[] { "operator", "somebody" })
            {
                using var http = new HttpClient();
                var answer = await http.PostAsJsonAsync(
                    new Uri($"{server.Url}/api/auth/login"),
                    new { name, password = Password }
                );
                _access[name] = (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["accessToken"]!;
            }
        }
        switch (what.Split(Admin)[1])
        {
            case "accounts/add":
                return "added";
            case "accounts/enable":
                await chat.Accounts.DisableAsync("victim", disabled: true);
                return "victim";
            case "accounts/demote":
                await chat.Accounts.SetOperatorAsync("victim", isOperator: true);
                return "victim";
            case "accounts/uninvite":
                await chat.Accounts.InviteAsync(TimeSpan.FromDays(1));
                return chat.Accounts.Invites()[0].Id;
            case "bans/lift":
                var ban = new RoomBan("ban-" + attachment, ["session:nobody"], "nobody", false, long.MaxValue);
                chat.Bans.Ban(ban, "");
                return ban.Id;
            case "reports/done":
                await chat.Audit.ReportAsync("thrown-away", null, "reason", "reporter");
                return chat.Audit.Reports()[0].Id;
            case "objects/takedown":
                return attachment;
            default:
                return "victim";
        }
    }

    // The operator's trip opens nothing here: it takes an operator's account. Others show an account, too.
    private async Task<bool> MayAdministerAsync(
        RunningServer server,
        string what,
        string who,
        string channel,
        string victim,
        string? capability
    )
    {
        string About(string room) =>
            $$"""{"room":"{{room}}","name":"{{victim}}","id":"{{victim}}","password":"{{Password}}","identity":"trip:AuMPLk","mode":"on"}""";
        Assert.False(await MayOverHttpAsync(server, what, channel, victim, capability, About(channel)));
        return who == "operator"
            ? await MayOverHttpAsync(server, what, channel, victim, _access[who], About("thrown-away"))
            : who != "anonymous"
                && await MayOverHttpAsync(server, what, channel, victim, _access["somebody"], About(channel));
    }
}
