using HCChat.Server.Calls;
using HCChat.Server.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Calls;

/// <summary>Names and passwords for relays, as coturn's <c>use-auth-secret</c> reads them.</summary>
public sealed class TurnCredentialTests
{
    private static readonly FakeTimeProvider s_time = new(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));

    [Fact]
    public void A_name_ends_in_ten_minutes_and_the_password_is_its_hmac()
    {
        var options = new TurnOptions
        {
            Urls = "turn:relay.example:3478,turns:relay.example:443?transport=tcp",
            Secret = "north-of-nowhere",
        };
        var server = Assert.Single(new TurnCredentials(options, s_time).Issue());
        Assert.Equal(["turn:relay.example:3478", "turns:relay.example:443?transport=tcp"], server.Urls);
        var parts = server.Username.Split(':');
        Assert.Equal("1800000600", parts[0]);
        Assert.Equal(16, parts[1].Length);
        Assert.Equal(Hmac("north-of-nowhere", server.Username), server.Credential);
    }

    [Fact]
    public void Two_people_have_no_name_in_common()
    {
        var turn = new TurnCredentials(new TurnOptions { Urls = "turn:a", Secret = "s" }, s_time);
        Assert.NotEqual(turn.Issue()[0].Username, turn.Issue()[0].Username);
    }

    [Fact]
    public void While_the_secret_is_exchanged_either_is_offered()
    {
        var options = new TurnOptions
        {
            Urls = "turn:relay.example",
            Secret = "new",
            PreviousSecret = "old",
        };
        Assert.Equal(
            ["new", "old"],
            new TurnCredentials(options, s_time)
                .Issue()
                .Select(s =>
                    s.Credential == Hmac("new", s.Username) ? "new"
                    : s.Credential == Hmac("old", s.Username) ? "old"
                    : "?"
                )
        );
    }

    [Fact]
    public void What_only_tells_addresses_needs_no_password()
    {
        var servers = new TurnCredentials(new TurnOptions { Urls = "stun:a,turn:b", Secret = "s" }, s_time).Issue();
        Assert.Equal(["stun:a"], servers[0].Urls);
        Assert.Empty(servers[0].Credential);
        Assert.Equal(["turn:b"], servers[1].Urls);
    }

    [Fact]
    public void Without_relays_there_is_nothing() =>
        Assert.Empty(new TurnCredentials(new TurnOptions(), s_time).Issue());

    // The pinned pair is what `printf 1800000600:x | openssl dgst -sha1 -hmac secret -binary | base64` says.
    [Fact]
    public void The_hmac_is_the_one_that_openssl_makes() =>
        Assert.Equal("MKP2nCp6BC+F+67uuuozm01chmI=", Hmac("secret", "1800000600:x"));

#pragma warning disable CA5350 // What relays expect.
    private static string Hmac(string secret, string name) =>
        Convert.ToBase64String(
            System.Security.Cryptography.HMACSHA1.HashData(
                System.Text.Encoding.UTF8.GetBytes(secret),
                System.Text.Encoding.UTF8.GetBytes(name)
            )
        );
#pragma warning restore CA5350
}
