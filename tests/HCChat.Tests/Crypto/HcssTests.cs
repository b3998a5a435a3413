using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HCChat.Crypto;

namespace HCChat.Tests.Crypto;

/// <summary>spec/vectors/hcss-vectors.json: the HChat app's files, made with node:crypto.</summary>
public sealed class HcssTests
{
    public static TheoryData<string> Bad => [.. Vectors.Hcss.In("bad").Select(test => test.Str("name"))];

    [Fact]
    public async Task Files_of_the_app_are_read()
    {
        foreach (var test in Vectors.Hcss.In("good"))
        {
            using var room = new LegacyEnvelope(test.Str("passphrase"), "lobby");
            using var plain = new MemoryStream();
            await room.DecryptFileAsync(Object(test), plain, TestContext.Current.CancellationToken);
            Assert.Equal(Vectors.Pattern(test.Int("size")), plain.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task A_bad_file_gets_the_code_of_the_vectors_and_shows_nothing_that_is_not_verified(string name)
    {
        var test = Vectors.Hcss.In("bad").Single(candidate => candidate.Str("name") == name);
        using var plain = new MemoryStream();
        var refused = await Assert.ThrowsAsync<E2eeException>(() =>
            DecryptAsync(Vectors.Hcss.Str("badPassphrase"), test, plain)
        );
        Assert.Equal(test.Str("expect"), refused.Code);
        Assert.True(Vectors.Pattern(10000).AsSpan().StartsWith(plain.ToArray()));
    }

    [Fact]
    public async Task Another_passphrase_opens_nothing()
    {
        var test = Vectors.Hcss.In("good").Last();
        using var plain = new MemoryStream();
        var refused = await Assert.ThrowsAsync<E2eeException>(() => DecryptAsync("another horse", test, plain));
        Assert.Equal(("E_AUTH", 0), (refused.Code, plain.Length));
    }

    private static async Task DecryptAsync(string passphrase, JsonElement test, Stream plain)
    {
        using var key = new Secret(SHA256.HashData(Encoding.UTF8.GetBytes(passphrase)));
        await HcssFile.DecryptAsync(Object(test), plain, key, TestContext.Current.CancellationToken);
    }

    private static MemoryStream Object(JsonElement test) =>
        new([
            .. test.In("object").SelectMany(i => Vectors.Hcss.GetProperty("pieces")[i.GetInt32()].GetBytesFromBase64()),
        ]);
}
