using System.Security.Cryptography;
using HCChat.Client;
using HCChat.Crypto;

namespace HCChat.Tests.Client;

/// <summary>Files from one to the other by the real server and its store.</summary>
public sealed class FileTransferTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hcchat-test-").FullName;
    private RunningServer _server = null!;
    private InviteLink _link = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await RunningServer.StartAsync();
        _link = InviteLink.NewRoom(new Uri(_server.Url), "files");
    }

    public async ValueTask DisposeAsync()
    {
        _link.Dispose();
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(300_000)]
    [InlineData(15_999_999)]
    [InlineData(16_000_000)]
    [InlineData(16_777_216)]
    [InlineData(40_000_000)]
    public async Task A_file_of_any_size_arrives_as_it_was(int size)
    {
        var data = RandomNumberGenerator.GetBytes(size);
        await using var ann = await JoinAsync("ann");
        await using var bob = await JoinAsync("bob");
        var progress = new Told();
        var id = await ann.Room.SendFilesAsync([Write("读我 1.txt", data)], progress: progress, stop: Stop);
        var message = await bob.HearAsync();
        Assert.Equal((id, "", true), (message.Id, message.Text, message.Encrypted));
        var file = Assert.Single(message.Files);
        Assert.Equal(("读我 1.txt", "text/plain", (long)size), (file.Name, file.Mime, file.Size));
        Assert.Equal(size < 16_000_000, file.Sealed!.Sha256 is not null);
        var saved = await bob.Room.DownloadAsync(file, _folder, overwrite: true, stop: Stop);
        Assert.Equal(Path.Combine(_folder, "读我 1.txt"), saved);
        Assert.Equal(data, await File.ReadAllBytesAsync(saved, Stop));
        Assert.Equal(data, await ReadAsync(bob, file));
        Assert.Equal(progress.Last.Total, progress.Last.Done);
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task Several_files_a_caption_and_an_answer_are_one_message_and_stay_in_history()
    {
        await using var ann = await JoinAsync("ann");
        var first = await ann.SayAsync("show me");
        var id = await ann.Room.SendFilesAsync(
            [
                Write("a.png", [1, 2, 3]) with
                {
                    Width = 4,
                    Height = 5,
                    Blur = "LEHV6nWB2yk8pyo0adR*.7kCMdnj",
                },
                OutgoingFile.FromStream(new OneWay([4, 5]), "../b.opus"),
            ],
            "here 👋",
            replyTo: first,
            stop: Stop
        );
        await using var bob = await JoinAsync("bob");
        var message = (await bob.Room.RecentAsync(10, Stop)).OfType<MessageReceived>().Last().Message;
        Assert.Equal((id, "here 👋", first), (message.Id, message.Text, message.ReplyTo));
        Assert.Equal(["a.png", "b.opus"], message.Files.Select(file => file.Name));
        Assert.Equal(["image/png", "audio/ogg"], message.Files.Select(file => file.Mime));
        Assert.Equal((4L, 5L), (message.Files[0].Sealed!.Width, message.Files[0].Sealed!.Height));
        Assert.Equal([4, 5], await ReadAsync(bob, message.Files[1]));
    }

    [Fact]
    public async Task Files_go_into_encrypted_rooms_alone()
    {
        await using var ann = await Guest.JoinAsync(_server, "ann", RoomAccess.Plain("lobby"));
        await Assert.ThrowsAsync<NotSupportedException>(() => ann.Room.SendFilesAsync([Write("a", [1])], stop: Stop));
    }

    [Fact]
    public async Task What_is_there_is_not_overwritten_unless_somebody_says_so()
    {
        await using var ann = await JoinAsync("ann");
        await using var bob = await JoinAsync("bob");
        await ann.Room.SendFilesAsync([OutgoingFile.FromStream(new MemoryStream([1]), "a.txt")], stop: Stop);
        var file = (await bob.HearAsync()).Files[0];
        var there = Path.Combine(_folder, "a.txt");
        await File.WriteAllTextAsync(there, "mine", Stop);
        await Assert.ThrowsAsync<FileExistsException>(() => bob.Room.DownloadAsync(file, _folder, stop: Stop));
        Assert.Equal("mine", await File.ReadAllTextAsync(there, Stop));
        await bob.Room.DownloadAsync(file, there, overwrite: true, stop: Stop);
        Assert.Equal([1], await File.ReadAllBytesAsync(there, Stop));
    }

    [Fact]
    public async Task A_file_whose_message_is_from_another_room_is_not_there()
    {
        await using var ann = await JoinAsync("ann");
        await ann.Room.SendFilesAsync([OutgoingFile.FromStream(new MemoryStream([1]), "a.txt")], stop: Stop);
        var file = (await ann.NextAsync<MessageReceived>()).Message.Files[0];
        await using var eve = await Guest.JoinAsync(_server, "eve", RoomAccess.ByPassphrase("other", "horse staple"));
        var refused = await Assert.ThrowsAsync<FileRefusedException>(() =>
            eve.Room.DownloadAsync(file, _folder, stop: Stop)
        );
        Assert.Equal("not_found", refused.Code);
        Assert.Empty(Directory.GetFiles(_folder, "a.txt"));
    }

    private Task<Guest> JoinAsync(string nick) => Guest.JoinAsync(_server, nick, RoomAccess.ByLink(_link));

    private OutgoingFile Write(string name, byte[] data)
    {
        var path = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, "own")).FullName, name);
        File.WriteAllBytes(path, data);
        return OutgoingFile.FromPath(path);
    }

    private static async Task<byte[]> ReadAsync(Guest guest, SharedFile file)
    {
        await using var opened = guest.Room.OpenFile(file);
        using var plain = new MemoryStream();
        await opened.CopyToAsync(plain, Stop);
        return plain.ToArray();
    }

    private sealed class Told : IProgress<TransferProgress>
    {
        public TransferProgress Last { get; private set; }

        public void Report(TransferProgress value) => Last = value;
    }

    private sealed class OneWay(byte[] data) : MemoryStream(data)
    {
        public override bool CanSeek => false;
    }
}
