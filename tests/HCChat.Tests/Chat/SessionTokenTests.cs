using System.Security.Cryptography;
using HCChat.Server.Chat;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Chat;

public sealed class SessionTokenTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(56));
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    private SessionTokens Tokens => new(_key, _time);

    [Fact]
    public async Task A_token_says_who_somebody_was_even_after_a_restart()
    {
        var claims = await Tokens.ReadAsync(Issue());
        Assert.NotNull(claims);
        Assert.Equal(("sid", 42L), (claims.SessionId, claims.UserId));
        Assert.Equal([new SessionTokens.Seat("room", "爱丽丝", "Pz6LSM", "d73737")], claims.Seats);
    }

    [Fact]
    public async Task A_token_is_good_for_seven_days()
    {
        var token = Issue();
        _time.Advance(TimeSpan.FromDays(6.9));
        Assert.NotNull(await Tokens.ReadAsync(token));
        _time.Advance(TimeSpan.FromDays(0.2));
        Assert.Null(await Tokens.ReadAsync(token));
    }

    [Fact]
    public async Task A_revoked_session_is_over()
    {
        var tokens = Tokens;
        tokens.Revoke("sid");
        Assert.Null(await tokens.ReadAsync(Issue()));
    }

    [Fact]
    public async Task A_token_of_another_server_is_refused() =>
        Assert.Null(await new SessionTokens(RandomNumberGenerator.GetBytes(32), _time).ReadAsync(Issue()));

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("a.b.c")]
    [InlineData("eyJhbGciOiJub25lIn0.eyJzaWQiOiJzaWQifQ.")]
    public async Task Rubbish_is_refused(string token) => Assert.Null(await Tokens.ReadAsync(token));

    [Fact]
    public async Task No_changed_character_is_overlooked()
    {
        var token = Issue();
        for (var i = 0; i < token.Length - 1; i++)
        {
            var changed = token[..i] + (token[i] == 'A' ? 'B' : 'A') + token[(i + 1)..];
            Assert.Null(await Tokens.ReadAsync(changed));
        }
    }

    private string Issue() =>
        Tokens.Issue(
            new SessionTokens.Claims("sid", 42, [new SessionTokens.Seat("room", "爱丽丝", "Pz6LSM", "d73737")])
        );
}
