using System.Buffers.Text;
using System.Text.Json.Nodes;
using HCChat.Client;
using HCChat.Protocol;
using HCChat.Server.Chat;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Chat;

/// <summary>Rooms under attack: who pays, with what, and who does not. Over the wire against the real server.</summary>
public sealed class RaidTests
{
    [Fact]
    public async Task A_newcomer_pays_by_work_and_is_let_in()
    {
        await using var server = await RaidedAsync();
        await using var eve = await ConnectAsync(server);
        var toll = await JoinAsync(eve, "room");
        Assert.Equal(("proof_of_work", "room", 17), ((string?)toll["code"], (string?)toll["room"], (int?)toll["bits"]));
        Assert.False((bool)toll["channel"]!);
        Assert.Equal("onlineSet", Cmd(await JoinAsync(eve, "room", Work(toll))));
        // For a while there is nothing more to pay: whoever leaves by mistake comes back.
        await eve.SendAsync("""{"cmd":"leave","channel":"room"}""");
        Assert.Equal("onlineSet", Cmd(await JoinAsync(eve, "room")));
        // That was for this room.
        Assert.Equal("proof_of_work", (string?)(await JoinAsync(eve, "another"))["code"]);
    }

    [Fact]
    public async Task A_challenge_is_good_once_for_one_connection_and_one_room()
    {
        await using var server = await RaidedAsync("--Limits:RateLimit=false");
        await using var eve = await ConnectAsync(server);
        var toll = await JoinAsync(eve, "room");
        // Too little work: the challenge is gone with it, and there is another one.
        var next = await JoinAsync(eve, "room", NoWork(toll));
        Assert.NotEqual((string?)toll["challenge"], (string?)next["challenge"]);
        Assert.Equal("proof_of_work", (string?)(await JoinAsync(eve, "room", Work(toll)))["code"]);
        // Of another connection, and of another room.
        await using var mallory = await ConnectAsync(server);
        var other = await JoinAsync(mallory, "room");
        toll = await JoinAsync(eve, "room");
        Assert.Equal("proof_of_work", (string?)(await JoinAsync(eve, "room", Work(other)))["code"]);
        toll = await JoinAsync(eve, "room");
        Assert.Equal("proof_of_work", (string?)(await JoinAsync(eve, "elsewhere", Work(toll)))["code"]);
    }

    [Fact]
    public void A_challenge_waits_for_two_minutes_and_what_was_paid_holds_for_ten()
    {
        var time = new FakeTimeProvider();
        var tolls = new Tolls();
        var late = Work(tolls.Ask("room", time));
        time.Advance(TimeSpan.FromSeconds(121));
        Assert.False(tolls.TryPay("room", late, time));
        var early = Work(tolls.Ask("room", time));
        time.Advance(TimeSpan.FromSeconds(119));
        Assert.True(tolls.TryPay("room", early, time));
        time.Advance(TimeSpan.FromMinutes(9));
        Assert.True(tolls.IsPaid("room", time));
        Assert.False(tolls.IsPaid("another", time));
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.False(tolls.IsPaid("room", time));
    }

    [Fact]
    public void Challenges_do_not_pile_up()
    {
        var tolls = new Tolls();
        var first = Work(tolls.Ask("room 0", TimeProvider.System));
        for (var i = 1; i <= Limits.MaxRoomsPerConnection; i++)
        {
            tolls.Ask($"room {i}", TimeProvider.System);
        }
        Assert.False(tolls.TryPay("room 0", first, TimeProvider.System));
    }

    [Fact]
    public async Task A_join_with_its_work_costs_no_second_join()
    {
        await using var server = await RaidedAsync();
        await using var eve = await ConnectAsync(server);
        // Five joins of 4 and five of 1 are 25 of 30; five of 4 more would be too many.
        for (var i = 0; i < 5; i++)
        {
            var toll = await JoinAsync(eve, $"room {i}");
            Assert.Equal("onlineSet", Cmd(await JoinAsync(eve, $"room {i}", Work(toll))));
        }
    }

