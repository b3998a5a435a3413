using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HCChat.Crypto;

namespace HCChat.Tests.Crypto;

/// <summary>spec/vectors/identity-vectors.json: identities, signed envelopes, whispers.</summary>
public sealed class IdentityVectorTests
{
    public static TheoryData<string> Openings => Names("open");

    public static TheoryData<string> Whispers => Names("whispers");

    public static TheoryData<string> BadImports => Names("importNegative");

    [Fact]
    public void Signatures_are_those_of_RFC_8032()
    {
        foreach (var expected in Vectors.Identity.In("rfc8032"))
        {
            using var identity = new SigningIdentity(expected.Hex("seedHex"));
            var (message, signature) = (expected.Hex("messageHex"), new byte[64]);
            identity.Sign(signature, message);
            Assert.Equal(expected.Hex("publicHex"), identity.PublicBytes);
            Assert.Equal(expected.Hex("signatureHex"), signature);
            Assert.True(IdentityKey.Verify(identity.PublicBytes, message, signature));
            Assert.False(IdentityKey.Verify(identity.PublicBytes, [.. message, 0], signature));
        }
    }

    [Fact]
    public void An_identity_has_the_key_fingerprint_and_export_of_the_vectors()
    {
        foreach (var expected in Vectors.Identity.In("identities"))
        {
            using var identity = SigningIdentity.Import(expected.Str("exported"));
            Assert.Equal(expected.Hex("seedHex"), identity.RevealSeed());
            Assert.Equal(expected.Hex("publicHex"), identity.PublicBytes);
            Assert.Equal(expected.Str("publicB64u"), identity.Key.Text);
            Assert.Equal(expected.Str("fingerprint"), identity.Key.Fingerprint);
            Assert.Equal(expected.Str("shown"), identity.Key.ToString());
            Assert.Equal(expected.Str("exported"), identity.ExportWithSecret());
            Assert.Equal(identity.Key, IdentityKey.Parse(identity.Key.Text));
        }
    }

    [Theory]
    [MemberData(nameof(BadImports))]
    public void What_is_no_exported_identity_is_refused(string name) =>
        Assert.Equal(
            "E_FORMAT",
            Outcome(() => SigningIdentity.Import(Case("importNegative", name).Str("text")).Dispose())
        );

    [Fact]
    public void Signed_envelopes_are_sealed_and_opened_as_in_the_vectors()
    {
        foreach (var expected in Vectors.Identity.In("envelopes"))
        {
            var keys = Vectors.Room(expected.Str("room"));
            using var identity = Identity(expected);
            var content = Content(expected);
            Assert.Equal(expected.Hex("aadHex"), Envelope.Aad(keys.Channel, "AES-GCM.Ed25519", keys.KidBytes));
            Assert.Equal(expected.Hex("signatureHex"), SignedContent.Sign(identity, keys, content)[32..96]);
            var text = Envelope.Seal(keys, content, identity, expected.Hex("ivHex"));
            if (expected.StrOrNull("text") is { } whole)
            {
                Assert.Equal(whole, text);
            }
            else
            {
                Assert.Equal(expected.Int("textLength"), text.Length);
                var hash = SHA256.HashData(Encoding.ASCII.GetBytes(text));
                Assert.Equal(expected.Str("textSha256"), Convert.ToHexStringLower(hash));
            }
            var opened = Envelope.Open(text, new KeyRing(keys), keys.Channel);
            Assert.Equal(content, opened.Content);
            Assert.Equal((keys.Kid, identity.Key), (opened.Kid, opened.Signer));
        }
    }

    [Fact]
    public void What_has_no_room_beside_its_signature_is_refused()
    {
        var test = Vectors.Identity.GetProperty("tooLong");
        using var identity = Identity(test);
        var content = Content(test);
        Assert.Equal(Envelope.MaxSignedContent + 1, content.Length);
        Assert.Equal(
            test.Str("expect"),
            Outcome(() => Envelope.Seal(Vectors.Room(test.Str("room")), content, identity))
        );
    }

    [Theory]
    [MemberData(nameof(Openings))]
    public void Opening_ends_as_in_the_vectors(string name)
    {
        var test = Case("open", name);
        var ring = new KeyRing([.. test.In("ring").Select(room => Vectors.Room(room.GetString()!))]);
        IdentityKey? signer = null;
        var code = Outcome(() =>
        {
            var opened = Envelope.Open(test.Str("text"), ring, test.Str("channel"));
            JsonText.Parse(opened.Content).Dispose();
            signer = opened.Signer;
        });
        Assert.Equal((test.Str("expect"), test.StrOrNull("signer")), (code, signer?.Text));
    }

    [Fact]
    public void All_65_openings_are_there() => Assert.Equal(65, Openings.Count);

    [Fact]
    public void Nothing_is_verified_with_a_key_or_an_R_of_small_order()
    {
        using var identity = SigningIdentity.Generate();
        var points = Vectors
            .Identity.In("smallOrderHex")
            .Select(hex => Convert.FromHexString(hex.GetString()!))
            .ToList();
        Assert.Equal(14, points.Count);
        foreach (var point in points)
        {
            Assert.False(IdentityKey.Verify(point, "x"u8, [.. points[0], .. new byte[32]]));
            Assert.False(IdentityKey.Verify(identity.PublicBytes, "x"u8, [.. point, .. new byte[32]]));
        }
    }

    [Theory]
    [MemberData(nameof(Whispers))]
    public void What_is_signed_is_neither_a_whisper_nor_aloud_but_as_it_was_meant(string name)
    {
        var test = Case("whispers", name);
        using var keys = new RoomKeys(new Secret(Vectors.Room("ascii").Root.Reveal()), "lobby");
        using var cipher = new RoomCipher(new KeyRing(keys), "lobby", TimeProvider.System);
        var whisper = test.GetProperty("whisper").GetBoolean();
        var code = Outcome(() => cipher.Open(new ReceivedMessage(test.Str("text"), "alice", null, null, whisper)));
        Assert.Equal(test.Str("expect"), code);
    }

    private static SigningIdentity Identity(JsonElement test)
    {
        var name = test.Str("identity");
        return new SigningIdentity(
            Vectors.Identity.In("identities").Single(candidate => candidate.Str("name") == name).Hex("seedHex")
        );
    }

    private static byte[] Content(JsonElement test)
    {
        var content = test.Str("content");
        var repeated = test.TryGetProperty("repeat", out var repeat) ? new string('x', repeat.GetInt32()) : "x";
        return Encoding.UTF8.GetBytes(
            content.Replace("\"body\":\"x\"", $"\"body\":\"{repeated}\"", StringComparison.Ordinal)
        );
    }

    private static TheoryData<string> Names(string list) =>
        [.. Vectors.Identity.In(list).Select(test => test.Str("name"))];

    private static JsonElement Case(string list, string name) =>
        Vectors.Identity.In(list).Single(candidate => candidate.Str("name") == name);

    private static string Outcome(Action action)
    {
        try
        {
            action();
            return "OK";
        }
        catch (E2eeException e)
        {
            return e.Code;
        }
    }
}
