using System.Buffers.Text;
using System.Text;
using HCChat.Server.Chat;
using HCChat.Server.Identities;

namespace HCChat.Tests.Chat;

/// <summary>Rooms that belong to somebody, over the wire against the real server.</summary>
public sealed class OwnedRoomTests
{
    private static readonly string[] s_calm = ["--Limits:RateLimit=false", "--Compat:TripSalt=compat-test-salt"];

    [Fact]
    public async Task Whoever_opens_a_new_room_may_claim_it_and_nobody_else()
    {
        await using var server = await RunningServer.StartAsync(s_calm);
        await using var ann = await Person.EnterAsync(server, "room", "ann");
        await using var bob = await Person.EnterAsync(server, "room", "bob");
        Assert.Equal("not_new", await bob.RefusedAsync("""{"cmd":"claim","channel":"room"}"""));
        await using var guest = await WireClient.JoinAsync(server, "other", "eve");
        await guest.SendAsync("""{"cmd":"claim","channel":"other"}""");
        Assert.Equal("no_identity", (string)(await guest.ReadUntilAsync("warn"))["code"]!);
        Assert.True((bool)(await ann.ClaimAsync("room"))["owned"]!);
        var seen = await bob.Wire.ReadUntilAsync("updateUser");
        Assert.Equal(("ann", 99_999L), ((string)seen["nick"]!, (long)seen["level"]!));
        Assert.Equal("claimed", await bob.RefusedAsync("""{"cmd":"claim","channel":"room"}"""));
        // It is theirs after a restart too, on any connection that proves the key.
        await server.RestartAsync();
        await using var back = await Person.EnterAsync(server, "room", "ann2", ann.Seed);
        Assert.Equal(99_999, back.Level);
        await using var other = await Person.EnterAsync(server, "room", "ann");
        Assert.Equal(100, other.Level);
    }

    [Fact]
    public async Task A_room_that_has_a_past_cannot_be_claimed()
    {
        await using var server = await RunningServer.StartAsync(s_calm);
        await using (var ann = await Person.EnterAsync(server, "room", "ann"))
        {
            await ann.Wire.SendAsync("""{"cmd":"chat","channel":"room","mid":"mid-000000000001","text":"E2EE:x"}""");
            await ann.Wire.ReadUntilAsync("ack");
        }
        await server.RestartAsync();
        await using var eve = await Person.EnterAsync(server, "room", "eve");
        Assert.Equal("not_new", await eve.RefusedAsync("""{"cmd":"claim","channel":"room"}"""));
    }

    [Fact]
    public async Task A_key_is_proven_for_one_connection_and_one_server()
    {
        await using var server = await RunningServer.StartAsync(s_calm);
        await using var wire = await WireClient.ConnectAsync(server);
        await wire.SendAsync("""{"cmd":"session","proto":3}""");
        var nonce = Base64Url.DecodeFromChars((string)(await wire.ReadUntilAsync("session"))["nonce"]!);
        var seed = new byte[32];
        foreach (
            var challenge in new[]
            {
                Identifying.Challenge("elsewhere.example", nonce),
                Identifying.Challenge("127.0.0.1", new byte[32]),
                nonce,
            }
        )
        {
            await wire.SendAsync(Person.Proof(seed, challenge));
            Assert.Equal("bad_signature", (string)(await wire.ReadUntilAsync("warn"))["code"]!);
        }
        await wire.SendAsync("""{"cmd":"identify","key":"AAAA","sig":1}""");
        Assert.Equal("bad_payload", (string)(await wire.ReadUntilAsync("warn"))["code"]!);
        await wire.SendAsync(Person.Proof(seed, Identifying.Challenge("127.0.0.1", nonce)));
        Assert.Matches("^key:[A-Za-z0-9_-]{20}$", (string)(await wire.ReadUntilAsync("identity"))["identity"]!);
    }