    [Fact]
    public async Task Whoever_comes_back_by_a_session_pays_nothing()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ann = await WireClient.JoinAsync(server, "room", "ann");
        var token = (string)ann.Seen.Last(f => Cmd(f) == "session")["token"]!;
        server.Service<ChatServer>().Raids.Mode = RaidMode.On;
        await ann.DisposeAsync();
        await using var again = await WireClient.ConnectAsync(server);
        await again.SendAsync($$"""{"cmd":"session","proto":3,"token":"{{token}}"}""");
        await again.ReadUntilAsync("onlineSet");
        // Also when nothing is held any more.
        token = (string)(await again.ReadUntilAsync("session"))["token"]!;
        await server.RestartAsync();
        server.Service<ChatServer>().Raids.Mode = RaidMode.On;
        await using var late = await WireClient.ConnectAsync(server);
        await late.SendAsync($$"""{"cmd":"session","proto":3,"token":"{{token}}"}""");
        await late.ReadUntilAsync("onlineSet");
    }

    [Fact]
    public async Task Members_and_moderators_pay_nothing()
    {
        await using var server = await RunningServer.StartAsync(
            "--Compat:TripSalt=compat-test-salt",
            "--Moderation:ModTrips=Pz6LSM"
        );
        await using var owner = await Person.EnterAsync(server, "room", "owner");
        await owner.ClaimAsync("room");
        await using var member = await Person.EnterAsync(server, "room", "member");
        await owner.Wire.SendAsync("""{"cmd":"setrole","channel":"room","nick":"member","role":"member"}""");
        await owner.Wire.ReadUntilAsync("roomInfo");
        await member.Wire.SendAsync("""{"cmd":"leave","channel":"room"}""");
        await owner.Wire.ReadUntilAsync("onlineRemove");
        server.Service<ChatServer>().Raids.Mode = RaidMode.On;
        await using var again = await Person.EnterAsync(server, "room", "member", member.Seed);
        await using var mod = await ConnectAsync(server);
        await mod.SendAsync("""{"cmd":"join","channel":"room","nick":"mod","pass":"pw"}""");
        await mod.ReadUntilAsync("onlineSet");
    }

    [Fact]
    public async Task An_owner_can_have_newcomers_pay_and_the_room_is_told()
    {
        await using var server = await RunningServer.StartAsync();
        await using var owner = await Person.EnterAsync(server, "room", "owner");
        await owner.ClaimAsync("room");
        await owner.Wire.SendAsync("""{"cmd":"setroom","channel":"room","raid":"on"}""");
        var room = (await owner.Wire.ReadUntilAsync("roomInfo"))["room"]!;
        Assert.Equal(("on", true), ((string?)room["raid"], (bool?)room["raided"]));
        await using var eve = await ConnectAsync(server);
        Assert.Equal("proof_of_work", (string?)(await JoinAsync(eve, "room"))["code"]);
        Assert.Equal("onlineSet", Cmd(await JoinAsync(eve, "another")));
        // The room says so also after a restart.
        await server.RestartAsync();
        await using var late = await ConnectAsync(server);
        Assert.Equal("proof_of_work", (string?)(await JoinAsync(late, "room"))["code"]);
        await using var back = await Person.EnterAsync(server, "room", "owner", owner.Seed);
        await back.Wire.SendAsync("""{"cmd":"setroom","channel":"room","raid":"auto"}""");
        room = (await back.Wire.ReadUntilAsync("roomInfo"))["room"]!;
        Assert.Equal(("auto", false), ((string?)room["raid"], (bool?)room["raided"]));
        Assert.Equal("onlineSet", Cmd(await JoinAsync(late, "room")));
        Assert.Equal("bad_payload", await back.RefusedAsync("""{"cmd":"setroom","channel":"room","raid":"off"}"""));
    }

    [Fact]
    public async Task A_stock_client_answers_a_captcha_and_the_app_is_told()
    {
        await using var server = await RunningServer.StartAsync();
        await using var app = await WireClient.ConnectAsync(server);
        await AppJoinsAsync(app);
        await app.ReadUntilAsync("user_joined", "presence");
        server.Service<ChatServer>().Raids.Mode = RaidMode.On;
        await using var stock = await WireClient.ConnectAsync(server);
        await stock.SendAsync("""{"cmd":"join","channel":"room","nick":"stock"}""");
        await stock.ReadUntilAsync("captcha");
        var solution = server.Service<ChatServer>().Sessions.Single(s => s.Captcha is not null).Captcha!.Solution;
        await stock.SendAsync($$"""{"cmd":"chat","text":"{{solution}}"}""");
        await stock.ReadUntilAsync("onlineSet");
        // Another app is kept out, and told in a line; the one that was here comes back.
        await using var stranger = await WireClient.ConnectAsync(server);
        await AppJoinsAsync(stranger, "stranger");
        while ((string?)(await stranger.ReadUntilAsync("info"))["text"] != Newcomers.AppWord) { }
        await app.DisposeAsync();
        await stock.ReadUntilAsync("onlineRemove");
        await using var back = await WireClient.ConnectAsync(server);
        await AppJoinsAsync(back);
        while ((string?)(await back.ReadUntilAsync("info"))["text"] != "joined #room") { }
    }

    [Fact]
    public async Task Over_http_nobody_new_speaks_in_a_raided_room()
    {
        await using var server = await RaidedAsync();
        using var http = new HttpClient();
        var body = """{"room":"room","nick":"eve","text":"E2EE:x"}""";
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var response = await http.PostAsync(new Uri(server.Url + "/api/messages"), content);
        Assert.Equal(403, (int)response.StatusCode);
        Assert.Contains("proof_of_work", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_sdk_pays_by_itself()
    {
        await using var server = await RaidedAsync();
        var options = new ChatOptions { Server = new Uri(server.Url), Nick = "bot" };
        await using var client = await ChatClient.ConnectAsync(options, TestContext.Current.CancellationToken);
        var room = await client.JoinAsync(RoomAccess.Plain("room"), TestContext.Current.CancellationToken);
        Assert.True(room.Door!.Raided);
        Assert.False(room.Door.Toll);
        await room.SendAsync("hello");
    }

    [Fact]
    public void So_many_newcomers_at_once_are_a_raid_of_that_room_and_it_ends_by_itself()
    {
        var (time, raids) = Watching();
        Arrive(raids, "quiet", 59);
        Arrive(raids, "raided", 60);
        Assert.Equal(1, raids.Found);
        time.Advance(TimeSpan.FromMinutes(4));
        Tick(raids, 1, "raided");
        Assert.Equal(1, raids.Found);
        time.Advance(TimeSpan.FromMinutes(2));
        Tick(raids, 1, "raided");
        Assert.Equal(0, raids.Found);
        Assert.False(raids.IsEverywhere);
    }

    [Fact]
    public void A_raid_goes_on_while_they_keep_coming_though_none_is_let_in()
    {
        var (time, raids) = Watching();
        for (var minute = 0; minute < 20; minute++)
        {
            Tick(raids, 200, "raided");
            Assert.Equal(1, raids.Found);
            time.Advance(TimeSpan.FromMinutes(1));
        }
        time.Advance(TimeSpan.FromMinutes(5));
        raids.Tick();
        Assert.Equal(0, raids.Found);
    }

    [Fact]
    public void Many_into_ever_new_rooms_are_a_raid_of_the_server()
    {
        var (time, raids) = Watching();
        for (var i = 0; i < 600; i++)
        {
            raids.Count($"room {i}", $"address {i}");
        }
        Assert.True(raids.IsEverywhere);
        Assert.Equal(0, raids.Found);
        raids.Mode = RaidMode.Off;
        Assert.False(raids.IsEverywhere);
        raids.Mode = RaidMode.Auto;
        time.Advance(TimeSpan.FromMinutes(6));
        raids.Tick();
        Assert.False(raids.IsEverywhere);
    }

    [Fact]
    public void One_address_alone_makes_no_raid()
    {
        var (_, raids) = Watching();
        for (var i = 0; i < 10_000; i++)
        {
            raids.Count($"room {i % 3}", "one address");
            raids.Count($"room {i}", "another");
        }
        Assert.Equal(0, raids.Found);
        Assert.False(raids.IsEverywhere);
    }

    [Fact]
    public void People_who_come_over_the_day_are_no_raid()
    {
        var (time, raids) = Watching();
        for (var i = 0; i < 10_000; i++)
        {
            raids.Count("room", $"address {i}");
            time.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.Equal(0, raids.Found);
    }

    [Fact]
    public void Everybody_who_comes_back_after_a_start_is_no_raid()
    {
        var raids = new Raids(new FakeTimeProvider(), watches: true);
        Arrive(raids, "room", 1_000);
        Assert.Equal(0, raids.Found);
        Assert.False(raids.IsEverywhere);
    }

    private static (FakeTimeProvider, Raids) Watching()
    {
        var time = new FakeTimeProvider();
        var raids = new Raids(time, watches: true);
        time.Advance(TimeSpan.FromMinutes(3));
        return (time, raids);
    }

    private static void Tick(Raids raids, int arrivals, string channel)
    {
        Arrive(raids, channel, arrivals);
        raids.Tick();
    }

    private static void Arrive(Raids raids, string channel, int count)
    {
        for (var i = 0; i < count; i++)
        {
            raids.Count(channel, $"address {i}");
        }
    }

    private static async Task<RunningServer> RaidedAsync(params string[] args)
    {
        var server = await RunningServer.StartAsync(args);
        server.Service<ChatServer>().Raids.Mode = RaidMode.On;
        return server;
    }

    private static async Task<WireClient> ConnectAsync(RunningServer server)
    {
        var wire = await WireClient.ConnectAsync(server);
        await wire.SendAsync("""{"cmd":"session","proto":3}""");
        await wire.ReadUntilAsync("session");
        return wire;
    }

    // The answer: a warn, or the onlineSet.
    private static async Task<JsonObject> JoinAsync(WireClient wire, string channel, long? work = null)
    {
        await wire.SendAsync(
            new JsonObject
            {
                ["cmd"] = "join",
                ["channel"] = channel,
                ["nick"] = "eve",
                ["work"] = work,
            }.ToJsonString()
        );
        return await wire.ReadUntilAsync("warn", "onlineSet");
    }

    private static async Task AppJoinsAsync(WireClient app, string nick = "小明")
    {
        await app.SendAsync($$"""{"type":"nick","nick":"{{nick}}"}""");
        await app.SendAsync("""{"type":"join","room":"room"}""");
        await app.SendAsync("""{"type":"who","room":"room"}""");
    }

    private static long Work(JsonObject toll) => Work((string)toll["challenge"]!);

    private static long Work(string challenge) =>
        ProofOfWork
            .Find(Base64Url.DecodeFromChars(challenge), Limits.WorkBits, TestContext.Current.CancellationToken)!
            .Value;

    private static long NoWork(JsonObject toll)
    {
        var challenge = Base64Url.DecodeFromChars((string)toll["challenge"]!);
        return Enumerable.Range(0, 1_000).First(n => !ProofOfWork.IsGood(challenge, (int)toll["bits"]!, n));
    }

    private static string? Cmd(JsonObject frame) => (string?)frame["cmd"];
}
