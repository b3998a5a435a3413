using System.Globalization;
using System.Text;
using HCChat.Protocol;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>What the server tells about itself: public channels, counts, help.</summary>
internal static class Lists
{
    private const int MaxListed = 1_000;
    private const int HashInfo = 1302;
    private const int HelpInfo = 1303;
    private const int MoreStatsInfo = 1305;
    private const int StatsInfo = 1306;

    /// <summary>A room that somebody is in, as its operator sees it.</summary>
    internal sealed record RoomView(
        string Channel,
        int People,
        bool IsOwned,
        string Access,
        bool IsListed,
        string History
    );

    /// <summary>The rooms that somebody is in.</summary>
    public static IEnumerable<RoomView> Rooms(ChatServer chat)
    {
        foreach (var room in chat.Rooms.All)
        {
            RoomView view;
            lock (room.Gate)
            {
                var rules = room.Rules;
                view = new RoomView(
                    room.Channel,
                    room.Members.Count,
                    rules.IsOwned,
                    RoomRules.Name(rules.Access),
                    rules.Listed,
                    room.Log.Policy.ModeName
                );
            }
            yield return view;
        }
    }

    public static void Channels(Call call)
    {
        if (call.Charge(4, Fault.RateCommand, call.Seat?.Room.Channel))
        {
            call.Reply(
                new Notice("publicchannels").Objects(
                    "list",
                    Public(call),
                    (json, c) => json.String("name", c.Name).Number("count", c.Count)
                )
            );
        }
    }

    public static void Stats(Call call)
    {
        if (Here(call) is { } channel)
        {
            var (addresses, rooms) = Count(call);
            call.Inform(StatsInfo, $"{addresses} unique IPs in {rooms} channels", channel);
            call.Chat.Statistics.CountRequest();
        }
    }

    public static void MoreStats(Call call)
    {
        if (Here(call) is not { } channel)
        {
            return;
        }
        var (addresses, rooms) = Count(call);
        var stats = call.Chat.Statistics;
        var up = call.Now - call.Chat.StartedAt;
        var uptime = $"{up.Days}d {up.Hours}h {up.Minutes}m {up.Seconds}s";
        var channels = Public(call);
        var text = new StringBuilder("# Server Statistics\n| Metric | Value |\n| :--- | --- |\n");
        void Row(string name, object value) => text.Append(CultureInfo.InvariantCulture, $"| **{name}** | {value} |\n");
        Row("Current Connections", addresses);
        Row("Current Channels", rooms);
        Row("Users Joined", stats.Joins);
        Row("Invites Sent", stats.Invites);
        Row("Messages Sent", stats.Messages);
        Row("Users Banned", call.Chat.Bans.Count);
        Row("Users Kicked", stats.Kicked);
        Row("Stats Requested", stats.Requests);
        Row("Server Uptime", uptime);
        text.Append("\n## Public Channels\n| Channel | Users |\n| :--- | --- |\n");
        foreach (var (name, count) in channels.OrderByDescending(c => c.Count))
        {
            text.Append(CultureInfo.InvariantCulture, $"| ?{name} | {count} |\n");
        }
        call.Reply(
            new Notice("info")
                .Number("users", addresses)
                .Number("chans", rooms)
                .Number("joins", stats.Joins)
                .Number("invites", stats.Invites)
                .Number("messages", stats.Messages)
                .Number("banned", call.Chat.Bans.Count)
                .Number("kicked", stats.Kicked)
                .Number("stats", stats.Requests)
                .String("uptime", uptime)
                .Object(
                    "public",
                    json =>
                    {
                        foreach (var (name, count) in channels)
                        {
                            json.Number(name, count);
                        }
                    }
                )
                .String("text", text.ToString())
                .Number("id", MoreStatsInfo)
                .String("channel", channel)
        );
        stats.CountRequest();
    }

    public static void Help(Call call)
    {
        var command = call.Message.String("command");
        if (command is not null || !call.Message.Has("command"))
        {
            Help(call, command);
        }
    }

    /// <summary>Lists all commands, or describes one; <c>/help</c> comes here too.</summary>
    public static void Help(Call call, string? command)
    {
        if (Here(call) is not { } channel || !call.Charge(2, Fault.RateText, channel))
        {
            return;
        }
        var known = Verbs.All.Where(v => (v.Families & Family.Stock) != 0).ToList();
        if (command is null)
        {
            var text = new StringBuilder("# All commands:\n|Category:|Name:|\n|---:|---|\n");
            foreach (var group in known.GroupBy(v => v.Category).OrderBy(g => g.Key, StringComparer.Ordinal))
            {
                var names = group.Select(v => v.Name).Order(StringComparer.OrdinalIgnoreCase);
                text.Append(CultureInfo.InvariantCulture, $"|{group.Key}:|{string.Join(", ", names)}|\n");
            }
            text.Append(
                "---\nMore about one command: `/help <command name>` or `{cmd: 'help', command: '<command name>'}`"
            );
            call.Inform(HelpInfo, text.ToString(), channel);
            return;
        }
        var verb = known.Find(v => v.Name == command || v.Aliases.Contains(command));
        call.Inform(
            HelpInfo,
            verb is null
                ? "Unknown command"
                : $"# {verb.Name} command:\n| | |\n|---:|---|\n|**Name:**|{verb.Name}|\n"
                    + $"|**Aliases:**|{(verb.Aliases.Length == 0 ? "None" : string.Join(", ", verb.Aliases))}|\n"
                    + $"|**Category:**|{verb.Category}|\n"
                    + $"|**Required Parameters:**|{(verb.Required.Length == 0 ? "None" : string.Join(", ", verb.Required))}|\n"
                    + $"|**Description:**|{verb.About}|",
            channel
        );
    }

    /// <summary>hack.chat's <c>/myhash</c>.</summary>
    public static void MyHash(Call call)
    {
        if (call.Seat is { } seat)
        {
            call.Inform(HashInfo, $"Your hash: {seat.Me.Hash}", seat.Room.Channel);
        }
    }

    public static void Ping(Call call)
    {
        if (call.IsOurs)
        {
            call.Reply(new Notice("pong"));
        }
    }

    private static string? Here(Call call)
    {
        if (call.Seat is { } seat)
        {
            return seat.Room.Channel;
        }
        call.Penalize(1);
        call.RefuseOurs(Fault.NotInRoom);
        return null;
    }

    private static List<(string Name, int Count)> Public(Call call) =>
        [
            .. call
                .Chat.Settings.PublicChannels.Union(
                    call.Chat.Rooms.All.Where(r => r.Rules.Listed).Select(r => r.Channel).Take(MaxListed)
                )
                .Select(name => (name, call.Chat.Rooms.Find(name) is { } r ? Size(r) : 0)),
        ];

    private static int Size(Room room)
    {
        lock (room.Gate)
        {
            return room.Members.Count;
        }
    }

    private static (int Addresses, int Rooms) Count(Call call) =>
        (
            call.Chat.Sessions.Where(s => s.Seats.Count > 0).Select(s => s.AddressKey).Distinct().Count(),
            call.Chat.Rooms.All.Count
        );
}
