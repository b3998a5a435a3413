using HCChat.Client;
using HCChat.Crypto;

namespace HCChat.Tests.Client;

/// <summary>Whispers that waited while somebody was away, with the real server: all of them, in order, once.</summary>
public sealed class InboxTests : IAsyncLifetime
{
    private const int Waiting = 450; // more than two pages

    private RunningServer _server = null!;
    private InviteLink _link = null!;
    private Guest _alice = null!;
    private Relay _relay = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await RunningServer.StartAsync("--Limits:RateLimit=false");
        _relay = new Relay(_server.Url);
        _link = InviteLink.NewRoom(new Uri(_server.Url));
        _alice = await Guest.JoinAsync(_server, "alice", RoomAccess.ByLink(_link));
    }

    public async ValueTask DisposeAsync()
    {
        await _alice.DisposeAsync();
        await _relay.DisposeAsync();
        await _server.DisposeAsync();
        _link.Dispose();
    }

    [Fact]
    public async Task More_than_a_page_of_them_comes_whole()
    {
        await WhisperAsync(await BobWasHereAsync(), 0, Waiting);
        await using var bob = await BobAsync();
        await HearAsync(bob, 0, Waiting);
        await _alice.SayAsync("end");
        Assert.Equal("end", (await bob.HearAsync()).Text);
    }

    [Fact]
    public async Task What_is_whispered_while_they_are_read_comes_behind_them()
    {
        var to = await BobWasHereAsync();
        await WhisperAsync(to, 0, Waiting);
        var more = WhisperAsync(to, Waiting, 100);
        await using var bob = await BobAsync();
        await HearAsync(bob, 0, Waiting + 100);
        await more;
    }

    [Fact]
    public async Task Lost_connections_while_they_are_read_lose_and_repeat_nothing()
    {
        var to = await BobWasHereAsync();
        await WhisperAsync(to, 0, Waiting);
        await using var bob = await BobAsync();
        var more = WhisperAsync(to, Waiting, 300);
        for (var i = 0; i < 5; i++)
        {
            await HearAsync(bob, i * 100, 100);
            _relay.Cut();
        }
        await HearAsync(bob, 500, Waiting + 300 - 500);
        await more;
    }

    /// <summary>Bob with a trip, by which the server knows whose the whispers are; he has left.</summary>
    private async Task<Member> BobWasHereAsync()
    {
        await using var bob = await BobAsync();
        return (await _alice.NextAsync<MemberJoined>()).Member;
    }

    private Task<Guest> BobAsync() =>
        Guest.JoinAsync(
            _relay.Url,
            "bob",
            RoomAccess.ByLink(_link),
            TimeProvider.System,
            options => options with { TripPassword = "password of bob" }
        );

    private Task<string[]> WhisperAsync(Member to, int first, int count) =>
        Task.WhenAll(Enumerable.Range(first, count).Select(i => _alice.Room.WhisperAsync(to, $"{i}", Stop)));

    private static async Task HearAsync(Guest bob, int first, int count)
    {
        for (var i = first; i < first + count; i++)
        {
            var heard = await bob.HearAsync();
            Assert.Equal(($"{i}", true), (heard.Text, heard.Whisper));
        }
    }
}
