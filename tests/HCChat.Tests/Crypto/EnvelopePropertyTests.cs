using System.Text;
using CsCheck;
using HCChat.Crypto;

namespace HCChat.Tests.Crypto;

public sealed class EnvelopePropertyTests
{
    private static readonly RoomKeys Keys = new(new Secret(Vectors.Pattern(32)), "lobby");
    private static readonly KeyRing Ring = new(Keys);

    [Fact]
    public void Whatever_is_sealed_opens_to_the_same_bytes() =>
        Gen
            .Byte.Array[0, 5_000]
            .Sample(
                content => content.SequenceEqual(Envelope.Open(Envelope.Seal(Keys, content), Ring, "lobby").Content),
                iter: 500
            );

    [Fact]
    public void The_length_of_an_envelope_tells_the_bucket_only()
    {
        foreach (
            var (content, text) in new[]
            {
                (0, 593),
                (255, 593),
                (256, 1045),
                (1023, 1957),
                (2047, 3777),
                (4095, 7417),
                (32_767, 58_389),
            }
        )
        {
            Assert.Equal(text, Envelope.Seal(Keys, new byte[content]).Length);
        }
        Assert.Equal("E_LIMIT", Assert.Throws<E2eeException>(() => Envelope.Seal(Keys, new byte[32_768])).Code);
    }

    [Fact]
    public void Every_single_bit_flip_of_the_text_is_refused_with_a_code()
    {
        var text = Envelope.Seal(Keys, "{}"u8);
        foreach (var flipped in Flips(text))
        {
            AssertRefused(() => Envelope.Open(flipped, Ring, "lobby"));
        }
    }

    [Fact]
    public void Every_single_bit_flip_inside_the_base64_is_refused_with_a_code()
    {
        var json = Encoding.ASCII.GetString(Convert.FromBase64String(Envelope.Seal(Keys, "{}"u8)[5..]));
        foreach (var flipped in Flips(json))
        {
            var text = "E2EE:" + Convert.ToBase64String(Encoding.Latin1.GetBytes(flipped));
            AssertRefused(() => Envelope.Open(text, Ring, "lobby"));
        }
    }

    [Fact]
    public void Garbage_gives_a_code_and_nothing_else()
    {
        var member = OneOf("v", "alg", "kid", "iv", "ct", "x", "\\ud800");
        var value = Gen.OneOf(
            OneOf(
                "2",
                "1",
                "2.0",
                "1e400",
                "-1",
                "null",
                "true",
                "[]",
                "{}",
                "\"\\ud800\"",
                "\"AES-GCM\"",
                "\"AES-GCM.Ed25519\"",
                $"\"{Keys.Kid}\""
            ),
            Gen.Byte.Array[0, 60].Select(bytes => $"\"{Convert.ToBase64String(bytes)}\"")
        );
        var json = Gen.Select(member, value, (name, content) => $"\"{name}\":{content}")
            .Array[0, 6]
            .Select(members => "{" + string.Join(',', members) + "}");
        Gen.OneOf(
                Gen.String,
                Gen.String.Select(text => "E2EE:" + text),
                Gen.Byte.Array[0, 200].Select(bytes => "E2EE:" + Convert.ToBase64String(bytes)),
                json.Select(text => "E2EE:" + Convert.ToBase64String(Encoding.UTF8.GetBytes(text)))
            )
            .Sample(text => AssertRefused(() => Envelope.Open(text, Ring, "lobby")), iter: 20_000);
    }

    [Theory]
    [InlineData("""{"v":2,"v":2}""", "E_FORMAT")]
    [InlineData("""{"alg":"AES-GCM"}""", "E_FORMAT")]
    [InlineData("""{"v":"2"}""", "E_FORMAT")]
    [InlineData("""{"v":3}""", "E_VERSION")]
    [InlineData("""{"v":2,"alg":"megolm.v1"}""", "E_ALG")]
    [InlineData("""{"v":2,"alg":"AES-GCM","kid":"AAAAAAAAAAA"}""", "E_KEY_UNKNOWN")]
    [InlineData("""[2]""", "E_FORMAT")]
    [InlineData("""{"\ud800":1,"v":2}""", "E_FORMAT")]
    [InlineData("""{"v":2,"alg":"\ud800"}""", "E_FORMAT")]
    public void Each_fault_has_its_code(string json, string code)
    {
        var text = "E2EE:" + Convert.ToBase64String(Encoding.UTF8.GetBytes(json));
        Assert.Equal(code, Assert.Throws<E2eeException>(() => Envelope.Open(text, Ring, "lobby")).Code);
    }

    [Fact]
    public void Base64_may_lack_its_padding_and_nothing_else()
    {
        var text = Envelope.Seal(Keys, "{}"u8);
        Assert.Equal("{}", Vectors.Utf8(Envelope.Open(text.TrimEnd('='), Ring, "lobby").Content));
        foreach (var bad in new[] { text + "=", text + "\n", text.Insert(9, " "), text[..^2] + "-_" })
        {
            Assert.Equal("E_FORMAT", Assert.Throws<E2eeException>(() => Envelope.Open(bad, Ring, "lobby")).Code);
        }
    }

    private static Gen<string> OneOf(params string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static IEnumerable<string> Flips(string text) =>
        from at in Enumerable.Range(0, text.Length)
        from bit in Enumerable.Range(0, 8)
        select $"{text[..at]}{(char)(text[at] ^ (1 << bit))}{text[(at + 1)..]}";

    private static void AssertRefused(Action open) => Assert.StartsWith("E_", Assert.Throws<E2eeException>(open).Code);
}
