using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using HCChat.Crypto;

namespace HCChat.Tests.Crypto;

public sealed class StreamVectorTests
{
    private const byte Message = 0;
    private const byte Final = 3;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string> Negatives =>
        [.. Vectors.Get("streamNegative").GetProperty("cases").EnumerateArray().Select(test => test.Str("name"))];

    [Fact]
    public async Task Secretstream_objects_of_the_vectors_decrypt()
    {
        foreach (var expected in Vectors.Each("streams").Concat(Vectors.Each("streamsEmptyFinal")))
        {
            var size = expected.Int("size");
            var emptyFinal = expected.Int("cipherBytes") != size + (17 * Math.Max(1, (size + 65_535) / 65_536));
            var stored = Join(Chunks(expected.Hex("headerHex"), expected.Hex("keyHex"), size, emptyFinal));
            Assert.Equal(expected.Str("sha256"), Hash(stored));
            using var plain = new MemoryStream();
            using var key = new Secret(expected.Hex("keyHex"));
            var header = Convert.FromBase64String(expected.Str("headerB64"));
            await SecretStream.DecryptAsync(
                new MemoryStream(stored),
                plain,
                key,
                header,
                shortMessage: emptyFinal,
                stop: Stop
            );
            Assert.Equal(Vectors.Pattern(size), plain.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Negatives))]
    public async Task A_bad_secretstream_object_gets_the_code_of_the_vectors(string name)
    {
        var negatives = Vectors.Get("streamNegative");
        var test = negatives.GetProperty("cases").EnumerateArray().Single(candidate => candidate.Str("name") == name);
        var op = test.Str("op");
        var stored = Build(negatives, test.Int("size"), op);
        Assert.Equal(test.Int("objectBytes"), stored.Length);
        Assert.Equal(test.Str("objectSha256"), Hash(stored));
        using var key = new Secret(negatives.Hex(op == "wrongKey" ? "wrongKeyHex" : "keyHex"));
        var header = negatives.Hex(op == "wrongHeader" ? "wrongHeaderHex" : "headerHex");
        var code = "OK";
        try
        {
            await SecretStream.DecryptAsync(new MemoryStream(stored), Stream.Null, key, header, stop: Stop);
        }
        catch (E2eeException e)
        {
            code = e.Code;
        }
        Assert.Equal(test.Str("expect"), code);
    }

