using System.Security.Cryptography;
using HCChat.Client;
using HCChat.Crypto;
using HCChat.Server.Attachments;
using HCChat.Server.Database;

namespace HCChat.Tests.Client;

/// <summary>A server that swaps what a message says of its files, or what lies behind it.</summary>
public sealed class HostileFileTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hcchat-test-").FullName;
    private RunningServer _server = null!;
    private InviteLink _link = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await RunningServer.StartAsync("--Limits:RateLimit=false");
        _link = InviteLink.NewRoom(new Uri(_server.Url), "files");
    }

    public async ValueTask DisposeAsync()
    {
        _link.Dispose();
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_reference_in_the_frame_changes_nothing_of_what_is_sealed()
    {
        using var stage = new Stage();
        using var identity = SigningIdentity.Generate();
        using var alice = stage.Member(identity);
        var said = alice.Seal("alice", Body("a"));
        stage.Tell(
            new
            {
                cmd = "chat",
                channel = Stage.Channel,
                nick = "alice",
                userid = 7,
                mid = said.Content.Id,
                time = 1,
                epoch = "e1",
                seq = 1,
                text = said.Text,
                attachments = new[]
                {
                    new
                    {
                        objectKey = "o/other/other.bin",
                        mime = "application/octet-stream",
                        bytes = 9,
                    },
                },
            }
        );
        var file = Assert.Single((await stage.HeardAsync()).OfType<MessageReceived>().Single().Message.Files);
        Assert.Equal(("a", "o/a/a.bin"), (file.Id, file.Sealed!.ObjectKey));
    }

    [Fact]
    public async Task The_files_of_another_message_are_not_those_of_this_one()
    {
        using var stage = new Stage();
        using var identity = SigningIdentity.Generate();
        using var alice = stage.Member(identity);
        var (first, second) = (alice.Seal("alice", Body("a")), alice.Seal("alice", Body("b")));
        stage.Deliver(first, text: second.Text);
        var heard = await stage.HeardAsync();
        Assert.Equal(E2eeError.Auth, Assert.Single(heard.OfType<UnreadableReceived>()).Error);
        Assert.DoesNotContain(heard, e => e is MessageReceived);
    }

    [Fact]
    public async Task A_thumbnail_is_sealed_and_signed_with_its_message()
    {
        using var stage = new Stage();
        using var identity = SigningIdentity.Generate();
        using var alice = stage.Member(identity);
        var said = alice.Seal("alice", Body("a"));
        var envelope = Convert.FromBase64String(said.Text["E2EE:".Length..]);
        foreach (var at in new[] { envelope.Length / 3, envelope.Length / 2, envelope.Length - 30 })
        {
            // Some letter of the ciphertext, which is Base64 within JSON.
            var altered = envelope.ToArray();
            altered[at] = altered[at] == (byte)'A' ? (byte)'B' : (byte)'A';
            stage.Deliver(said, text: "E2EE:" + Convert.ToBase64String(altered));
        }
        var heard = await stage.HeardAsync();
        Assert.DoesNotContain(heard, e => e is MessageReceived);
        Assert.Equal(3, heard.OfType<UnreadableReceived>().Count());
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(16_000_001)]
    public async Task Another_object_behind_the_same_id_is_refused(int size)
    {
        await using var ann = await Guest.JoinAsync(_server, "ann", RoomAccess.ByLink(_link));
        var files = new List<SharedFile>();
        foreach (var name in new[] { "mine.bin", "other.bin" })
        {
            var path = Path.Combine(_folder, name);
            await File.WriteAllBytesAsync(path, RandomNumberGenerator.GetBytes(size), Stop);
            await ann.Room.SendFilesAsync([OutgoingFile.FromPath(path)], stop: Stop);
            files.Add(Assert.Single((await ann.NextAsync<MessageReceived>()).Message.Files));
        }
        await SwapAsync(files[0].Id, files[1].Id);
        var target = Path.Combine(_folder, "got.bin");
        var damaged = await Assert.ThrowsAsync<FileDamagedException>(() =>
            ann.Room.DownloadAsync(files[0], target, stop: Stop)
        );
        Assert.Equal("E_AUTH", damaged.Code);
        Assert.False(File.Exists(target));
        await using var opened = ann.Room.OpenFile(files[0]);
        using var seen = new MemoryStream();
        await Assert.ThrowsAsync<FileDamagedException>(() => opened.CopyToAsync(seen, Stop));
        Assert.Equal(0, seen.Length);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_the_store_has_lost_is_said_to_be_gone_at_once(bool torn)
    {
        await using var ann = await Guest.JoinAsync(_server, "ann", RoomAccess.ByLink(_link));
        var path = Path.Combine(_folder, "mine.bin");
        await File.WriteAllBytesAsync(path, RandomNumberGenerator.GetBytes(100_000), Stop);
        await ann.Room.SendFilesAsync([OutgoingFile.FromPath(path)], stop: Stop);
        var file = Assert.Single((await ann.NextAsync<MessageReceived>()).Message.Files);
        var stored = Assert.Single(_server.ObjectFiles());
        if (torn)
        {
            await using var cut = new FileStream(stored, FileMode.Open);
            cut.SetLength(cut.Length / 2);
        }
        else
        {
            File.Delete(stored);
        }
        var refused = await Assert.ThrowsAsync<FileRefusedException>(() =>
            ann.Room.DownloadAsync(file, Path.Combine(_folder, "got.bin"), stop: Stop)
        );
        Assert.Equal("gone", refused.Code);
        Assert.False(File.Exists(Path.Combine(_folder, "got.bin")));
    }

    // As whoever runs the server could: one id leads to the other's bytes.
    private async Task SwapAsync(string one, string other)
    {
        var log = _server.Service<AttachmentLog>();
        var (a, b) = (log.Find(one)!.ObjectKey, log.Find(other)!.ObjectKey);
        await _server
            .Service<Writer>()
            .RunAsync(batch =>
            {
                batch.Changing.Execute("UPDATE attachments SET object = 'away' WHERE id = @1", other);
                batch.Changing.Execute("UPDATE attachments SET object = @2 WHERE id = @1", one, b);
                batch.Changing.Execute("UPDATE attachments SET object = @2 WHERE id = @1", other, a);
            });
    }

    private static FileBody Body(string id) =>
        new(
            "look",
            [
                new SealedFile(
                    $"o/{id}/{id}.bin",
                    id + ".png",
                    "image/png",
                    3,
                    Secret.Random(32),
                    FileEncryption.OnePiece(new byte[12])
                )
                {
                    Sha256 = new byte[32],
                    Thumbnail = new Thumbnail("image/webp", 4, 4, RandomNumberGenerator.GetBytes(4_000)),
                },
            ]
        );
}
