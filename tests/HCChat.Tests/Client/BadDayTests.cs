using HCChat.Client;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Client;

public sealed class BadDayTests : IAsyncLifetime
{
    private readonly ScriptedServer _server = new();
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UnixEpoch.AddYears(56));

    private Guest? _alice;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync(); // first: it would not answer a polite close, and the test's clock stands still
        await _alice!.DisposeAsync();
    }

    [Fact]
    public async Task A_server_that_falls_silent_is_pinged_and_then_left()
    {
        var alice = await JoinAsync(RoomAccess.Plain("lobby"));
        for (var i = 0; i < 2; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(20));
            await _server.HearAsync("ping");
        }
        _clock.Advance(TimeSpan.FromSeconds(20));
        await alice.NextAsync<Disconnected>();
    }

    [Theory]
    [InlineData(4009)]
    [InlineData(4011)]
    [InlineData(4403)]
    public async Task A_final_close_code_ends_the_room_and_what_waits_in_it(int code)
    {
        var alice = await JoinAsync(RoomAccess.Plain("lobby"));
        var said = alice.SayAsync("anybody?");
        await _server.HearAsync("chat");
        await _server.CloseAsync(code);
        Assert.Equal(code, (await Assert.ThrowsAsync<ConnectionEndedException>(() => said)).CloseCode);
        Assert.IsType<ConnectionEndedException>((await alice.NextAsync<RoomClosed>()).Reason);
        await Assert.ThrowsAsync<ConnectionEndedException>(() =>
            alice.Client.JoinAsync(RoomAccess.Plain("other"), Stop)
        );
    }

    [Fact]
    public async Task The_time_that_the_server_names_is_waited_and_the_message_is_repeated_under_the_same_id_and_token()
    {
        var alice = await JoinAsync(RoomAccess.Plain("lobby"));
        var said = alice.SayAsync("anybody?");
        var mid = (await _server.HearAsync("chat")).GetProperty("mid").GetString();
        await _server.SayAsync(
            new
            {
                cmd = "reconnect",
                afterMs = 5_000,
                reason = "restart",
            }
        );
        await _server.CloseAsync(1012);
        Assert.InRange(
            (await alice.NextAsync<Disconnected>()).RetryAfter,
            TimeSpan.FromSeconds(5),
            TimeSpan.FromSeconds(5.5)
        );
        await ComeBackAsync();
        await _server.AdmitAsync();
        var again = await _server.HearAsync("chat");
        Assert.Equal(mid, again.GetProperty("mid").GetString());
        await _server.SayAsync(
            new
            {
                cmd = "ack",
                mid,
                channel = "lobby",
            }
        );
        Assert.Equal(mid, await said);
    }

    [Fact]
    public async Task Another_room_salt_after_a_reconnect_closes_the_room()
    {
        var alice = await JoinAsync(RoomAccess.ByPassphrase("lobby", "passphrase"), "AQID");
        await _server.CloseAsync(1012);
        await alice.NextAsync<Disconnected>();
        await ComeBackAsync();
        await _server.AdmitAsync("AQIE");
        Assert.IsType<RoomSaltChangedException>((await alice.NextAsync<RoomClosed>()).Reason);
        await Assert.ThrowsAsync<RoomClosedException>(() => alice.SayAsync("x"));
    }

    [Fact]
    public async Task Whoever_is_removed_by_a_moderator_is_told_and_does_not_come_back()
    {
        var alice = await JoinAsync(RoomAccess.Plain("lobby"));
        await _server.SayAsync(
            new
            {
                cmd = "onlineRemove",
                channel = "lobby",
                userid = 1,
                nick = "alice",
            }
        );
        Assert.IsType<RoomClosedException>((await alice.NextAsync<RoomClosed>()).Reason);
    }

    [Fact]
    public async Task Frames_that_make_no_sense_change_nothing()
    {
        var alice = await JoinAsync(RoomAccess.Plain("lobby"));
        string[] senseless =
        [
            "",
            "nonsense",
            "[]",
            "{}",
            """{"cmd":7}""",
            """{"cmd":"session","channels":[1,null]}""",
            """{"cmd":"chat","channel":"lobby"}""",
            """{"cmd":"chat","channel":"lobby","text":{},"time":"x","userid":1e99}""",
            """{"cmd":"chat","channel":"lobby","text":"\ud800"}""",
            """{"cmd":"onlineAdd","channel":"lobby","userid":"x"}""",
            """{"cmd":"updateUser","channel":"lobby","userid":99}""",
            """{"cmd":"ack","channel":"lobby"}""",
            """{"cmd":"warn","channel":false,"room":"elsewhere"}""",
            """{"cmd":"reconnect","afterMs":-1}""",
        ];
        foreach (var frame in senseless)
        {
            await _server.SayAsync(frame);
        }
        await _server.SayAsync(
            new
            {
                cmd = "chat",
                channel = "lobby",
                nick = "bob",
                userid = 2,
                text = "end",
            }
        );
        await alice.UntilAsync("end");
    }

    private async Task<Guest> JoinAsync(RoomAccess access, string saltB64 = "")
    {
        var joining = Guest.JoinAsync(_server.Url, "alice", access, _clock);
        await _server.AcceptAsync();
        await _server.GreetAsync();
        await _server.AdmitAsync(saltB64);
        return _alice = await joining;
    }

    /// <summary>Lets the pause pass, until somebody knocks, and greets them.</summary>
    private async Task ComeBackAsync()
    {
        await _clock.RunAsync(TimeSpan.FromSeconds(1), _server.AcceptAsync());
        Assert.Equal("t1", (await _server.GreetAsync()).GetProperty("token").GetString());
    }
}