    [Fact]
    public void All_18_negatives_are_there() => Assert.Equal(18, Negatives.Count);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(200_000)]
    public async Task What_we_encrypt_is_of_the_specified_length_and_decrypts(int size)
    {
        using var key = Secret.Random(32);
        using var stored = new MemoryStream();
        var header = await SecretStream.EncryptAsync(new MemoryStream(Vectors.Pattern(size)), stored, key, Stop);
        Assert.Equal(size + (17 * Math.Max(1, (size + 65_535) / 65_536)), stored.Length);
        stored.Position = 0;
        using var plain = new MemoryStream();
        await SecretStream.DecryptAsync(stored, plain, key, header, stop: Stop);
        Assert.Equal(Vectors.Pattern(size), plain.ToArray());
    }

    [Fact]
    public async Task Seekable_objects_equal_the_vectors_and_decrypt()
    {
        foreach (var expected in Vectors.Each("gcmStream"))
        {
            var pattern = Vectors.Pattern(expected.Int("size"));
            using var key = new Secret(expected.Hex("keyHex"));
            using var stored = new MemoryStream();
            await GcmStream.EncryptAsync(new MemoryStream(pattern), stored, key, expected.Hex("prefixHex"), Stop);
            Assert.Equal(expected.Str("sha256"), Hash(stored.ToArray()));
            using var plain = new MemoryStream();
            await GcmStream.DecryptAsync(
                new MemoryStream(stored.ToArray()),
                plain,
                key,
                expected.Hex("prefixHex"),
                stop: Stop
            );
            Assert.Equal(pattern, plain.ToArray());
        }
    }

    [Theory]
    [InlineData("empty", "E_TRUNCATED")]
    [InlineData("dropLast", "E_TRUNCATED")]
    [InlineData("cut5", "E_AUTH")]
    [InlineData("append20", "E_AUTH")]
    [InlineData("swap01", "E_AUTH")]
    [InlineData("flip140000", "E_AUTH")]
    public async Task A_bad_seekable_object_is_refused(string op, string code)
    {
        using var key = Secret.Random(32);
        using var stored = new MemoryStream();
        var prefix = await GcmStream.EncryptAsync(new MemoryStream(Vectors.Pattern(200_000)), stored, key, Stop);
        var bad = Damage(stored.ToArray().Chunk(65_552).ToList(), op);
        var refused = await Assert.ThrowsAsync<E2eeException>(() =>
            GcmStream.DecryptAsync(new MemoryStream(bad), Stream.Null, key, prefix, stop: Stop)
        );
        Assert.Equal(code, refused.Code);
    }

    [Fact]
    public void Small_objects_equal_the_vectors_and_decrypt()
    {
        foreach (var expected in Vectors.Each("small"))
        {
            var pattern = Vectors.Pattern(expected.Int("size"));
            using var key = new Secret(expected.Hex("keyHex"));
            var stored = GcmFile.Encrypt(pattern, key, expected.Hex("nonceHex"));
            Assert.Equal(expected.Str("sha256"), Hash(stored));
            Assert.Equal(pattern, GcmFile.Decrypt(stored, key, expected.Hex("nonceHex")));
            stored[0] ^= 1;
            var refused = Assert.Throws<E2eeException>(() => GcmFile.Decrypt(stored, key, expected.Hex("nonceHex")));
            Assert.Equal("E_AUTH", refused.Code);
        }
    }

    private static byte[] Build(JsonElement negatives, int size, string op)
    {
        var (header, key) = (negatives.Hex("headerHex"), negatives.Hex("keyHex"));
        return op switch
        {
            "emptyFinal" => Join(Chunks(header, key, size, emptyFinal: true)),
            "noFinal" => Join(Chunks(header, key, size, lastTag: Message)),
            "tag0=1" => Join(Chunks(header, key, size, firstTag: 1)),
            "tag0=2" => Join(Chunks(header, key, size, firstTag: 2)),
            _ => Damage(Chunks(header, key, size), op),
        };
    }

    private static List<byte[]> Chunks(
        byte[] header,
        byte[] key,
        int size,
        bool emptyFinal = false,
        byte firstTag = Message,
        byte lastTag = Final
    )
    {
        var stream = new SodiumStream(header, key);
        var plain = Vectors.Pattern(size).Chunk(65_536).ToList();
        if (plain.Count == 0 || (emptyFinal && size > 0))
        {
            plain.Add([]);
        }
        return
        [
            .. plain.Select(
                (chunk, i) =>
                    stream.Push(
                        chunk,
                        i == plain.Count - 1 ? lastTag
                            : i == 0 ? firstTag
                            : Message
                    )
            ),
        ];
    }

    private static byte[] Damage(List<byte[]> chunks, string op)
    {
        var whole = Join(chunks);
        switch (op)
        {
            case "none" or "wrongKey" or "wrongHeader":
                return whole;
            case "empty":
                return [];
            case "first16":
                return whole[..16];
            case "cut5":
                return whole[..^5];
            case "append20":
                return [.. whole, .. new byte[20]];
            case "dropLast":
                chunks.RemoveAt(chunks.Count - 1);
                return Join(chunks);
            case "drop1":
                chunks.RemoveAt(1);
                return Join(chunks);
            case "dup0":
                chunks.Insert(0, chunks[0]);
                return Join(chunks);
            case "swap01":
                (chunks[0], chunks[1]) = (chunks[1], chunks[0]);
                return Join(chunks);
            case var flip when flip.StartsWith("flip", StringComparison.Ordinal):
                whole[int.Parse(flip[4..], CultureInfo.InvariantCulture)] ^= 1;
                return whole;
            default:
                throw new NotSupportedException(op);
        }
    }

    private static byte[] Join(IEnumerable<byte[]> chunks) => [.. chunks.SelectMany(chunk => chunk)];

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
