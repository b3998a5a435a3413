using System.Text;
using CsCheck;
using HCChat.Client;
using HCChat.Crypto;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Client;

public sealed class OutboxStoreTests : IDisposable
{
    private static readonly StoredRoom s_room = new(
        new Uri("ws://localhost/chat-ws"),
        "大厅",
        RoomProtection.Off,
        "alice"
    );
    private static readonly StoredSession s_session = new(new string('t', 43), "alice");
    private readonly string _folder = Directory.CreateTempSubdirectory("hcchat-test-").FullName;
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UnixEpoch.AddYears(56));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_has_no_answer_is_there_for_the_next_run_in_order_and_byte_for_byte()
    {
        using (var first = Open())
        {
            first.Take();
            first.Add(Message(1));
            first.Add(Message(2));
            first.Add(Message(3));
            first.Remove(Message(2).Mid);
        }
        using var second = Open();
        var left = second.Take();
        Assert.Equal([Text(1), Text(3)], left.Messages.Select(Text));
        Assert.Equal(0, left.Unreadable);
    }

    [Fact]
    public void What_was_taken_over_and_not_answered_is_there_for_the_run_after_that()
    {
        using (var first = Open())
        {
            first.Add(Message(1));
        }
        using (var second = Open())
        {
            Assert.Single(second.Take().Messages);
            second.Add(Message(2));
        }
        using var third = Open();
        Assert.Equal([Text(1), Text(2)], third.Take().Messages.Select(Text));
        third.Remove(Message(1).Mid);
        third.Remove(Message(2).Mid);
        third.Dispose();
        Assert.Empty(Files());
    }

    [Fact]
    public void What_a_running_client_keeps_is_not_taken_away_from_it()
    {
        using var running = Open();
        running.Add(Message(1));
        using var other = Open();
        Assert.Empty(other.Take().Messages);
        Assert.Single(Files());
    }

    [Fact]
    public void Rooms_servers_and_protections_have_outboxes_of_their_own()
    {
        using (var store = Open())
        {
            store.Keep(s_session);
            store.Add(Message(1));
        }
        StoredRoom[] others =
        [
            s_room with
            {
                Channel = "other",
            },
            s_room with
            {
                Protection = RoomProtection.Passphrase,
            },
            s_room with
            {
                Server = new Uri("ws://elsewhere/chat-ws"),
            },
        ];
        Assert.All(
            others,
            room =>
            {
                using var store = new FileOutboxStore(_folder, room, _clock);
                var left = store.Take();
                Assert.Empty(left.Messages);
                Assert.Null(left.Session); // a token is told to the server that gave it, and to no other
            }
        );
    }

    [Fact]
    public void The_newest_session_is_there_for_the_next_run_of_the_same_name()
    {
        using (var first = Open())
        {
            first.Keep(s_session with { Token = "older" });
            first.Keep(s_session);
            Assert.Single(Files());
        }
        using (var other = Open(s_room with { Nick = "bob" }))
        {
            Assert.Null(other.Take().Session);
        }
        using (var trip = Open(s_room with { Nick = null }))
        {
            Assert.Null(trip.Take().Session);
        }
        using (var second = Open())
        {
            Assert.Equal(s_session, second.Take().Session);
            using var meanwhile = Open();
            Assert.Null(meanwhile.Take().Session);
        }
        using var third = Open();
        Assert.Equal(s_session, third.Take().Session);
    }

    [Fact]
    public void A_session_that_messages_wait_for_is_there_for_whoever_takes_them()
    {
        using (var first = Open())
        {
            first.Keep(s_session);
            first.Add(Message(1));
        }
        using var other = Open(s_room with { Nick = null });
        var left = other.Take();
        Assert.Equal((s_session, Text(1)), (left.Session, Text(Assert.Single(left.Messages))));
        other.Remove(Message(1).Mid);
        other.Dispose();
        Assert.Empty(Files());
    }

    [Fact]
    public void A_session_that_no_server_takes_any_more_goes()
    {
        using (var first = Open())
        {
            first.Keep(s_session);
        }
        _clock.Advance(TimeSpan.FromHours(25));
        using var second = Open();
        Assert.Null(second.Take().Session);
        Assert.Empty(Files());
    }

    [Fact]
    public void A_session_names_no_token_where_it_is_printed() =>
        Assert.DoesNotContain(s_session.Token, $"{s_session} {new OutboxRemains([], 0, s_session)}");

    [Fact]
    public void Only_the_user_reads_it()
    {
        using var store = Open();
        store.Keep(s_session);
        store.Add(Message(1));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Assert.Single(Files())));
        }
    }

    [Fact]
    public void A_crash_at_any_moment_leaves_what_was_added_and_not_removed() =>
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 20])
            .Array[0, 60]
            .Sample(
                steps =>
                {
                    using var store = Open();
                    var waiting = new List<int>();
                    StoredSession? session = null;
                    var count = 0;
                    foreach (var (step, number) in steps)
                    {
                        if (step == 0)
                        {
                            session = s_session with { Token = $"token {count} {number}" };
                            store.Keep(session);
                        }
                        else if (step <= 3)
                        {
                            store.Add(Message(count));
                            waiting.Add(count++);
                        }
                        else if (waiting.Count > 0)
                        {
                            var gone = waiting[number % waiting.Count];
                            store.Remove(Message(gone).Mid);
                            waiting.Remove(gone);
                        }
                    }
                    var left = AfterCrash();
                    Assert.Equal(waiting.Select(Text), left.Messages.Select(Text));
                    Assert.Equal((session, 0), (left.Session, left.Unreadable));
                    store.Dispose();
                    Files().ToList().ForEach(File.Delete);
                },
                iter: 100,
                threads: 1
            );

    [Fact]
    public void A_file_that_was_cut_off_or_damaged_costs_no_other_message()
    {
        using var store = Open();
        for (var i = 0; i < 5; i++)
        {
            store.Add(Message(i));
        }
        var whole = File.ReadAllBytes(Copy(Assert.Single(Files())));
        var line = whole.Length / 5;
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte[1, 255])
            .Sample(
                (at, change) =>
                {
                    var cut = OutboxLog.Read(new MemoryStream(whole[..at]));
                    Assert.Equal(Enumerable.Range(0, at / line).Select(Text), cut.Messages.Select(Text));
                    Assert.Equal(at % line == 0 ? 0 : 1, cut.Unreadable);
                    byte[] damaged = [.. whole];
                    damaged[at] ^= change;
                    var read = OutboxLog.Read(new MemoryStream(damaged));
                    var spoilt = new[] { at / line, at % line == line - 1 ? at / line + 1 : at / line };
                    Assert.Equal(Enumerable.Range(0, 5).Except(spoilt).Select(Text), read.Messages.Select(Text));
                    Assert.InRange(read.Unreadable, 1, 2);
                },
                iter: 2_000
            );
    }

    [Fact]
    public void Rubbish_is_counted_and_gone_the_next_time()
    {
        using (var store = Open())
        {
            store.Add(Message(1));
        }
        var file = Assert.Single(Files());
        File.WriteAllText(file, "rubbish\n+ half\n\0\0\0\n" + File.ReadAllText(file));
        File.WriteAllBytes(Path.Combine(Path.GetDirectoryName(file)!, "0-rubbish.log"), [0xFF, 0xFE, 0x0A, 0x00]);
        using (var store = Open())
        {
            var left = store.Take();
            Assert.Equal([Text(1)], left.Messages.Select(Text));
            Assert.Equal(5, left.Unreadable);
        }
        using var next = Open();
        Assert.Equal(0, next.Take().Unreadable);
    }

    private static StoredMessage Message(int i) =>
        new(
            $"message-{i:D10}",
            Encoding.UTF8.GetBytes($$"""{"cmd":"chat","text":"你好 {{i:D4}}","mid":"message-{{i:D10}}"}""")
        );

    private static string Text(int i) => Text(Message(i));

    private static string Text(StoredMessage message) => Encoding.UTF8.GetString(message.Frame.Span);

    private FileOutboxStore Open(StoredRoom? room = null)
    {
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        return new FileOutboxStore(_folder, room ?? s_room, _clock);
    }

    private string[] Files() => Directory.GetFiles(_folder, "*.log", SearchOption.AllDirectories);

    private static string Copy(string file)
    {
        var copy = Path.GetTempFileName();
        using var process = System.Diagnostics.Process.Start("cp", [file, copy]);
        process.WaitForExit();
        return copy;
    }

    /// <summary>What a run finds that begins on an image of the disk as it is now.</summary>
    private OutboxRemains AfterCrash()
    {
        var image = Directory.CreateTempSubdirectory("hcchat-test-").FullName;
        try
        {
            foreach (var file in Files())
            {
                var folder = Directory.CreateDirectory(
                    Path.Combine(image, Path.GetFileName(Path.GetDirectoryName(file)!))
                );
                File.Move(Copy(file), Path.Combine(folder.FullName, Path.GetFileName(file)));
            }
            using var store = new FileOutboxStore(image, s_room, _clock);
            return store.Take();
        }
        finally
        {
            Directory.Delete(image, recursive: true);
        }
    }
}