    [Fact]
    public async Task A_key_that_is_proven_inside_a_room_comes_back_with_the_session()
    {
        await using var server = await RunningServer.StartAsync(s_calm);
        var seed = new byte[32];
        await using var wire = await WireClient.ConnectAsync(server);
        await wire.SendAsync("""{"cmd":"session","proto":3}""");
        var nonce = Base64Url.DecodeFromChars((string)(await wire.ReadUntilAsync("session"))["nonce"]!);
        await wire.SendAsync("""{"cmd":"join","channel":"room","nick":"ann"}""");
        await wire.ReadUntilAsync("session");
        await wire.SendAsync(Person.Proof(seed, Identifying.Challenge("127.0.0.1", nonce)));
        await wire.ReadUntilAsync("identity");
        var token = (string)(await wire.ReadUntilAsync("session"))["token"]!;
        await wire.SendAsync("""{"cmd":"claim","channel":"room"}""");
        await wire.ReadUntilAsync("roomInfo");
        await wire.DisposeAsync();
        await using var back = await WireClient.ConnectAsync(server);
        await back.SendAsync($$"""{"cmd":"session","proto":3,"token":"{{token}}"}""");
        var me = (await back.ReadUntilAsync("onlineSet"))["users"]!.AsArray()[^1]!;
        Assert.Equal(99_999, (long)me["level"]!);
    }

    [Fact]
    public async Task Owners_make_moderators_and_moderators_make_members_alone()
    {
        await using var server = await RunningServer.StartAsync(s_calm);
        await using var ann = await Person.EnterAsync(server, "room", "ann");
        await ann.ClaimAsync("room");
        await using var bob = await Person.EnterAsync(server, "room", "bob");
        await using var cid = await Person.EnterAsync(server, "room", "cid");
        Assert.Equal("forbidden", await bob.RefusedAsync(Role(cid, "member")));
        await ann.Wire.SendAsync(Role(bob, "moderator"));
        Assert.Equal(9_999, (long)(await bob.Wire.ReadUntilAsync("updateUser"))["level"]!);
        Assert.Equal("forbidden", await bob.RefusedAsync(Role(cid, "moderator")));
        Assert.Equal("forbidden", await bob.RefusedAsync(Role(ann, "none")));
        await bob.Wire.SendAsync(Role(cid, "member"));
        Assert.Equal(9_999, (long)(await cid.Wire.ReadUntilAsync("updateUser"))["level"]!);
        Assert.Equal(8_999, (long)(await cid.Wire.ReadUntilAsync("updateUser"))["level"]!);
        Assert.Equal("last_owner", await ann.RefusedAsync(Role(ann, "none")));
        Assert.Equal("forbidden", await bob.RefusedAsync("""{"cmd":"setroom","channel":"room","password":"pw"}"""));
        Assert.Equal("forbidden", await bob.RefusedAsync("""{"cmd":"closeroom","channel":"room"}"""));
        Assert.Equal("forbidden", await bob.RefusedAsync("""{"cmd":"sethistory","channel":"room","days":1}"""));
        await bob.Wire.SendAsync("""{"cmd":"roles","channel":"room"}""");
        var roles = (await bob.Wire.ReadUntilAsync("roles"))["roles"]!.AsArray();
        Assert.Equal(["owner", "moderator", "member"], roles.Select(r => (string)r!["role"]!));
        Assert.Equal("forbidden", await cid.RefusedAsync("""{"cmd":"roles","channel":"room"}"""));
    }

    [Fact]
    public async Task Into_a_room_by_invitation_come_members_and_whoever_has_a_good_invitation()
    {
        await using var server = await RunningServer.StartAsync(s_calm);
        await using var ann = await Person.EnterAsync(server, "room", "ann");
        await ann.ClaimAsync("room");
        await ann.SetAsync("\"access\":\"invite\"");
        Assert.Equal("locked", await Person.TurnedAwayAsync(server, "room", "eve"));
        await ann.Wire.SendAsync("""{"cmd":"createinvite","channel":"room"}""");
        var invitation = await ann.Wire.ReadUntilAsync("invitation");
        var secret = (string)invitation["invite"]!;
        Assert.Equal("locked", await Person.TurnedAwayAsync(server, "elsewhere-private", "eve", secret, locked: ann));
        // Who came with a key is a member from now on; the invitation was for one.
        var bob = await Person.EnterAsync(server, "room", "bob", invite: secret);
        Assert.Equal("locked", await Person.TurnedAwayAsync(server, "room", "eve", secret));
        await bob.DisposeAsync();
        await server.RestartAsync();
        await using var again = await Person.EnterAsync(server, "room", "bob", bob.Seed);
        Assert.Equal(8_999, again.Level);
        await using var owner = await Person.EnterAsync(server, "room", "ann", ann.Seed);
        await owner.Wire.SendAsync("""{"cmd":"createinvite","channel":"room","uses":5,"seconds":3600}""");
        invitation = await owner.Wire.ReadUntilAsync("invitation");
        await owner.Wire.SendAsync("""{"cmd":"invites","channel":"room"}""");
        Assert.Single((await owner.Wire.ReadUntilAsync("invites"))["invites"]!.AsArray());
        await owner.Wire.SendAsync($$"""{"cmd":"revokeinvite","channel":"room","id":"{{invitation["id"]}}"}""");
        await owner.Wire.ReadUntilAsync("inviteRevoked");
        Assert.Equal("locked", await Person.TurnedAwayAsync(server, "room", "eve", (string)invitation["invite"]!));
        await owner.SetAsync("\"access\":\"locked\"");
        await owner.Wire.SendAsync("""{"cmd":"createinvite","channel":"room"}""");
        invitation = await owner.Wire.ReadUntilAsync("invitation");
        Assert.Equal("locked", await Person.TurnedAwayAsync(server, "room", "eve", (string)invitation["invite"]!));
    }

