using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using HCChat.Rtc;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Calls;

/// <summary>Tokens of LiveKit's kind: what is taken, and all that is not.</summary>
public sealed class AccessTokenTests
{
    private const string Secret = "a secret that is long enough for it";
    private static readonly DateTimeOffset s_now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
    private static readonly FakeTimeProvider s_time = new(s_now);
    private static readonly AccessToken s_tokens = new("hcchat", Secret, s_time);
    private static readonly Grant s_grant = new(
        "hc_room",
        "p_ann",
        "ann",
        "{}",
        true,
        true,
        false,
        s_now.AddMinutes(10)
    );

    [Fact]
    public async Task What_was_granted_is_read_again() =>
        Assert.Equal(s_grant, await s_tokens.VerifyAsync(s_tokens.Issue(s_grant)));

    [Fact]
    public void A_secret_that_can_be_guessed_is_none() =>
        Assert.Throws<ArgumentException>(() => new AccessToken("hcchat", "devkey", s_time));

    [Theory]
    [InlineData("""{"alg":"none"}""", "{}", "")]
    [InlineData("""{"alg":"HS512","typ":"JWT"}""", "{}", null)]
    [InlineData("""{"alg":"RS256","typ":"JWT"}""", "{}", null)]
    [InlineData(null, """{"iss":"another"}""", null)]
    [InlineData(null, """{"iss":null}""", null)]
    [InlineData(null, """{"exp":1799999900}""", null)]
    [InlineData(null, """{"exp":null}""", null)]
    [InlineData(null, """{"nbf":1800000100}""", null)]
    [InlineData(null, """{"sub":null}""", null)]
    [InlineData(null, """{"sub":""}""", null)]
    [InlineData(null, """{"video":null}""", null)]
    [InlineData(null, """{"video":"room"}""", null)]
    [InlineData(null, """{"video":{"room":"hc_room"}}""", null)]
    [InlineData(null, """{"video":{"roomJoin":false,"room":"hc_room"}}""", null)]
    [InlineData(null, """{"video":{"roomJoin":true,"room":""}}""", null)]
    [InlineData(null, """{"video":{"roomJoin":"yes","room":"hc_room"}}""", null)]
    public async Task A_forged_one_is_refused(string? header, string changes, string? signature)
    {
        var claims = JsonNode
            .Parse(
                """{"iss":"hcchat","sub":"p_ann","nbf":1800000000,"exp":1800000600,"video":{"roomJoin":true,"room":"hc_room"}}"""
            )!
            .AsObject();
        // The unchanged one is good: each case fails for its own reason.
        Assert.NotNull(await s_tokens.VerifyAsync(Forge(null, claims, null)));
        foreach (var (name, value) in JsonNode.Parse(changes)!.AsObject())
        {
            claims[name] = value?.DeepClone();
        }
        foreach (var gone in claims.Where(c => c.Value is null).Select(c => c.Key).ToList())
        {
            claims.Remove(gone);
        }
        Assert.Null(await s_tokens.VerifyAsync(Forge(header, claims, signature)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("a.b.c")]
    [InlineData("....")]
    public async Task Rubbish_is_refused(string rubbish) => Assert.Null(await s_tokens.VerifyAsync(rubbish));

    [Fact]
    public async Task One_of_another_secret_is_refused()
    {
        var other = new AccessToken("hcchat", "another secret that is long enough", s_time);
        Assert.Null(await s_tokens.VerifyAsync(other.Issue(s_grant)));
    }

    [Fact]
    public async Task A_token_for_managing_a_call_does_not_enter_it() =>
        Assert.Null(await s_tokens.VerifyAsync(s_tokens.IssueForService("hc_room")));

    [Fact]
    public async Task A_webhook_is_taken_with_the_hash_of_its_body_alone()
    {
        var body = """{"event":"participant_joined","room":{"name":"hc_room"}}"""u8.ToArray();
        var hash = SHA256.HashData(body);
        Assert.Equal(hash, await s_tokens.VerifyWebhookAsync(Hook(Convert.ToBase64String(hash))));
        Assert.NotEqual(hash, await s_tokens.VerifyWebhookAsync(Hook("AAAA")));
        Assert.Empty((await s_tokens.VerifyWebhookAsync(Hook("")))!);
        Assert.Null(await s_tokens.VerifyWebhookAsync(Hook(new string('A', 200))));
        Assert.Null(await s_tokens.VerifyWebhookAsync(s_tokens.Issue(s_grant)));
        Assert.Null(await s_tokens.VerifyWebhookAsync(""));
    }

    private static string Hook(string hash) =>
        Forge(
            null,
            new JsonObject
            {
                ["iss"] = "hcchat",
                ["nbf"] = s_now.ToUnixTimeSeconds(),
                ["exp"] = s_now.AddMinutes(5).ToUnixTimeSeconds(),
                ["sha256"] = hash,
            },
            null
        );

    private static string Forge(string? header, JsonObject claims, string? signature)
    {
        var said = $"{Encode(header ?? """{"alg":"HS256","typ":"JWT"}""")}.{Encode(claims.ToJsonString())}";
        var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes(said));
        return $"{said}.{signature ?? Base64Url.EncodeToString(mac)}";
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
