using System.Text.Json;
using HCChat.Client;
using HCChat.Crypto;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Client;

/// <summary>What is said and not acknowledged goes out again after a restart: the same bytes, in the same order.</summary>
public sealed class OutboxRestartTests : IAsyncLifetime
{
    private readonly ScriptedServer _server = new();
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UnixEpoch.AddYears(56));
    private readonly string _folder = Directory.CreateTempSubdirectory("hcchat-test-").FullName;
    private readonly List<Guest> _guests = [];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync(); // first: it would not answer a polite close, and the test's clock stands still
        foreach (var guest in _guests)
        {
            await guest.DisposeAsync();
        }
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task In_an_encrypted_room_envelopes_alone_are_kept_and_the_next_run_sends_them_first()
    {
        using var link = InviteLink.NewRoom(_server.Url);
        var alice = await JoinAsync(RoomAccess.ByLink(link));
        var one = alice.SayAsync("canary one");
        var two = alice.SayAsync("canary two");
        var sent = await _server.HearAsync("chat");
        await EndAsync(alice);
        await Assert.ThrowsAsync<ConnectionEndedException>(() => one);
        await Assert.ThrowsAsync<ConnectionEndedException>(() => two);
        Assert.All(Files(), file => Assert.DoesNotContain("canary", File.ReadAllText(file), StringComparison.Ordinal));

        var again = await JoinAsync(RoomAccess.ByLink(link));
        var three = again.SayAsync("canary three");
        var first = await _server.HearAsync("chat");
        Assert.Equal(sent.GetRawText(), first.GetRawText());
        await AcknowledgeAsync(first, link.Channel);
        var second = await _server.HearAsync("chat");
        await AcknowledgeAsync(second, link.Channel);
        var third = await _server.HearAsync("chat");
        Assert.False(three.IsCompleted);
        await AcknowledgeAsync(third, link.Channel);
        Assert.Equal(await three, third.GetProperty("mid").GetString());
        await EndAsync(again);
        Assert.Empty(Files());
    }

    [Fact]
    public async Task What_was_acknowledged_is_not_sent_again_and_what_is_refused_for_good_is_told()
    {
        var alice = await JoinAsync(RoomAccess.Plain("lobby"));
        var one = alice.SayAsync("one");
        var two = alice.SayAsync("two");
        await AcknowledgeAsync(await _server.HearAsync("chat"), "lobby");
        await one;
        Assert.Equal("two", (await _server.HearAsync("chat")).GetProperty("text").GetString());
        await EndAsync(alice);
        await Assert.ThrowsAsync<ConnectionEndedException>(() => two);

        var again = await JoinAsync(RoomAccess.Plain("lobby"));
        var left = await _server.HearAsync("chat");
        Assert.Equal("two", left.GetProperty("text").GetString());
        await _server.SayAsync(
            new
            {
                cmd = "nack",
                channel = "lobby",
                mid = left.GetProperty("mid").GetString(),
                code = "conflict",
                text = "Used before.",
            }
        );
        Assert.Equal("conflict", (await again.NextAsync<NoticeReceived>()).Code);
        await EndAsync(again);
        Assert.Empty(Files());
    }

    [Fact]
    public async Task A_damaged_outbox_is_told_and_what_can_be_read_of_it_is_sent()
    {
        var alice = await JoinAsync(RoomAccess.Plain("lobby"));
        var said = alice.SayAsync("survives");
        await _server.HearAsync("chat");
        await EndAsync(alice);
        await Assert.ThrowsAsync<ConnectionEndedException>(() => said);
        await File.AppendAllTextAsync(Assert.Single(Files()), "+ rub", TestContext.Current.CancellationToken);

        var again = await JoinAsync(RoomAccess.Plain("lobby"));
        Assert.Equal("outbox_damaged", (await again.NextAsync<NoticeReceived>()).Code);
        var left = await _server.HearAsync("chat");
        Assert.Equal("survives", left.GetProperty("text").GetString());
    }

    [Fact]
    public async Task A_message_that_is_taken_back_is_taken_out_of_the_store_too()
    {
        var alice = await JoinAsync(RoomAccess.Plain("lobby"));
        using var patience = new CancellationTokenSource();
        var said = alice.Room.SendAsync("never mind", stop: patience.Token);
        await _server.HearAsync("chat");
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => said);
        await EndAsync(alice);
        Assert.Empty(Files());
    }

    private string[] Files() => Directory.GetFiles(_folder, "*", SearchOption.AllDirectories);

    private async Task<Guest> JoinAsync(RoomAccess access)
    {
        var joining = Guest.JoinAsync(
            _server.Url,
            "alice",
            access,
            _clock,
            options => options with { Outbox = room => new FileOutboxStore(_folder, room, _clock) }
        );
        await _server.AcceptAsync();
        await _server.GreetAsync();
        await _server.AdmitAsync();
        _guests.Add(await joining);
        return _guests[^1];
    }

    private async Task EndAsync(Guest guest)
    {
        await _server.CloseAsync(4009); // a politer end would wait for the test's clock
        await guest.NextAsync<RoomClosed>();
    }

    private Task AcknowledgeAsync(JsonElement chat, string channel) =>
        _server.SayAsync(
            new
            {
                cmd = "ack",
                channel,
                mid = chat.GetProperty("mid").GetString(),
            }
        );
}
