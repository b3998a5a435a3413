using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using HCChat.Server.Identities;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Identities;

/// <summary>What a page brings home from a login elsewhere.</summary>
public sealed class LoginCodeTests
{
    private static readonly string s_verifier = new('v', 43);
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_code_is_good_once_for_a_minute_and_with_the_secret_of_its_page()
    {
        var codes = new LoginCodes(_time);
        var code = codes.Add("ann", Challenge(s_verifier));
        _time.Advance(LoginCodes.Lifetime);
        Assert.Equal("ann", codes.Take(code, s_verifier));
        Assert.Null(codes.Take(code, s_verifier));
        code = codes.Add("ann", Challenge(s_verifier));
        _time.Advance(LoginCodes.Lifetime + TimeSpan.FromMilliseconds(1));
        Assert.Null(codes.Take(code, s_verifier));
        code = codes.Add("ann", Challenge(s_verifier));
        Assert.Null(codes.Take(code, new string('w', 43)));
        Assert.Null(codes.Take(code, s_verifier));
    }

    [Fact]
    public void A_verifier_that_could_be_guessed_is_not_taken()
    {
        var codes = new LoginCodes(_time);
        foreach (var verifier in new[] { "", "short", new string('v', 42), new string('v', 129) })
        {
            Assert.Null(codes.Take(codes.Add("ann", Challenge(verifier)), verifier));
        }
    }

    [Fact]
    public void Codes_that_nobody_fetches_do_not_pile_up()
    {
        var codes = new LoginCodes(_time);
        var first = codes.Add("first", Challenge(s_verifier));
        var second = codes.Add("second", Challenge(s_verifier));
        for (var i = 0; i < 9_999; i++)
        {
            codes.Add("other", Challenge(s_verifier));
        }
        Assert.Null(codes.Take(first, s_verifier));
        Assert.Equal("second", codes.Take(second, s_verifier));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU", true)]
    [InlineData("47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuF", false)]
    [InlineData("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", false)]
    public void A_challenge_is_a_hash_in_base64url(string? text, bool isOne) =>
        Assert.Equal(isOne, LoginCodes.IsChallenge(text));

    private static string Challenge(string verifier) =>
        Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(verifier)));
}