    [Fact]
    public async Task An_invitation_that_did_not_let_anybody_in_is_good_still()
    {
        await using var server = await RunningServer.StartAsync(s_calm);
        await using var ann = await Person.EnterAsync(server, "room", "ann");
        await ann.ClaimAsync("room");
        await ann.SetAsync("\"access\":\"invite\"");
        await ann.Wire.SendAsync("""{"cmd":"createinvite","channel":"room"}""");
        var secret = (string)(await ann.Wire.ReadUntilAsync("invitation"))["invite"]!;
        using var http = new HttpClient();
        using var body = new StringContent(
            $$"""{"room":"room","nick":"eve","invite":"{{secret}}"}""",
            Encoding.UTF8,
            "application/json"
        );
        await ann.SetAsync("\"access\":\"locked\"");
        Assert.Equal("locked", await Person.TurnedAwayAsync(server, "room", "eve", secret));
        Assert.Equal(403, (int)(await http.PostAsync(new Uri($"{server.Url}/api/chat/token"), body)).StatusCode);
        await ann.SetAsync("\"access\":\"invite\"");
        await using var gus = await WireClient.ConnectAsync(server);
        await gus.SendAsync("""{"cmd":"session","proto":3}""");
        await gus.ReadUntilAsync("session");
        await gus.SendAsync($$"""{"cmd":"join","channel":"room","nick":"ann","invite":"{{secret}}"}""");
        Assert.Equal("nick_taken", (string)(await gus.ReadUntilAsync("warn"))["code"]!);
        await gus.SendAsync("""{"cmd":"join","channel":"room","nick":"gus"}""");
        Assert.Equal("locked", (string)(await gus.ReadUntilAsync("warn"))["code"]!);
        await gus.SendAsync($$"""{"cmd":"join","channel":"room","nick":"gus","invite":"{{secret}}"}""");
        await gus.ReadUntilAsync("onlineSet");
        Assert.Equal("locked", await Person.TurnedAwayAsync(server, "room", "eve", secret));
    }

    [Fact]
    public async Task Who_was_a_member_and_is_put_out_needs_another_invitation()
    {
        await using var server = await RunningServer.StartAsync(s_calm);
        await using var ann = await Person.EnterAsync(server, "room", "ann");
        await ann.ClaimAsync("room");
        await ann.SetAsync("\"access\":\"invite\"");
        await ann.Wire.SendAsync("""{"cmd":"createinvite","channel":"room","uses":2}""");
        var secret = (string)(await ann.Wire.ReadUntilAsync("invitation"))["invite"]!;
        await using var bob = await Person.EnterAsync(server, "room", "bob", invite: secret);
        await ann.Wire.SendAsync("""{"cmd":"kick","channel":"room","nick":"bob"}""");
        await bob.Wire.ReadUntilAsync("onlineRemove");
        do
        {
            await ann.Wire.SendAsync("""{"cmd":"roles","channel":"room"}""");
        } while ((await ann.Wire.ReadUntilAsync("roles"))["roles"]!.AsArray().Count > 1);
        await bob.Wire.SendAsync("""{"cmd":"join","channel":"room","nick":"bob"}""");
        Assert.Equal("locked", (string)(await bob.Wire.ReadUntilAsync("warn"))["code"]!);
        await bob.Wire.SendAsync($$"""{"cmd":"join","channel":"room","nick":"bob","invite":"{{secret}}"}""");
        await bob.Wire.ReadUntilAsync("onlineSet");
    }

