using System.Text;
using System.Text.Json;
using HCChat.Crypto;

namespace HCChat.Tests.Crypto;

/// <summary>spec/vectors/file-vectors.json: what a message may say of files.</summary>
public sealed class FileContentTests
{
    public static TheoryData<string> Accepted => Names("accepted");

    public static TheoryData<string> Refused => Names("refused");

    [Theory]
    [MemberData(nameof(Accepted))]
    public void Files_within_the_limits_are_read_and_written_back_the_same(string name)
    {
        var test = Find("accepted", name);
        var body = Assert.IsType<FileBody>(Parse(test.Str("content")).Body);
        Assert.Equal(test.In("names").Select(n => n.GetString()), body.Files.Select(file => file.Name));
        var content = Parse(test.Str("content"));
        var again = ContentJson.Parse(ContentJson.Write(content));
        Assert.Equal(Vectors.Utf8(ContentJson.Write(content)), Vectors.Utf8(ContentJson.Write(again)));
        Assert.Equal(content.ReplyTo, again.ReplyTo);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void Files_outside_the_limits_are_no_content(string name)
    {
        var refused = Assert.Throws<E2eeException>(() => Parse(Find("refused", name).Str("content")));
        Assert.Equal("E_FORMAT", refused.Code);
    }

    [Fact]
    public void Every_member_is_read()
    {
        var body = Assert.IsType<FileBody>(Parse(Find("accepted", "everything").Str("content")).Body);
        var file = Assert.Single(body.Files);
        Assert.Equal(("o/AAAA/BBBB.bin", "text/plain", 5L), (file.ObjectKey, file.Mime, file.Size));
        Assert.Equal([.. Enumerable.Repeat((byte)7, 32)], file.Key.Reveal().ToArray());
        Assert.Equal((GcmFile.Scheme, 0), (file.Encryption.Scheme, file.Encryption.ChunkSize));
        Assert.Equal([.. Enumerable.Repeat((byte)7, 12)], file.Encryption.Beside);
        Assert.Equal([.. Enumerable.Repeat((byte)9, 32)], file.Sha256!);
        Assert.Equal((4000L, 3000L, 12L, true), (file.Width, file.Height, file.DurationMs, file.Voice));
        Assert.Equal((100, "LEHV6nWB2yk8pyo0adR*.7kCMdnj"), (file.Wave!.Length, file.Blur));
        var thumb = file.Thumbnail!;
        Assert.Equal(("image/webp", 64L, 48L, 8192), (thumb.Mime, thumb.Width, thumb.Height, thumb.Data.Length));
    }

    [Fact]
    public void What_nobody_could_read_is_not_written()
    {
        using var key = Secret.Random(32);
        var file = new SealedFile("o/A/B.bin", "a", "text/plain", 1, key, FileEncryption.OnePiece(new byte[12]));
        FileBody[] bodies =
        [
            new("", []),
            new("", [.. Enumerable.Repeat(file, 11)]),
            new("", [file with { Name = new string('x', 256) }]),
            new("", [file with { Mime = "a\nb" }]),
            new("", [file with { Sha256 = new byte[31] }]),
            new("", [file with { Thumbnail = new Thumbnail("image/svg+xml", 1, 1, []) }]),
        ];
        Assert.All(bodies, body => Assert.Equal("E_FORMAT", Assert.Throws<E2eeException>(() => Write(body)).Code));
        Assert.NotEmpty(Write(new FileBody("", [file])));
    }

    [Fact]
    public void No_key_is_printed()
    {
        using var key = new Secret(Encoding.ASCII.GetBytes("a key that nobody may ever read!"));
        var file = new SealedFile("o/A/B.bin", "a", "text/plain", 1, key, FileEncryption.OnePiece(new byte[12]));
        Assert.Contains("***", file.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("nobody", file.ToString(), StringComparison.Ordinal);
    }

    private static byte[] Write(FileBody body) =>
        ContentJson.Write(
            new Content("AAECAwQFBgcICQoLDA0ODw", DateTimeOffset.UnixEpoch, "alice", "EBESExQVFhc", 0, body)
        );

    private static Content Parse(string json) => ContentJson.Parse(Encoding.UTF8.GetBytes(json));

    private static JsonElement Find(string list, string name) =>
        Vectors.Files.In(list).Single(test => test.Str("name") == name);

    private static TheoryData<string> Names(string list) =>
        [.. Vectors.Files.In(list).Select(test => test.Str("name"))];
}
