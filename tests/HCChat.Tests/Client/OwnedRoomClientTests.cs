using HCChat.Client;
using HCChat.Crypto;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Client;

/// <summary>Rooms that belong to somebody, by the SDK with the real server.</summary>
public sealed class OwnedRoomClientTests : IAsyncLifetime
{
    private readonly SigningIdentity _annKey = SigningIdentity.Generate();
    private readonly SigningIdentity _bobKey = SigningIdentity.Generate();
    private RunningServer _server = null!;
    private Relay _relay = null!;
    private InviteLink _link = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await RunningServer.StartAsync("--Limits:RateLimit=false");
        _relay = new Relay(_server.Url);
        _link = InviteLink.NewRoom(new Uri(_server.Url));
    }

    public async ValueTask DisposeAsync()
    {
        await _relay.DisposeAsync();
        await _server.DisposeAsync();
        _link.Dispose();
        _annKey.Dispose();
        _bobKey.Dispose();
    }

    [Fact]
    public async Task A_key_is_proven_only_when_the_user_asks_for_it()
    {
        await using (var quiet = await JoinAsync("ann", _annKey, proves: false, access: RoomAccess.Plain("other")))
        {
            Assert.Equal("no_identity", await CodeAsync(quiet.Room.ClaimAsync(Stop)));
        }
        await using var ann = await JoinAsync("ann", _annKey);
        await ann.Room.ClaimAsync(Stop);
        Assert.True(ann.Room.Door!.Owned);
        Assert.Equal(
            [new RoleHolder("key:" + _annKey.Key.Fingerprint, RoomRole.Owner, "ann")],
            await ann.Room.RolesAsync(Stop)
        );
        Assert.Equal("claimed", await CodeAsync(ann.Room.ClaimAsync(Stop)));
        await ann.Room.UnclaimAsync(Stop);
        Assert.False(ann.Room.Door.Owned);
    }

    [Fact]
    public async Task A_key_is_proven_again_on_every_connection_before_the_room_is_asked_for()
    {
        await using (var first = await OwnerAsync(new DoorSettings { Entrance = RoomEntrance.Locked }))
        {
            Assert.Single(await first.Room.RolesAsync(Stop));
        }
        await using var ann = await JoinAsync("ann", _annKey, server: _relay.Url); // the door is locked to all but members
        await ann.NextAsync<RoomEntered>();
        _relay.CutAndHeal();
        Assert.True((await ann.NextAsync<RoomEntered>()).Again);
        await ann.SayAsync("here"); // all that belongs to coming back is done
        Assert.Single(await ann.Room.RolesAsync(Stop));
    }

    [Fact]
    public async Task Also_when_the_session_of_an_earlier_run_is_taken_up_in_which_it_was_not_proven()
    {
        var folder = Directory.CreateTempSubdirectory("hcchat-test-").FullName;
        try
        {
            using var key = IdentityFile.Open(Path.Combine(folder, "identity"));
            await using var ann = await OwnerAsync();
            await ann.Room.SetRoleAsync(Whom.Identity("key:" + key.Key.Fingerprint), RoomRole.Member, Stop);
            foreach (var proves in new[] { false, true })
            {
                await using var bob = await Guest.JoinAsync(
                    new Uri(_server.Url),
                    "bob",
                    RoomAccess.ByLink(_link),
                    TimeProvider.System,
                    options => options.KeptIn(folder) with { ProveIdentity = proves }
                );
                await bob.SayAsync("here");
                await ann.Room.SetDoorAsync(new DoorSettings { Entrance = RoomEntrance.Locked }, Stop);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_server_that_does_not_believe_the_key_is_not_stayed_with()
    {
        await using var server = new ScriptedServer();
        var options = new ChatOptions
        {
            Server = server.Url,
            Nick = "ann",
            Identity = _annKey,
            ProveIdentity = true,
        };
        var connecting = ChatClient.ConnectAsync(options, Stop);
        await server.AcceptAsync();
        await server.GreetAsync();
        var proof = await server.HearAsync("identify");
        Assert.Equal("", proof.GetProperty("sig").GetString()); // there was no nonce to sign
        await server.SayAsync(
            new
            {
                cmd = "warn",
                code = "bad_signature",
                text = "No.",
                id = 61,
                channel = false,
            }
        );
        var refused = await Assert.ThrowsAsync<IdentityRefusedException>(() => connecting);
        Assert.Equal("bad_signature", refused.Code);
    }

    [Fact]
    public async Task A_server_that_has_no_time_for_the_proof_is_asked_again_and_no_room_before()
    {
        await using var server = new ScriptedServer();
        var connecting = ChatClient.ConnectAsync(
            new ChatOptions
            {
                Server = server.Url,
                Nick = "ann",
                Identity = _annKey,
                ProveIdentity = true,
            },
            Stop
        );
        await server.AcceptAsync();
        await server.GreetAsync();
        await server.HearAsync("identify");
        await server.SayAsync(
            new
            {
                cmd = "warn",
                code = "limited",
                text = "Later.",
                id = 14,
                channel = false,
            }
        );
        await server.AcceptAsync();
        await server.GreetAsync();
        var proof = await server.HearAsync("identify");
        Assert.Equal(_annKey.Key.Text, proof.GetProperty("key").GetString());
        Assert.False(connecting.IsCompleted);
        await server.SayAsync(new { cmd = "identity", identity = "key:" + _annKey.Key.Fingerprint });
        var client = await connecting;
        await server.DisposeAsync(); // first: it would not answer a polite close
        await client.DisposeAsync();
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("LocalHost")]
    [InlineData("127.0.0.1")]
    public async Task The_name_that_is_signed_is_the_one_in_the_address(string host)
    {
        var server = new UriBuilder(_server.Url) { Host = host }.Uri;
        await using var ann = await JoinAsync("ann", _annKey, server: server);
        await ann.Room.ClaimAsync(Stop);
    }

    [Fact]
    public void A_proof_for_one_server_or_connection_is_none_for_another()
    {
        var nonce = new byte[32];
        Assert.Equal(_annKey.ProveTo("chat.example", nonce), _annKey.ProveTo("chat.example", nonce));
        Assert.NotEqual(_annKey.ProveTo("chat.example", nonce), _annKey.ProveTo("evil.example", nonce));
        Assert.NotEqual(_annKey.ProveTo("chat.example", nonce), _annKey.ProveTo("chat.example", [1, .. nonce[1..]]));
    }

    [Fact]
    public async Task Owners_give_roles_and_set_the_door()
    {
        await using var ann = await OwnerAsync();
        await using var bob = await JoinAsync("bob", _bobKey);
        Assert.Equal("forbidden", await CodeAsync(bob.Room.RolesAsync(Stop)));
        await ann.Room.SetRoleAsync(Whom.Nick("bob"), RoomRole.Moderator, Stop);
        Assert.Equal(2, (await bob.Room.RolesAsync(Stop)).Count);
        Assert.Equal("forbidden", await CodeAsync(bob.Room.SetRoleAsync(Whom.Nick("ann"), RoomRole.None, Stop)));
        Assert.Equal("last_owner", await CodeAsync(ann.Room.SetRoleAsync(Whom.Nick("ann"), RoomRole.None, Stop)));
        await ann.Room.SetDoorAsync(
            new DoorSettings
            {
                Entrance = RoomEntrance.Invite,
                Knock = true,
                Slow = TimeSpan.FromSeconds(3),
                Password = "sesame",
                Listed = true,
                MessageOfTheDay = "Hello",
            },
            Stop
        );
        var door = new RoomDoor(true, RoomEntrance.Invite, true, TimeSpan.FromSeconds(3), true, true)
        {
            MessageOfTheDay = "Hello",
        };
        Assert.Equal(door, ann.Room.Door);
        DoorChanged changed;
        do
        {
            changed = await bob.NextAsync<DoorChanged>();
        } while (changed.Door != door);
        Assert.Equal(("ann", door), (changed.Nick, bob.Room.Door));
    }

    [Fact]
    public async Task An_invitation_in_the_link_opens_the_door_and_whoever_proved_a_key_comes_back_without()
    {
        await using var ann = await OwnerAsync(new DoorSettings { Entrance = RoomEntrance.Invite });
        Assert.Equal("locked", await CodeAsync(JoinAsync("bob", _bobKey)));
        var invitation = await ann.Room.CreateInvitationAsync(lifetime: TimeSpan.FromHours(1), stop: Stop);
        Assert.DoesNotContain(invitation.Secret!, invitation.ToString(), StringComparison.Ordinal);
        Assert.Equal([invitation.Id], (await ann.Room.InvitationsAsync(Stop)).Select(i => i.Id));
        using var invited = _link.With(invitation.Secret!);
        using var read = InviteLink.Parse(invited.FormatWithSecret());
        await using (var bob = await JoinAsync("bob", _bobKey, access: RoomAccess.ByLink(read)))
        {
            await bob.SayAsync("thank you");
        }
        await using var again = await JoinAsync("bob", _bobKey);
        Assert.Equal("locked", await CodeAsync(JoinAsync("eve", null, access: RoomAccess.ByLink(read)))); // it was for one
        var second = await ann.Room.CreateInvitationAsync(uses: 5, stop: Stop);
        await ann.Room.RevokeInvitationAsync(second.Id, Stop);
        var late = RoomAccess.ByLink(_link).With(invitation: second.Secret);
        Assert.Equal("locked", await CodeAsync(JoinAsync("eve", null, access: late)));
    }

    [Fact]
    public async Task A_password_opens_the_room_and_again_after_the_session_is_lost()
    {
        await using var ann = await OwnerAsync(new DoorSettings { Password = "open sesame" });
        Assert.Equal("locked", await CodeAsync(JoinAsync("eve", null, proves: false)));
        var access = RoomAccess.ByLink(_link).With(password: "open sesame");
        await using var guest = await JoinAsync("gus", null, proves: false, access: access);
        await guest.SayAsync("hello");
        await _server.RestartAsync();
        await guest.SayAsync("again");
        Assert.Equal("hello", (await ann.HearAsync()).Text);
        Assert.Equal("again", (await ann.HearAsync()).Text);
    }

    [Fact]
    public async Task Whoever_knocks_comes_in_when_somebody_opens()
    {
        await using var ann = await OwnerAsync(new DoorSettings { Entrance = RoomEntrance.Invite, Knock = true });
        await using var client = await ChatClient.ConnectAsync(
            new ChatOptions { Server = new Uri(_server.Url), Nick = "eve" },
            Stop
        );
        var knocking = client.KnockAsync(_link.Channel, "It is me", Stop);
        var knock = await ann.NextAsync<KnockReceived>();
        Assert.Equal(("eve", "It is me"), (knock.Nick, knock.Text));
        await ann.Room.AdmitAsync(knock.UserId, stop: Stop);
        await knocking;
        var room = await client.JoinAsync(RoomAccess.ByLink(_link), Stop);
        Assert.Equal(2, room.Members.Count);
        Assert.Equal("unknown_user", await CodeAsync(ann.Room.AdmitAsync(knock.UserId, stop: Stop)));
    }

    [Fact]
    public async Task A_knock_is_repeated_when_the_connection_was_lost_before_somebody_opened()
    {
        await using var ann = await OwnerAsync(new DoorSettings { Entrance = RoomEntrance.Invite, Knock = true });
        await using var client = await ChatClient.ConnectAsync(
            new ChatOptions { Server = _relay.Url, Nick = "eve" },
            Stop
        );
        var knocking = client.KnockAsync(_link.Channel, stop: Stop);
        await ann.NextAsync<KnockReceived>();
        _relay.CutAndHeal();
        var again = await ann.NextAsync<KnockReceived>();
        await ann.Room.AdmitAsync(again.UserId, stop: Stop);
        await knocking;
        await client.JoinAsync(RoomAccess.ByLink(_link), Stop);
    }

    [Fact]
    public async Task Whoever_knocks_under_no_name_is_told_so()
    {
        await using var client = await ChatClient.ConnectAsync(
            new ChatOptions { Server = new Uri(_server.Url), Nick = "no name" },
            Stop
        );
        Assert.Equal("nick_invalid", await CodeAsync(client.KnockAsync(_link.Channel, stop: Stop)));
    }

    [Fact]
    public async Task Whoever_is_kicked_is_told_why_and_does_not_come_back_by_itself()
    {
        await using var ann = await OwnerAsync();
        await using var bob = await JoinAsync("bob", _bobKey, server: _relay.Url);
        Assert.Equal("unknown_user", await CodeAsync(ann.Room.KickAsync(Whom.Nick("nobody"), Stop)));
        await ann.Room.KickAsync(Whom.Nick("bob"), Stop);
        var why = Assert.IsType<RoomClosedException>((await bob.NextAsync<RoomClosed>()).Reason);
        Assert.True(why.IsByOthers);
        Assert.Contains("removed", why.Message, StringComparison.Ordinal);
        _relay.CutAndHeal();
        await using var carol = await JoinAsync("carol", null);
        Assert.Equal(["ann", "carol"], carol.Room.Members.Select(member => member.Nick).Order());
        await bob.Client.JoinAsync(RoomAccess.ByLink(_link), Stop); // by the user's word
    }

    [Fact]
    public async Task Whoever_is_banned_is_told_so_and_is_not_let_in_until_pardoned()
    {
        await using var ann = await OwnerAsync();
        await using var bob = await JoinAsync("bob", _bobKey);
        var ban = await ann.Room.BanAsync(Whom.Nick("bob"), TimeSpan.FromHours(1), Stop);
        Assert.Equal(("bob", false), (ban.Nick, ban.Muted));
        Assert.Equal(["key:" + _bobKey.Key.Fingerprint], ban.Identities);
        var why = Assert.IsType<RoomClosedException>((await bob.NextAsync<RoomClosed>()).Reason);
        Assert.Contains("banned", why.Message, StringComparison.Ordinal);
        Assert.Equal("banned", await CodeAsync(bob.Client.JoinAsync(RoomAccess.ByLink(_link), Stop)));
        Assert.Equal([ban.Id], (await ann.Room.BansAsync(Stop)).Select(b => b.Id));
        await ann.Room.PardonAsync(ban.Id, Stop);
        Assert.Equal(ban.Id, (await ann.NextAsync<BanLifted>()).Id);
        await bob.Client.JoinAsync(RoomAccess.ByLink(_link), Stop);
    }

    [Fact]
    public async Task A_ban_that_comes_while_one_is_away_ends_the_room()
    {
        await using var ann = await OwnerAsync();
        var clock = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(56));
        await using var bob = await JoinAsync("bob", _bobKey, server: _relay.Url, time: clock);
        _relay.Cut();
        await bob.NextAsync<Disconnected>(); // and as long as the clock stands still nobody comes back
        await ann.Room.BanAsync(Whom.Nick("bob"), stop: Stop);
        clock.Advance(TimeSpan.FromSeconds(1));
        var why = Assert.IsType<JoinRefusedException>((await bob.NextAsync<RoomClosed>()).Reason);
        Assert.Equal("banned", why.Code);
    }

    [Fact]
    public async Task In_a_slow_room_a_message_waits_for_its_turn()
    {
        await using var ann = await OwnerAsync(new DoorSettings { Slow = TimeSpan.FromSeconds(1) });
        await using var bob = await JoinAsync("bob", null);
        await bob.SayAsync("one");
        await bob.SayAsync("two");
        Assert.Equal("one", (await ann.HearAsync()).Text);
        Assert.Equal("two", (await ann.HearAsync()).Text);
    }

    private static async Task<string> CodeAsync(Task refused) =>
        (await Assert.ThrowsAnyAsync<RefusedException>(() => refused)).Code;

    private async Task<Guest> OwnerAsync(DoorSettings? door = null)
    {
        var ann = await JoinAsync("ann", _annKey);
        await ann.Room.ClaimAsync(Stop);
        if (door is not null)
        {
            await ann.Room.SetDoorAsync(door, Stop);
        }
        return ann;
    }

    private Task<Guest> JoinAsync(
        string nick,
        SigningIdentity? key,
        bool proves = true,
        RoomAccess? access = null,
        Uri? server = null,
        TimeProvider? time = null
    ) =>
        Guest.JoinAsync(
            server ?? new Uri(_server.Url),
            nick,
            access ?? RoomAccess.ByLink(_link),
            time ?? TimeProvider.System,
            options => options with { Identity = key, ProveIdentity = proves && key is not null }
        );
}
