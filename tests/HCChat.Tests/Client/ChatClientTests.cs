using HCChat.Client;
using HCChat.Crypto;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Client;

public sealed class ChatClientTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_a_restart_of_the_server_the_room_is_joined_again_and_what_was_said_meanwhile_arrives_once_in_order()
    {
        await using var server = await RunningServer.StartAsync("--Limits:RateLimit=false");
        using var link = InviteLink.NewRoom(new Uri(server.Url));
        await using var alice = await Guest.JoinAsync(server, "alice", RoomAccess.ByLink(link));
        await using var bob = await Guest.JoinAsync(server, "bob", RoomAccess.ByLink(link));
        await server.StopAsync();
        await alice.NextAsync<Disconnected>();
        await bob.NextAsync<Disconnected>();
        await server.RestartAsync();
        Assert.True((await bob.NextAsync<RoomEntered>()).Again); // before alice speaks: an empty room keeps nothing
        await Task.WhenAll(alice.SayAsync("one"), alice.SayAsync("two"), alice.SayAsync("three"));
        await alice.SayAsync("end");
        var seen = await bob.UntilAsync("end");
        Assert.Equal(
            ["one", "two", "three", "end"],
            seen.OfType<MessageReceived>().Select(received => received.Message.Text)
        );
    }

    [Fact]
    public async Task A_message_said_while_the_server_is_away_is_acknowledged_when_it_is_back()
    {
        await using var server = await RunningServer.StartAsync();
        await using var alice = await Guest.JoinAsync(server, "alice", RoomAccess.Plain("lobby"));
        await server.StopAsync();
        await alice.NextAsync<Disconnected>();
        var said = alice.SayAsync("anybody there?");
        Assert.False(said.IsCompleted);
        await server.RestartAsync();
        var id = await said;
        Assert.Equal(id, (await alice.NextAsync<MessageReceived>()).Message.Id);
    }

    [Fact]
    public async Task People_who_come_change_their_name_and_leave_are_told()
    {
        await using var server = await RunningServer.StartAsync();
        await using var alice = await Guest.JoinAsync(server, "alice", RoomAccess.Plain("lobby"));
        var bob = await Guest.JoinAsync(server, "bob", RoomAccess.Plain("lobby"));
        Assert.Equal("bob", (await alice.NextAsync<MemberJoined>()).Member.Nick);
        Assert.Equal(["alice", "bob"], bob.Room.Members.Select(member => member.Nick));
        bob.Room.ChangeNick("鲍勃");
        var changed = await alice.NextAsync<MemberChanged>();
        Assert.Equal(("bob", "鲍勃"), (changed.Before.Nick, changed.After.Nick));
        await bob.NextAsync<MemberChanged>();
        Assert.Equal("鲍勃", bob.Room.Nick);
        await bob.DisposeAsync();
        Assert.Equal("鲍勃", (await alice.NextAsync<MemberLeft>()).Member.Nick);
        Assert.Equal(["alice"], alice.Room.Members.Select(member => member.Nick));
    }

    [Fact]
    public async Task Plain_rooms_carry_text_emotes_and_whispers_and_mark_envelopes()
    {
        await using var server = await RunningServer.StartAsync("--Limits:RateLimit=false");
        await using var alice = await Guest.JoinAsync(server, "alice", RoomAccess.Plain("lobby"));
        await using var bob = await Guest.JoinAsync(server, "bob", RoomAccess.Plain("lobby"));
        await bob.SayAsync("/not a command");
        var heard = await alice.HearAsync();
        Assert.Equal(("/not a command", false), (heard.Text, heard.Encrypted));
        await bob.Room.EmoteAsync("waves", Stop);
        var wave = await alice.HearAsync();
        Assert.Equal((true, "waves", "bob"), (wave.Emote, wave.Text, wave.Nick));
        await bob.Room.WhisperAsync(bob.Room.Members.Single(member => member.Nick == "alice"), "psst", Stop);
        var whisper = await alice.HearAsync();
        Assert.Equal((true, "psst", "bob"), (whisper.Whisper, whisper.Text, whisper.Nick));
        await bob.SayAsync("E2EE:looks sealed");
        Assert.StartsWith("E2EE:", (await alice.HearAsync()).Text.TrimStart(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_taken_name_is_refused_with_its_code()
    {
        await using var server = await RunningServer.StartAsync();
        await using var alice = await Guest.JoinAsync(server, "alice", RoomAccess.Plain("lobby"));
        var refused = await Assert.ThrowsAsync<JoinRefusedException>(() =>
            Guest.JoinAsync(server, "ALICE", RoomAccess.Plain("lobby"))
        );
        Assert.Equal("nick_taken", refused.Code);
    }

    [Fact]
    public async Task Forty_messages_at_once_are_all_acknowledged_and_arrive_in_order_whatever_the_servers_limits()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(56));
        await using var server = await RunningServer.StartAsync(clock);
        await using var bob = await Guest.JoinAsync(server, "bob", RoomAccess.Plain("lobby"));
        await using var alice = await Guest.JoinAsync(new Uri(server.Url), "alice", RoomAccess.Plain("lobby"), clock);
        var before = clock.GetUtcNow();
        var texts = Enumerable.Range(1, 40).Select(i => new string('x', i % 3 * 300) + i).ToList();
        var said = Task.WhenAll(texts.Select(alice.SayAsync));
        await clock.RunAsync(TimeSpan.FromMilliseconds(100), said);
        var ids = await said;
        Assert.True(clock.GetUtcNow() - before > TimeSpan.FromSeconds(5)); // so there were refusals
        var heard = new List<Message>();
        while (heard.Count < texts.Count)
        {
            heard.Add(await bob.HearAsync());
        }
        Assert.Equal(texts, heard.Select(message => message.Text));
        Assert.Equal(ids, heard.Select(message => message.Id));
    }

    [Fact]
    public async Task One_connection_serves_several_rooms()
    {
        await using var server = await RunningServer.StartAsync();
        await using var alice = await Guest.JoinAsync(server, "alice", RoomAccess.Plain("one"));
        await using var bob = await Guest.JoinAsync(server, "bob", RoomAccess.Plain("two"));
        var two = await alice.Client.JoinAsync(RoomAccess.Plain("two"), Stop);
        await two.SendAsync("from next door", stop: Stop);
        Assert.Equal("from next door", (await bob.HearAsync()).Text);
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            alice.Client.JoinAsync(RoomAccess.Plain("two"), Stop)
        );
        two.Leave();
        await bob.NextAsync<MemberLeft>();
        await Assert.ThrowsAsync<RoomClosedException>(() => two.SendAsync("gone", stop: Stop));
        await alice.SayAsync("still here");
    }

    [Fact]
    public async Task What_is_unacknowledged_when_the_client_is_closed_fails()
    {
        await using var server = await RunningServer.StartAsync();
        var alice = await Guest.JoinAsync(server, "alice", RoomAccess.Plain("lobby"));
        await server.StopAsync();
        await alice.NextAsync<Disconnected>();
        var said = alice.SayAsync("never");
        await alice.DisposeAsync();
        await Assert.ThrowsAsync<ConnectionEndedException>(() => said);
        Assert.IsType<ConnectionEndedException>((await alice.NextAsync<RoomClosed>()).Reason);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_said_at_once()
    {
        await using var server = await RunningServer.StartAsync();
        await server.StopAsync();
        var options = new ChatOptions { Server = new Uri(server.Url), Nick = "alice" };
        await Assert.ThrowsAsync<ConnectFailedException>(() => ChatClient.ConnectAsync(options, Stop));
    }

    [Theory]
    [InlineData("https://chat.example/", "wss://chat.example/chat-ws")]
    [InlineData("http://chat.example:8080/sub/?x#y", "ws://chat.example:8080/sub/chat-ws")]
    [InlineData("wss://chat.example/chat-ws", "wss://chat.example/chat-ws")]
    public void The_WebSocket_is_found_from_the_servers_page(string page, string socket) =>
        Assert.Equal(new Uri(socket), new ChatOptions { Server = new Uri(page), Nick = "a" }.Endpoint);
}