    [Fact]
    public async Task A_guest_who_was_let_in_comes_back_with_the_session_until_put_out()
    {
        await using var server = await RunningServer.StartAsync(s_calm);
        await using var ann = await Person.EnterAsync(server, "room", "ann");
        await ann.ClaimAsync("room");
        await ann.SetAsync("\"access\":\"invite\"");
        await ann.Wire.SendAsync("""{"cmd":"createinvite","channel":"room"}""");
        var secret = (string)(await ann.Wire.ReadUntilAsync("invitation"))["invite"]!;
        var guest = await WireClient.ConnectAsync(server);
        await guest.SendAsync("""{"cmd":"session","proto":3}""");
        await guest.ReadUntilAsync("session");
        await guest.SendAsync($$"""{"cmd":"join","channel":"room","nick":"gus","invite":"{{secret}}"}""");
        var token = (string)(await guest.ReadUntilAsync("session"))["token"]!;
        await guest.DisposeAsync();
        await using var back = await WireClient.ConnectAsync(server);
        await back.SendAsync($$"""{"cmd":"session","proto":3,"token":"{{token}}"}""");
        token = (string)(await back.ReadUntilAsync("session"))["token"]!;
        await ann.Wire.SendAsync("""{"cmd":"kick","channel":"room","nick":"gus"}""");
        Assert.Equal("gus", (string)(await back.ReadUntilAsync("onlineRemove"))["nick"]!);
        await back.SendAsync("""{"cmd":"join","channel":"room","nick":"gus"}""");
        Assert.Equal("locked", (string)(await back.ReadUntilAsync("warn"))["code"]!);
        await back.SendAsync("""{"cmd":"sync","channel":"room"}""");
        Assert.Equal("not_in_room", (string)(await back.ReadUntilAsync("warn"))["code"]!);
        await using var third = await WireClient.ConnectAsync(server);
        await third.SendAsync($$"""{"cmd":"session","proto":3,"token":"{{token}}"}""");
        Assert.Empty((await third.ReadUntilAsync("session"))["channels"]!.AsArray());
    }

    [Fact]
    public async Task A_password_opens_a_room_and_a_wrong_one_is_told_apart_from_nothing()
    {
        await using var server = await RunningServer.StartAsync(s_calm);
        await using var ann = await Person.EnterAsync(server, "room", "ann");
        await ann.ClaimAsync("room");
        await ann.SetAsync("\"password\":\"open sesame\"");
        await using var locked = await Person.EnterAsync(server, "locked", "ann", ann.Seed);
        await locked.ClaimAsync("locked");
        await locked.SetAsync("\"access\":\"locked\"");
        await using var eve = await WireClient.ConnectAsync(server);
        await eve.SendAsync("""{"cmd":"session","proto":3}""");
        await eve.ReadUntilAsync("session");
        var answers = new HashSet<string>();
        foreach (var (channel, password) in new[] { ("room", "wrong"), ("locked", "wrong"), ("locked", "open sesame") })
        {
            await eve.SendAsync($$"""{"cmd":"join","channel":"{{channel}}","nick":"eve","password":"{{password}}"}""");
            var warn = await eve.ReadUntilAsync("warn");
            warn.Remove("time");
            warn.Remove("room");
            answers.Add(warn.ToJsonString());
        }
        Assert.Single(answers);
        await eve.SendAsync("""{"cmd":"join","channel":"room","nick":"eve","password":"open sesame"}""");
        Assert.Equal("room", (string)(await eve.ReadUntilAsync("onlineSet"))["channel"]!);
        var info = await eve.ReadUntilAsync("session");
        Assert.DoesNotContain("sesame", info.ToJsonString(), StringComparison.Ordinal);
        await ann.SetAsync("\"password\":\"\"");
        await using var free = await WireClient.JoinAsync(server, "room", "free");
    }

