using HCChat.Crypto;

namespace HCChat.Tests.Crypto;

public sealed class EnvelopeVectorTests
{
    public static TheoryData<string> Negatives =>
        [.. Vectors.Each("envelopeNegative").Select(test => test.Str("name"))];

    [Fact]
    public void Envelopes_are_sealed_and_opened_as_in_the_vectors()
    {
        foreach (var expected in Vectors.Each("envelopes"))
        {
            var keys = Vectors.Room(expected.Str("room"));
            var content = System.Text.Encoding.UTF8.GetBytes(expected.Str("content"));
            Assert.Equal(expected.Hex("aadHex"), Envelope.Aad(keys.Channel, "AES-GCM", keys.KidBytes));
            Assert.Equal(expected.Str("text"), Envelope.Seal(keys, content, null, expected.Hex("ivHex")));
            var opened = Envelope.Open(expected.Str("text"), new KeyRing(keys), keys.Channel);
            Assert.Equal(content, opened.Content);
            Assert.Null(opened.Signer);
        }
    }

    [Theory]
    [MemberData(nameof(Negatives))]
    public void A_bad_envelope_gets_the_code_of_the_vectors(string name)
    {
        var test = Vectors.Each("envelopeNegative").Single(candidate => candidate.Str("name") == name);
        var ring = new KeyRing([
            .. test.GetProperty("ring").EnumerateArray().Select(room => Vectors.Room(room.GetString()!)),
        ]);
        var code = "OK";
        try
        {
            Envelope.Open(test.Str("text"), ring, test.Str("channel"));
        }
        catch (E2eeException e)
        {
            code = e.Code;
        }
        Assert.Equal(test.Str("expect"), code);
    }

    [Fact]
    public void All_24_negatives_are_there() => Assert.Equal(24, Negatives.Count);

    [Fact]
    public void Version_1_is_sealed_and_opened_as_in_the_vectors()
    {
        foreach (var expected in Vectors.Each("legacyV1"))
        {
            using var legacy = new LegacyEnvelope(expected.Str("passphrase"), expected.Str("channel"));
            Assert.Equal(expected.Hex("keyHex"), legacy.Key.Reveal());
            Assert.Equal(expected.Str("text"), legacy.Seal(expected.Str("plain"), expected.Hex("ivHex")));
            Assert.Equal(expected.Str("plain"), legacy.Open(expected.Str("text")));
        }
    }

    [Fact]
    public void Version_1_and_2_do_not_open_each_other()
    {
        var keys = Vectors.Room("ascii");
        using var legacy = new LegacyEnvelope("x", "lobby");
        Assert.Equal("E_VERSION", Assert.Throws<E2eeException>(() => legacy.Open(Envelope.Seal(keys, "{}"u8))).Code);
        var refused = Assert.Throws<E2eeException>(() => Envelope.Open(legacy.Seal("hi"), new KeyRing(keys), "lobby"));
        Assert.Equal("E_VERSION", refused.Code);
    }

    [Fact]
    public void Another_HChat_passphrase_is_told_from_a_good_one()
    {
        using var one = new LegacyEnvelope("one", "lobby");
        using var other = new LegacyEnvelope("other", "lobby");
        Assert.Equal("E_AUTH", Assert.Throws<E2eeException>(() => other.Open(one.Seal("hi"))).Code);
    }
}
