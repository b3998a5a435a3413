using System.Text.Json;
using HCChat.Client;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Client;

public sealed class PacingTests : IAsyncLifetime
{
    private readonly ScriptedServer _server = new();
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UnixEpoch.AddYears(56));

    private Guest? _alice;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync(); // first: it would not answer a polite close, and the test's clock stands still
        await _alice!.DisposeAsync();
    }

    [Theory]
    [InlineData("rate")]
    [InlineData("limited")]
    [InlineData("unavailable")]
    [InlineData("storage_full")]
    public async Task A_message_refused_for_now_is_repeated_after_the_time_told_before_the_next_one(string code)
    {
        var alice = await JoinAsync();
        var one = alice.SayAsync("one");
        var two = alice.SayAsync("two");
        var mid = Mid(await _server.HearAsync("chat"));
        var refusedAt = _clock.GetUtcNow();
        await RefuseAsync(mid, code, retryAfterMs: 4_000);
        var again = await HearWhileTimePassesAsync();
        Assert.Equal(("one", mid), (again.GetProperty("text").GetString(), Mid(again)));
        Assert.True(_clock.GetUtcNow() - refusedAt > TimeSpan.FromSeconds(4));
        Assert.False(one.IsCompleted || two.IsCompleted);
        await AcknowledgeAsync(mid);
        Assert.Equal(mid, await one);
        var next = await HearWhileTimePassesAsync();
        Assert.Equal("two", next.GetProperty("text").GetString());
        Assert.True(_clock.GetUtcNow() - refusedAt >= TimeSpan.FromSeconds(4.5)); // two a second from then on
        await AcknowledgeAsync(Mid(next));
        Assert.Equal(Mid(next), await two);
    }

    [Theory]
    [InlineData("muted")]
    [InlineData("conflict")]
    [InlineData("forbidden")]
    [InlineData("not_found")]
    [InlineData("too_big")]
    public async Task A_message_refused_for_good_fails_and_the_next_one_goes(string code)
    {
        var alice = await JoinAsync();
        var one = alice.SayAsync("one");
        var two = alice.SayAsync("two");
        await RefuseAsync(Mid(await _server.HearAsync("chat")), code, retryAfterMs: 4_000);
        Assert.Equal(code, (await Assert.ThrowsAsync<MessageRefusedException>(() => one)).Code);
        await AcknowledgeAsync(Mid(await _server.HearAsync("chat")));
        await two;
    }

    [Fact]
    public async Task A_message_that_nobody_waits_for_any_more_is_not_repeated()
    {
        var alice = await JoinAsync();
        using var patience = new CancellationTokenSource();
        var one = alice.Room.SendAsync("one", stop: patience.Token);
        var two = alice.SayAsync("two");
        await RefuseAsync(Mid(await _server.HearAsync("chat")), "rate", retryAfterMs: 4_000);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
        var next = await HearWhileTimePassesAsync();
        Assert.Equal("two", next.GetProperty("text").GetString());
        await AcknowledgeAsync(Mid(next));
        await two;
    }

    private static string Mid(JsonElement frame) => frame.GetProperty("mid").GetString()!;

    private async Task<Guest> JoinAsync()
    {
        var joining = Guest.JoinAsync(_server.Url, "alice", RoomAccess.Plain("lobby"), _clock);
        await _server.AcceptAsync();
        await _server.GreetAsync();
        await _server.AdmitAsync();
        return _alice = await joining;
    }

    private async Task<JsonElement> HearWhileTimePassesAsync()
    {
        var hearing = _server.HearAsync("chat");
        await _clock.RunAsync(TimeSpan.FromMilliseconds(100), hearing);
        return await hearing;
    }

    private Task AcknowledgeAsync(string mid) =>
        _server.SayAsync(
            new
            {
                cmd = "ack",
                mid,
                channel = "lobby",
            }
        );

    private Task RefuseAsync(string mid, string code, int retryAfterMs) =>
        _server.SayAsync(
            new
            {
                cmd = "nack",
                mid,
                channel = "lobby",
                code,
                text = "Not now.",
                retryAfterMs,
            }
        );
}
