using System.Security.Cryptography;
using HCChat.Client;
using HCChat.Crypto;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Client;

/// <summary>Files whose way is broken off, and what a server or a store does to them that means no good.</summary>
public sealed class FileResumeTests : IAsyncLifetime
{
    private const int Part = FileUpload.PartChunks * 65_552;
    private const int Size = 52_000_000;
    private const int Slack = 8_000_000; // what a socket takes before it finds that nobody is there
    private const int Parts = 4; // the built-in store keeps each as it came
    private static readonly byte[] s_data = RandomNumberGenerator.GetBytes(Size);

    private readonly string _folder = Directory.CreateTempSubdirectory("hcchat-test-").FullName;
    private RunningServer _server = null!;
    private InviteLink _link = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Source => Path.Combine(_folder, "film.mp4");

    private string Target => Path.Combine(_folder, "saved", "film.mp4");

    public async ValueTask InitializeAsync()
    {
        _server = await RunningServer.StartAsync("--Limits:RateLimit=false");
        _link = InviteLink.NewRoom(new Uri(_server.Url), "files");
        Directory.CreateDirectory(Path.GetDirectoryName(Target)!);
        await File.WriteAllBytesAsync(Source, s_data, Stop);
    }

    public async ValueTask DisposeAsync()
    {
        _link.Dispose();
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task An_upload_outlives_a_restart_of_the_server()
    {
        await using var ann = await JoinAsync("ann");
        var restart = Task.CompletedTask;
        var watch = new Watch(2 * Part, () => restart = Task.Run(() => _server.RestartAsync()));
        await ann.Room.SendFilesAsync([OutgoingFile.FromPath(Source)], progress: watch, stop: Stop);
        await restart;
        Assert.True(watch.Reached);
        Assert.InRange(watch.SentAgain, 0, Part + Slack);
        await AssertArrivedAsync(s_data);
        Assert.Equal(Parts, _server.CountObjectFiles());
    }

    [Fact]
    public async Task An_upload_goes_on_where_it_was_when_it_is_begun_again_by_another_run()
    {
        await BreakOffAsync(3 * Part);
        await using (var ann = await JoinAsync("ann"))
        {
            var watch = new Watch(long.MaxValue, () => { });
            await ann.Room.SendFilesAsync([OutgoingFile.FromPath(Source)], progress: watch, stop: Stop);
            Assert.InRange(watch.Sent, 1, Size - (2L * Part) + (Size / 1_000)); // two parts were there, and maybe the third
        }
        await AssertArrivedAsync(s_data);
        Assert.Equal(Parts, _server.CountObjectFiles());
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder, "kept", "uploads")));
    }

    [Fact]
    public async Task An_upload_goes_on_in_another_session_and_is_its_message_s()
    {
        await BreakOffAsync(3 * Part);
        await using (var ann = await JoinAsync("ann", AsSomebodyElse))
        {
            var watch = new Watch(long.MaxValue, () => { });
            await ann.Room.SendFilesAsync([OutgoingFile.FromPath(Source)], progress: watch, stop: Stop);
            Assert.InRange(watch.Sent, 1, Size - (2L * Part) + (Size / 1_000));
        }
        await AssertArrivedAsync(s_data);
        Assert.Equal(Parts, _server.CountObjectFiles());
        Assert.Equal(1, _server.CountRows("attachments"));
        Assert.Equal(1, _server.CountRows("attachments WHERE room IS NOT NULL"));
    }

    [Fact]
    public async Task Without_its_claim_an_upload_of_another_session_begins_anew()
    {
        await BreakOffAsync(3 * Part);
        var record = Assert.Single(Directory.GetFiles(Path.Combine(_folder, "kept", "uploads")));
        var lines = await File.ReadAllTextAsync(record, Stop);
        await File.WriteAllTextAsync(record, lines.Replace("\"Claim\"", "\"Lost\"", StringComparison.Ordinal), Stop);
        await using (var ann = await JoinAsync("ann", AsSomebodyElse))
        {
            await ann.Room.SendFilesAsync([OutgoingFile.FromPath(Source)], stop: Stop);
        }
        await AssertArrivedAsync(s_data);
        Assert.Equal(2, _server.CountRows("attachments"));
    }

    [Fact]
    public async Task What_was_sealed_by_an_earlier_session_has_its_objects_when_another_says_it()
    {
        var broken = new BrokenOutbox();
        await using (var ann = await JoinAsync("ann", broken.In))
        {
            await Assert.ThrowsAsync<IOException>(() => SendAsync(ann, "one"));
        }
        await using (var ann = await JoinAsync("ann", AsSomebodyElse))
        {
            Assert.Equal(broken.Seen!.Mid, await SendAsync(ann, "one"));
        }
        Assert.Equal(1, _server.CountRows("attachments WHERE room IS NOT NULL"));
    }

    [Fact]
    public async Task A_message_that_waited_for_days_has_its_files_though_nobody_knows_its_session_any_more()
    {
        await LeaveWaitingAsync();
        await using var bob = await JoinAsync("bob");
        await using (await JoinAsync("ann", TwoDaysLater))
        {
            var file = Assert.Single((await bob.HearAsync()).Files); // without a word from anybody
            await bob.Room.DownloadAsync(file, Target, stop: Stop);
        }
        Assert.Equal(s_data[..1_000], await File.ReadAllBytesAsync(Target, Stop));
        Assert.Equal(1, _server.CountRows("attachments WHERE room IS NOT NULL"));
    }

    [Fact]
    public async Task What_waited_for_longer_than_the_server_keeps_its_objects_is_uploaded_again_and_said_once()
    {
        await LeaveWaitingAsync();
        _server.Change("DELETE FROM attachments");
        await using (var ann = await JoinAsync("ann", TwoDaysLater))
        {
            Assert.Equal("object_gone", (await ann.NextAsync<NoticeReceived>()).Code); // whoever waited for it is gone
            await SendAsync(ann, "one");
        }
        await AssertArrivedAsync(s_data[..1_000]);
    }

    [Fact]
    public async Task A_record_with_which_nobody_went_on_for_a_week_is_forgotten_in_whatever_room()
    {
        await BreakOffAsync(3 * Part);
        var record = Assert.Single(Directory.GetFiles(Path.Combine(_folder, "kept", "uploads")));
        using var elsewhere = InviteLink.NewRoom(new Uri(_server.Url), "other");
        await (await JoinElsewhereAsync(elsewhere)).DisposeAsync();
        Assert.True(File.Exists(record));
        File.SetLastWriteTimeUtc(record, TimeProvider.System.GetUtcNow().UtcDateTime - TimeSpan.FromDays(8));
        await using (new FileStream(record, FileMode.Open, FileAccess.Read, FileShare.None))
        {
            await (await JoinElsewhereAsync(elsewhere)).DisposeAsync();
            Assert.True(File.Exists(record)); // somebody is at it
        }
        await (await JoinElsewhereAsync(elsewhere)).DisposeAsync();
        Assert.False(File.Exists(record));
    }

    [Fact]
    public async Task A_file_that_changed_meanwhile_is_another_one_under_another_key_whatever_its_time_says()
    {
        await BreakOffAsync(3 * Part);
        var written = File.GetLastWriteTimeUtc(Source);
        var other = s_data.ToArray();
        other[20_000_000] ^= 1; // in a part that has arrived, behind what tells files apart at a glance
        await File.WriteAllBytesAsync(Source, other, Stop);
        File.SetLastWriteTimeUtc(Source, written);
        await using (var ann = await JoinAsync("ann"))
        {
            await ann.Room.SendFilesAsync([OutgoingFile.FromPath(Source)], stop: Stop);
        }
        await AssertArrivedAsync(other);
    }

    [Fact]
    public async Task What_is_uploaded_is_told_of_in_one_message_whatever_happens_to_the_first_try()
    {
        var broken = new BrokenOutbox();
        await using (var ann = await JoinAsync("ann", broken.In))
        {
            await Assert.ThrowsAsync<IOException>(() => SendAsync(ann, "one"));
        }
        await using var bob = await JoinAsync("bob");
        await using (var ann = await JoinAsync("ann"))
        {
            Assert.Equal(broken.Seen!.Mid, await SendAsync(ann, "one"));
            // That was answered: whoever says it again means it.
            Assert.NotEqual(broken.Seen.Mid, await SendAsync(ann, "one"));
        }
        Assert.Equal(broken.Seen.Mid, (await bob.HearAsync()).Id);
        Assert.NotEqual(broken.Seen.Mid, (await bob.HearAsync()).Id);
    }

    [Fact]
    public async Task Other_words_for_the_same_file_are_another_message_and_nothing_is_uploaded_again()
    {
        var broken = new BrokenOutbox();
        await using (var ann = await JoinAsync("ann", broken.In))
        {
            await Assert.ThrowsAsync<IOException>(() => SendAsync(ann, "one"));
        }
        await using var again = await JoinAsync("ann");
        Assert.NotEqual(broken.Seen!.Mid, await SendAsync(again, "two"));
        Assert.Equal("two", (await again.NextAsync<MessageReceived>()).Message.Text);
        Assert.Equal(Parts, _server.CountObjectFiles());
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(Size)]
    public async Task An_object_that_was_altered_is_refused_and_nothing_is_left_under_the_name(int size)
    {
        await File.WriteAllBytesAsync(Source, s_data.AsMemory(0, size), Stop);
        await using var ann = await JoinAsync("ann");
        await ann.Room.SendFilesAsync([OutgoingFile.FromPath(Source)], stop: Stop);
        var file = (await ann.NextAsync<MessageReceived>()).Message.Files[0];
        var stored = _server.ObjectFiles()[0];
        await using (var raw = new FileStream(stored, FileMode.Open, FileAccess.ReadWrite))
        {
            raw.Position = raw.Length - 100;
            var was = raw.ReadByte();
            raw.Position--;
            raw.WriteByte((byte)(was ^ 1));
        }
        var damaged = await Assert.ThrowsAsync<FileDamagedException>(() =>
            ann.Room.DownloadAsync(file, Target, stop: Stop)
        );
        Assert.Equal("E_AUTH", damaged.Code);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(Target)!));
        await using var opened = ann.Room.OpenFile(file);
        using var seen = new MemoryStream();
        await Assert.ThrowsAsync<FileDamagedException>(() => opened.CopyToAsync(seen, Stop));
        Assert.True(s_data.AsSpan().StartsWith(seen.ToArray()));
        Assert.True(seen.Length < size);
    }

    [Fact]
    public async Task A_download_that_was_broken_off_goes_on_where_it_was()
    {
        await using var ann = await JoinAsync("ann");
        await ann.Room.SendFilesAsync([OutgoingFile.FromPath(Source)], stop: Stop);
        var file = (await ann.NextAsync<MessageReceived>()).Message.Files[0];
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var breaking = new Watch(Size / 2, stopping.Cancel);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            ann.Room.DownloadAsync(file, Target, progress: breaking, stop: stopping.Token)
        );
        Assert.False(File.Exists(Target));
        var there = new FileInfo(Assert.Single(Directory.GetFiles(Path.GetDirectoryName(Target)!, "*.part"))).Length;
        Assert.InRange(there, Size / 4, Size);
        var watch = new Watch(long.MaxValue, () => { });
        await ann.Room.DownloadAsync(file, Target, progress: watch, stop: Stop);
        Assert.True(watch.First > there);
        Assert.Equal(s_data, await File.ReadAllBytesAsync(Target, Stop));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(Target)!));
    }

    [Fact]
    public async Task A_download_outlives_a_restart_of_the_server()
    {
        await using var ann = await JoinAsync("ann");
        await ann.Room.SendFilesAsync([OutgoingFile.FromPath(Source)], stop: Stop);
        var file = (await ann.NextAsync<MessageReceived>()).Message.Files[0];
        var restart = Task.CompletedTask;
        var watch = new Watch(Size / 3, () => restart = Task.Run(() => _server.CrashAsync()));
        await ann.Room.DownloadAsync(file, Target, progress: watch, stop: Stop);
        await restart;
        Assert.Equal(s_data, await File.ReadAllBytesAsync(Target, Stop));
    }

    [Fact]
    public async Task A_network_that_is_cut_again_and_again_costs_a_part_each_time_and_nothing_else()
    {
        const int Cuts = 30;
        await using var relay = new Relay(_server.Url);
        await using var ann = await Guest.JoinAsync(relay.Url, "ann", RoomAccess.ByLink(_link), TimeProvider.System);
        var up = new Cutter(relay, Cuts);
        await ann.Room.SendFilesAsync([OutgoingFile.FromPath(Source)], progress: up, stop: Stop);
        Assert.Equal(0, up.Left);
        Assert.InRange(up.GoneBack, 0, (long)Cuts * Part);
        var file = (await ann.NextAsync<MessageReceived>()).Message.Files[0];
        var down = new Cutter(relay, Cuts);
        await ann.Room.DownloadAsync(file, Target, progress: down, stop: Stop);
        Assert.Equal((0, 0), (down.Left, down.GoneBack));
        Assert.Equal(s_data, await File.ReadAllBytesAsync(Target, Stop));
        Assert.Equal(Parts, _server.CountObjectFiles());
    }

    private async Task BreakOffAsync(long at)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        await using var ann = await JoinAsync("ann");
        var breaking = new Watch(at, stopping.Cancel);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            ann.Room.SendFilesAsync([OutgoingFile.FromPath(Source)], progress: breaking, stop: stopping.Token)
        );
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(_folder, "kept", "uploads")));
    }

    private async Task AssertArrivedAsync(byte[] expected)
    {
        await using var bob = await JoinAsync("bob");
        var said = (await bob.Room.RecentAsync(100, Stop)).OfType<MessageReceived>();
        var file = Assert.Single(Assert.Single(said).Message.Files);
        await bob.Room.DownloadAsync(file, Target, stop: Stop);
        Assert.Equal(expected, await File.ReadAllBytesAsync(Target, Stop));
    }

    /// <summary>Leaves a message with a small file that is whole in the outbox.</summary>
    private async Task LeaveWaitingAsync()
    {
        await File.WriteAllBytesAsync(Source, s_data.AsMemory(0, 1_000), Stop);
        await using var ann = await JoinAsync("ann", new BrokenOutbox { Keeps = true }.In);
        await Assert.ThrowsAsync<IOException>(() => SendAsync(ann, "one"));
    }

    private ChatOptions TwoDaysLater(ChatOptions options)
    {
        var then = new FakeTimeProvider(TimeProvider.System.GetUtcNow() + TimeSpan.FromDays(2));
        return options with
        {
            Outbox = room => new FileOutboxStore(Path.Combine(_folder, "kept", "outbox"), room, then),
        };
    }

    private Task<string> SendAsync(Guest guest, string caption) =>
        guest.Room.SendFilesAsync([OutgoingFile.FromPath(Source)], caption, stop: Stop);

    private static ChatOptions AsSomebodyElse(ChatOptions options) =>
        options with
        {
            Outbox = _ => new MemoryOutboxStore(),
        };

    private Task<Guest> JoinElsewhereAsync(InviteLink link) =>
        Guest.JoinAsync(
            new Uri(_server.Url),
            "ann",
            RoomAccess.ByLink(link),
            TimeProvider.System,
            options => options.KeptIn(Path.Combine(_folder, "kept"))
        );

    private Task<Guest> JoinAsync(string nick, Func<ChatOptions, ChatOptions>? with = null) =>
        Guest.JoinAsync(
            new Uri(_server.Url),
            nick,
            RoomAccess.ByLink(_link),
            TimeProvider.System,
            options =>
            {
                options = nick == "ann" ? options.KeptIn(Path.Combine(_folder, "kept")) : options;
                return with?.Invoke(options) ?? options;
            }
        );

    /// <summary>Has no space for messages, or keeps them and fails then.</summary>
    private sealed class BrokenOutbox : IOutboxStore
    {
        public bool Keeps { get; init; }

        private IOutboxStore _inner = new MemoryOutboxStore();

        public StoredMessage? Seen { get; private set; }

        public ChatOptions In(ChatOptions options) =>
            options with
            {
                Outbox = room =>
                {
                    _inner = options.Outbox(room);
                    return this;
                },
            };

        public OutboxRemains Take() => _inner.Take();

        public void Add(StoredMessage message)
        {
            Seen = message;
            if (Keeps)
            {
                _inner.Add(message);
            }
            throw new IOException("no space");
        }

        public void Keep(StoredSession session) => _inner.Keep(session);

        public void Remove(string mid) => _inner.Remove(mid);

        public void Dispose() => _inner.Dispose();
    }

    /// <summary>Cuts the network at random points of a file.</summary>
    private sealed class Cutter(Relay relay, int cuts) : IProgress<TransferProgress>
    {
        private readonly Queue<int> _points = new(
            Enumerable.Range(0, cuts).Select(_ => RandomNumberGenerator.GetInt32(1, Size - 1_000_000)).Order()
        );
        private long _last;

        public int Left => _points.Count;

        /// <summary>Bytes that had to go, or come, again.</summary>
        public long GoneBack { get; private set; }

        public void Report(TransferProgress value)
        {
            GoneBack += Math.Max(0, _last - value.Done);
            _last = value.Done;
            if (_points.TryPeek(out var next) && value.Done >= next)
            {
                _points.Dequeue();
                relay.Cut();
            }
        }
    }

    /// <summary>Looks on, and does something when so many bytes have gone.</summary>
    private sealed class Watch(long at, Action act) : IProgress<TransferProgress>
    {
        private long _last;

        public bool Reached { get; private set; }

        public long First { get; private set; }

        /// <summary>Bytes that went a second time.</summary>
        public long SentAgain { get; private set; }

        /// <summary>Bytes that went; what is only passed over comes in whole parts.</summary>
        public long Sent { get; private set; }

        public void Report(TransferProgress value)
        {
            First = First == 0 ? value.Done : First;
            SentAgain += Math.Max(0, _last - value.Done);
            var step = value.Done - _last;
            Sent += step is > 0 and <= 65_536 ? step : 0;
            _last = value.Done;
            if (!Reached && value.Done >= at)
            {
                Reached = true;
                act();
            }
        }
    }
}
