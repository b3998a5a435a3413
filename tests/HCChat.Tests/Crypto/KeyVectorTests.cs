using HCChat.Crypto;

namespace HCChat.Tests.Crypto;

public sealed class KeyVectorTests
{
    public static TheoryData<string> RoomNames => [.. Vectors.Each("rooms").Select(room => room.Str("name"))];

    [Theory]
    [MemberData(nameof(RoomNames))]
    public void A_room_has_the_keys_of_the_vectors(string name)
    {
        var expected = Vectors.Each("rooms").Single(room => room.Str("name") == name);
        var keys = Vectors.Room(name);
        Assert.Equal(expected.Hex("rootHex"), keys.Root.Reveal());
        Assert.Equal(expected.Str("kid"), keys.Kid);
        Assert.Equal(expected.Hex("kidHex"), keys.KidBytes);
        Assert.Equal(expected.Hex("msgHex"), keys.Messages.Reveal());
        Assert.Equal(expected.Hex("attHex"), keys.Attachments.Reveal());
        Assert.Equal(expected.Hex("rtcHex"), keys.Calls.Reveal());
        Assert.Equal(expected.Hex("shareHex"), keys.Sharing.Reveal());
        if (expected.TryGetProperty("passphrase", out _))
        {
            Assert.Equal(expected.Hex("normalizedHex"), Passphrase.Normalize(expected.Str("passphrase")));
            Assert.Equal(
                expected.Hex("argonSaltHex"),
                Passphrase.Salt(expected.Str("channel"), expected.Hex("saltHex"))
            );
        }
    }

    [Fact]
    public void File_keys_equal_the_vectors()
    {
        foreach (var file in Vectors.Each("fileKeys"))
        {
            using var key = Vectors.Room(file.Str("room")).FileKey(file.Str("scheme"), file.Str("objectKey"));
            Assert.Equal(file.Hex("keyHex"), key.Reveal());
        }
    }

    [Fact]
    public void Call_keys_equal_the_vectors()
    {
        foreach (var call in Vectors.Each("rtc"))
        {
            using var key = Vectors
                .Room(call.Str("room"))
                .CallKey(call.Str("callId"), call.Str("identity"), (uint)call.Int("epoch"));
            Assert.Equal(call.Hex("keyHex"), key.Reveal());
            Assert.Equal(call.Str("livekitKeyString"), Convert.ToBase64String(key.Reveal()));
        }
    }

    [Fact]
    public void Padding_and_padme_equal_the_vectors()
    {
        foreach (var pad in Vectors.Each("pad"))
        {
            var content = Vectors.Pattern(pad.Int("contentLen"));
            var padded = Padding.Pad(content);
            Assert.Equal(pad.Int("paddedLen"), padded.Length);
            Assert.Equal(content, padded[..Padding.Unpad(padded)]);
        }
        foreach (var padme in Vectors.Each("padme"))
        {
            Assert.Equal(padme.GetProperty("padded").GetInt64(), Padding.Padme(padme.GetProperty("len").GetInt64()));
        }
    }

    [Fact]
    public void A_process_that_cannot_normalise_refuses_other_than_ASCII_passphrases()
    {
        var refused = Assert.Throws<E2eeException>(() => Passphrase.Normalize("密码", text => text));
        Assert.Equal("E_NO_ICU", refused.Code);
        Assert.Equal("abc"u8.ToArray(), Passphrase.Normalize(" abc\n", text => text));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \t\u3000\n")]
    public void An_empty_passphrase_is_refused(string passphrase) =>
        Assert.Equal(
            E2eeError.Format,
            Assert.Throws<E2eeException>(() => Passphrase.Derive(passphrase, "lobby", [])).Error
        );

    [Fact]
    public void A_passphrase_that_is_not_Unicode_is_refused() =>
        Assert.Equal(E2eeError.Format, Assert.Throws<E2eeException>(() => Passphrase.Normalize("\ud800 lone")).Error);

    [Fact]
    public void A_secret_prints_as_asterisks_and_is_gone_once_disposed()
    {
        var secret = Secret.Random(32);
        var inside = secret.Reveal();
        Assert.Equal("***", secret.ToString());
        secret.Dispose();
        Assert.Equal(new byte[32], inside);
        Assert.Throws<ObjectDisposedException>(() => secret.Reveal().Length);
    }
}
