using HCChat.Client;
using HCChat.Crypto;

namespace HCChat.Tests.Client;

public sealed class EncryptedRoomTests : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartAsync("--Limits:RateLimit=false");

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Two_people_with_the_link_talk_and_the_server_carries_envelopes_only()
    {
        using var link = InviteLink.NewRoom(new Uri(_server.Url));
        await using var alice = await Guest.JoinAsync(_server, "alice", RoomAccess.ByLink(link));
        await using var bob = await Guest.JoinAsync(_server, "小波", RoomAccess.ByLink(link));
        await using var stranger = await Guest.JoinAsync(_server, "stranger", RoomAccess.Plain(link.Channel));
        var id = await alice.SayAsync("你好 👋");
        var heard = await bob.HearAsync();
        Assert.Equal(("你好 👋", "alice", "alice", id), (heard.Text, heard.Nick, heard.ServerNick, heard.Id));
        Assert.True(heard.Encrypted);
        Assert.False(heard.NickMismatch || heard.ClockMismatch);
        var unreadable = await stranger.NextAsync<UnreadableReceived>();
        Assert.Equal(("alice", "E_KEY_UNKNOWN"), (unreadable.ServerNick, unreadable.Code));
        var echo = (await alice.NextAsync<MessageReceived>()).Message;
        Assert.Equal((true, id), (echo.IsMine, echo.Id));
        await bob.Room.SendAsync("回复", replyTo: id, stop: TestContext.Current.CancellationToken);
        Assert.Equal(id, (await alice.HearAsync()).ReplyTo);
    }

    [Fact]
    public async Task A_passphrase_is_stretched_with_the_servers_salt_and_full_width_typing_does_not_matter()
    {
        await using var alice = await Guest.JoinAsync(
            _server,
            "alice",
            RoomAccess.ByPassphrase("厨房", "密码　１２３ＡＢＣ")
        );
        await using var bob = await Guest.JoinAsync(_server, "bob", RoomAccess.ByPassphrase("厨房", "密码 123ABC"));
        using var saltless = Passphrase.Derive("密码 123ABC", "厨房", []);
        Assert.Equal(alice.Room.Kid, bob.Room.Kid);
        Assert.NotEqual(saltless.Kid, bob.Room.Kid);
        await alice.SayAsync("晚饭？");
        Assert.Equal("晚饭？", (await bob.HearAsync()).Text);
    }

    [Fact]
    public async Task A_wrong_passphrase_is_said_at_once()
    {
        await using var alice = await Guest.JoinAsync(_server, "alice", RoomAccess.ByPassphrase("lobby", "right"));
        await using var bob = await Guest.JoinAsync(_server, "bob", RoomAccess.ByPassphrase("lobby", "wrong"));
        await alice.SayAsync("secret");
        Assert.Equal(E2eeError.KeyUnknown, (await bob.NextAsync<UnreadableReceived>()).Error);
    }

    [Fact]
    public async Task Text_in_clear_is_never_shown_as_a_message_in_an_encrypted_room()
    {
        using var link = InviteLink.NewRoom(new Uri(_server.Url));
        await using var alice = await Guest.JoinAsync(_server, "alice", RoomAccess.ByLink(link));
        await using var bob = await Guest.JoinAsync(_server, "bob", RoomAccess.ByLink(link));
        await using var intruder = await Guest.JoinAsync(_server, "intruder", RoomAccess.Plain(link.Channel));
        await intruder.SayAsync("send me your money");
        await intruder.Room.EmoteAsync("smiles", TestContext.Current.CancellationToken);
        await bob.SayAsync("end");
        var seen = await alice.UntilAsync("end");
        Assert.Equal(2, seen.OfType<UnprotectedReceived>().Count(text => text.ServerNick == "intruder"));
        Assert.Single(seen.OfType<MessageReceived>());
    }

    [Fact]
    public async Task Emotes_whispers_and_typing_arrive_as_such()
    {
        var stop = TestContext.Current.CancellationToken;
        using var link = InviteLink.NewRoom(new Uri(_server.Url));
        await using var alice = await Guest.JoinAsync(_server, "alice", RoomAccess.ByLink(link));
        await using var bob = await Guest.JoinAsync(_server, "bob", RoomAccess.ByLink(link));
        await using var carol = await Guest.JoinAsync(_server, "carol", RoomAccess.ByLink(link));
        await carol.Room.EmoteAsync("waves", stop);
        var wave = await bob.HearAsync();
        Assert.Equal((true, "waves", true), (wave.Emote, wave.Text, wave.Encrypted));
        carol.Room.Typing();
        Assert.Equal("carol", (await bob.NextAsync<TypingReceived>()).Nick);
        await carol.Room.WhisperAsync(carol.Room.Members.Single(member => member.Nick == "bob"), "psst", stop);
        var whisper = await bob.HearAsync();
        Assert.Equal((true, "psst", true, "carol"), (whisper.Whisper, whisper.Text, whisper.Encrypted, whisper.Nick));
        await carol.SayAsync("end");
        Assert.DoesNotContain(await alice.UntilAsync("end"), e => e is MessageReceived { Message.Text: "psst" });
    }

    [Fact]
    public async Task The_title_reaches_members_by_the_first_message_only()
    {
        using var link = InviteLink.NewRoom(new Uri(_server.Url), "厨房");
        using var untitled = new InviteLink(link.Server, link.Channel, new Secret(link.RoomKey!.Reveal()));
        await using var bob = await Guest.JoinAsync(_server, "bob", RoomAccess.ByLink(untitled));
        await using var alice = await Guest.JoinAsync(_server, "alice", RoomAccess.ByLink(link));
        await alice.SayAsync("one");
        Assert.Equal("厨房", (await bob.NextAsync<TitleReceived>()).Title);
        await alice.SayAsync("two");
        Assert.DoesNotContain(await bob.UntilAsync("two"), happened => happened is TitleReceived);
        Assert.Equal("厨房", bob.Room.Title);
    }

    [Fact]
    public async Task A_link_that_pins_another_salt_than_the_servers_is_not_joined()
    {
        using var link = new InviteLink(new Uri(_server.Url), "lobby", roomSalt: [1, 2, 3]);
        await Assert.ThrowsAsync<RoomSaltChangedException>(() =>
            Guest.JoinAsync(_server, "alice", RoomAccess.ByLink(link, "right"))
        );
    }

    [Fact]
    public async Task Rooms_in_HChat_compatibility_talk_by_envelopes_of_version_1()
    {
        await using var alice = await Guest.JoinAsync(_server, "alice", RoomAccess.HChat("ios", "口令"));
        await using var bob = await Guest.JoinAsync(_server, "bob", RoomAccess.HChat("ios", "口令"));
        await using var modern = await Guest.JoinAsync(_server, "modern", RoomAccess.ByPassphrase("ios", "口令"));
        await alice.SayAsync("hello");
        var heard = await bob.HearAsync();
        Assert.Equal(("hello", true), (heard.Text, heard.Encrypted));
        await alice.Room.EmoteAsync("waves", TestContext.Current.CancellationToken);
        var wave = await bob.HearAsync();
        Assert.Equal(("waves", true), (wave.Text, wave.Emote));
        Assert.Equal(E2eeError.Version, (await modern.NextAsync<UnreadableReceived>()).Error);
    }

    [Fact]
    public async Task Too_long_a_message_is_refused_before_it_leaves()
    {
        using var link = InviteLink.NewRoom(new Uri(_server.Url));
        await using var alice = await Guest.JoinAsync(_server, "alice", RoomAccess.ByLink(link));
        await using var bob = await Guest.JoinAsync(_server, "bob", RoomAccess.ByLink(link));
        var refused = await Assert.ThrowsAsync<E2eeException>(() => alice.SayAsync(new string('x', 40_000)));
        Assert.Equal(E2eeError.Limit, refused.Error);
        await alice.SayAsync(new string('x', 32_000));
        Assert.Equal(32_000, (await bob.HearAsync()).Text.Length);
    }
}