    [Fact]
    public async Task What_an_outsider_asks_over_HTTP_of_a_room_that_is_not_theirs_is_refused()
    {
        await using var server = await RunningServer.StartAsync(s_calm);
        await using var ann = await Person.EnterAsync(server, "room", "ann");
        await ann.ClaimAsync("room");
        await ann.SetAsync("\"access\":\"invite\"");
        using var http = new HttpClient();
        var read = await http.GetAsync(new Uri($"{server.Url}/api/messages?room=room"));
        Assert.Equal(403, (int)read.StatusCode);
        Assert.Contains("\"locked\"", await read.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var body = new StringContent(
            """{"room":"room","nick":"eve","text":"hi"}""",
            Encoding.UTF8,
            "application/json"
        );
        Assert.Equal(403, (int)(await http.PostAsync(new Uri($"{server.Url}/api/messages"), body)).StatusCode);
    }

    [Fact]
    public async Task Whoever_is_banned_is_out_at_once_and_stays_out_under_another_name_until_pardoned()
    {
        await using var server = await RunningServer.StartAsync(s_calm);
        await using var ann = await Person.EnterAsync(server, "room", "ann");
        await ann.ClaimAsync("room");
        await using var bob = await Person.EnterAsync(server, "room", "bob");
        Assert.Equal("forbidden", await bob.RefusedAsync("""{"cmd":"ban","channel":"room","nick":"ann"}"""));
        await ann.Wire.SendAsync("""{"cmd":"ban","channel":"room","nick":"bob","seconds":3600}""");
        var told = await ann.Wire.ReadUntilAsync("banned");
        Assert.Equal("bob", (string)(await bob.Wire.ReadUntilAsync("onlineRemove"))["nick"]!);
        await server.RestartAsync();
        // By the address, whatever the key.
        Assert.Equal("banned", await Person.TurnedAwayAsync(server, "room", "robert"));
        await using var owner = await Person.EnterAsync(server, "room", "ann", ann.Seed);
        await owner.Wire.SendAsync("""{"cmd":"bans","channel":"room"}""");
        var ban = Assert.Single((await owner.Wire.ReadUntilAsync("bans"))["bans"]!.AsArray());
        Assert.Equal((string)told["id"]!, (string)ban!["id"]!);
        Assert.DoesNotContain("127.0.0.1", ban.ToJsonString(), StringComparison.Ordinal);
        await owner.Wire.SendAsync($$"""{"cmd":"pardon","channel":"room","id":"{{told["id"]}}"}""");
        await owner.Wire.ReadUntilAsync("pardoned");
        await using var again = await Person.EnterAsync(server, "room", "bob", bob.Seed);
    }

    [Fact]
    public async Task Whoever_is_muted_in_a_room_is_not_heard_there_and_is_elsewhere()
    {
        await using var server = await RunningServer.StartAsync(s_calm);
        await using var ann = await Person.EnterAsync(server, "room", "ann");
        await ann.ClaimAsync("room");
        await using var bob = await Person.EnterAsync(server, "room", "bob");
        await ann.Wire.SendAsync("""{"cmd":"mute","channel":"room","nick":"bob"}""");
        Assert.True((bool)(await ann.Wire.ReadUntilAsync("banned"))["muted"]!);
        await bob.Wire.SendAsync("""{"cmd":"chat","channel":"room","mid":"mid-000000000001","text":"unheard"}""");
        await bob.Wire.ReadUntilAsync("ack");
        await bob.Wire.SendAsync("""{"cmd":"changenick","channel":"room","nick":"unheard_too"}""");
        Assert.Equal("rate_nick", (string)(await bob.Wire.ReadUntilAsync("warn"))["code"]!);
        await bob.Wire.SendAsync("""{"cmd":"join","channel":"other","nick":"bob"}""");
        await bob.Wire.ReadUntilAsync("onlineSet");
        await ann.Wire.SendAsync("""{"cmd":"join","channel":"other","nick":"ann"}""");
        await ann.Wire.ReadUntilAsync("onlineSet");
        await bob.Wire.SendAsync("""{"cmd":"chat","channel":"other","mid":"mid-000000000002","text":"heard"}""");
        Assert.Equal("heard", (string)(await ann.Wire.ReadUntilAsync("chat"))["text"]!);
        Assert.DoesNotContain(ann.Wire.Seen, f => (string?)f["text"] == "unheard");
    }

    [Fact]
    public async Task Who_knocks_is_told_the_same_everywhere_and_let_in_where_somebody_opens()
    {
        await using var server = await RunningServer.StartAsync(s_calm);
        await using var ann = await Person.EnterAsync(server, "room", "ann");
        await ann.ClaimAsync("room");
        await ann.SetAsync("\"access\":\"invite\",\"knock\":true");
        await using var eve = await WireClient.ConnectAsync(server);
        await eve.SendAsync("""{"cmd":"session","proto":3}""");
        await eve.ReadUntilAsync("session");
        foreach (var channel in new[] { "nowhere", "room" })
        {
            await eve.SendAsync($$"""{"cmd":"knock","channel":"{{channel}}","nick":"eve","text":"It is me"}""");
            Assert.Equal(channel, (string)(await eve.ReadUntilAsync("knocked"))["channel"]!);
        }
        var knock = await ann.Wire.ReadUntilAsync("knock");
        Assert.Equal(("eve", "It is me"), ((string)knock["nick"]!, (string)knock["text"]!));
        await ann.Wire.SendAsync($$"""{"cmd":"admit","channel":"room","userid":{{knock["userid"]}}}""");
        var answered = await ann.Wire.ReadUntilAsync("knockAnswered");
        Assert.Equal(
            ((long)knock["userid"]!, "ann", false),
            ((long)answered["userid"]!, (string)answered["nick"]!, (bool)answered["denied"]!)
        );
        await eve.ReadUntilAsync("admitted");
        await eve.SendAsync("""{"cmd":"join","channel":"room","nick":"eve"}""");
        Assert.Equal("room", (string)(await eve.ReadUntilAsync("onlineSet"))["channel"]!);
        Assert.Equal(
            "unknown_user",
            await ann.RefusedAsync($$"""{"cmd":"admit","channel":"room","userid":{{knock["userid"]}}}""")
        );
    }

    [Fact]
    public async Task Who_knocks_can_be_banned_and_is_not_heard_any_more()
    {
        await using var server = await RunningServer.StartAsync(s_calm);
        await using var ann = await Person.EnterAsync(server, "room", "ann");
        await ann.ClaimAsync("room");
        await ann.SetAsync("\"access\":\"invite\",\"knock\":true");
        await using var eve = await WireClient.ConnectAsync(server);
        await eve.SendAsync("""{"cmd":"session","proto":3}""");
        await eve.ReadUntilAsync("session");
        await eve.SendAsync("""{"cmd":"knock","channel":"room","nick":"eve"}""");
        await eve.ReadUntilAsync("knocked");
        var knock = await ann.Wire.ReadUntilAsync("knock");
        await ann.Wire.SendAsync($$"""{"cmd":"ban","channel":"room","userid":{{knock["userid"]}},"scope":"room"}""");
        var banned = await ann.Wire.ReadUntilAsync("banned");
        Assert.Equal("eve", (string)banned["nick"]!);
        Assert.True((bool)(await ann.Wire.ReadUntilAsync("knockAnswered"))["denied"]!);
        // She is told what everybody is told; nobody hears her.
        foreach (var channel in new[] { "room", "nowhere" })
        {
            await eve.SendAsync($$"""{"cmd":"knock","channel":"{{channel}}","nick":"eve"}""");
            Assert.Equal(channel, (string)(await eve.ReadUntilAsync("knocked"))["channel"]!);
        }
        await ann.Wire.SendAsync($$"""{"cmd":"pardon","channel":"room","id":"{{banned["id"]}}"}""");
        await ann.Wire.ReadUntilAsync("pardoned");
        await eve.SendAsync("""{"cmd":"knock","channel":"room","nick":"eve","text":"sorry"}""");
        Assert.Equal("sorry", (string?)(await ann.Wire.ReadUntilAsync("knock"))["text"]);
    }

    [Fact]
    public async Task In_a_slow_room_each_waits_and_a_repetition_does_not()
    {
        await using var server = await RunningServer.StartAsync(s_calm);
        await using var ann = await Person.EnterAsync(server, "room", "ann");
        await ann.ClaimAsync("room");
        await ann.SetAsync("\"slow\":600");
        await using var bob = await Person.EnterAsync(server, "room", "bob");
        for (var i = 0; i < 2; i++)
        {
            await bob.Wire.SendAsync("""{"cmd":"chat","channel":"room","mid":"mid-000000000001","text":"E2EE:one"}""");
            await bob.Wire.ReadUntilAsync("ack");
        }
        await bob.Wire.SendAsync("""{"cmd":"chat","channel":"room","mid":"mid-000000000002","text":"E2EE:two"}""");
        var nack = await bob.Wire.ReadUntilAsync("nack");
        Assert.Equal("slow", (string)nack["code"]!);
        Assert.InRange((long)nack["retryAfterMs"]!, 1, 600_000);
        foreach (var i in new[] { 3, 4 })
        {
            await ann.Wire.SendAsync(
                $$"""{"cmd":"chat","channel":"room","mid":"mid-00000000000{{i}}","text":"E2EE:x"}"""
            );
            await ann.Wire.ReadUntilAsync("ack");
        }
    }

    [Fact]
    public async Task What_a_room_was_given_goes_when_it_is_given_back_or_closed()
    {
        await using var server = await RunningServer.StartAsync(s_calm);
        await using var ann = await Person.EnterAsync(server, "room", "ann");
        foreach (var end in new[] { "unclaim", "closeroom" })
        {
            await ann.ClaimAsync("room");
            await ann.SetAsync("\"access\":\"invite\",\"motd\":\"Hello\"");
            await ann.Wire.SendAsync("""{"cmd":"createinvite","channel":"room"}""");
            await ann.Wire.ReadUntilAsync("invitation");
            await ann.Wire.SendAsync($$"""{"cmd":"{{end}}","channel":"room"}""");
            await ann.Wire.ReadUntilAsync(end == "unclaim" ? "roomInfo" : "onlineRemove");
            foreach (var table in new[] { "rules", "roles", "bans", "invites" })
            {
                Assert.Equal(0, server.CountRows(table));
            }
        }
        await using var free = await WireClient.JoinAsync(server, "room", "free");
    }

    [Fact]
    public async Task Nobody_takes_a_nick_that_looks_like_anothers_or_is_the_servers()
    {
        await using var server = await RunningServer.StartAsync(s_calm);
        await using var ann = await WireClient.JoinAsync(server, "room", "alice");
        foreach (var nick in new[] { "аlice", "ALICE", "Server", "аdmin" })
        {
            Assert.Equal("nick_taken", await Person.TurnedAwayAsync(server, "room", nick));
        }
        await using var bob = await WireClient.JoinAsync(server, "room", "bob");
        await bob.SendAsync("""{"cmd":"changenick","channel":"room","nick":"аlice"}""");
        Assert.Equal("nick_taken", (string)(await bob.ReadUntilAsync("warn"))["code"]!);
        await bob.SendAsync("""{"cmd":"changenick","channel":"room","nick":"BOB"}""");
        Assert.Equal("BOB", (string)(await bob.ReadUntilAsync("updateUser"))["nick"]!);
    }

    [Fact]
    public async Task Who_is_banned_from_the_server_stays_out_over_a_restart_until_the_operator_lifts_it()
    {
        await using var server = await RunningServer.StartAsync([.. s_calm, "--Moderation:ModTrips=Pz6LSM"]);
        await using var mod = await WireClient.ConnectAsync(server);
        await mod.SendAsync("""{"cmd":"session","proto":3}""");
        await mod.SendAsync("""{"cmd":"join","channel":"room","nick":"mod","pass":"pw"}""");
        await mod.ReadUntilAsync("onlineSet");
        await using var bob = await Person.EnterAsync(server, "room", "bob");
        await mod.SendAsync("""{"cmd":"ban","channel":"room","nick":"bob","seconds":0}""");
        Assert.Equal("bad_payload", (string)(await mod.ReadUntilAsync("warn"))["code"]!);
        await mod.SendAsync("""{"cmd":"ban","channel":"room","nick":"bob"}""");
        Assert.Equal(1008, await bob.Wire.ReadCloseAsync());
        await server.RestartAsync();
        // Everybody here has the same address.
        await Assert.ThrowsAsync<System.Net.WebSockets.WebSocketException>(() => WireClient.ConnectAsync(server));
        var entry = server.Service<AuditLog>().Entries().Single(e => e.Act == "chat/ban");
        Assert.Equal("trip:Pz6LSM", entry.Actor);
        Assert.StartsWith("bob ", entry.Subject, StringComparison.Ordinal);
        var bans = server.Service<ChatServer>().Bans;
        var ban = Assert.Single(bans.All);
        Assert.DoesNotContain(ban.Subjects, s => s.Contains("127.0.0.1", StringComparison.Ordinal));
        Assert.True(bans.Unban(ban.Id));
        await using var back = await Person.EnterAsync(server, "room", "bob", bob.Seed);
        await server.RestartAsync();
        Assert.Empty(server.Service<ChatServer>().Bans.All);
    }

    private static string Role(Person whom, string role) =>
        $$"""{"cmd":"setrole","channel":"room","userid":{{whom.UserId}},"role":"{{role}}"}""";
}
