using HCChat.Client;
using HCChat.Crypto;

namespace HCChat.Tests.Client;

/// <summary>Who signed, as the SDK tells it with the real server, and what of it outlives the process.</summary>
public sealed class KnownKeyTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hcchat-test-").FullName;
    private RunningServer _server = null!;
    private InviteLink _link = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string PinFile => Assert.Single(Directory.GetFiles(_folder, "*.json", SearchOption.AllDirectories));

    public async ValueTask InitializeAsync()
    {
        _server = await RunningServer.StartAsync("--Limits:RateLimit=false");
        _link = InviteLink.NewRoom(new Uri(_server.Url));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _link.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Whoever_is_given_no_key_signs_with_one_that_lives_as_long_as_the_client()
    {
        await using var bob = await JoinAsync("bob");
        IdentityKey key;
        await using (var alice = await JoinAsync("alice"))
        {
            await alice.SayAsync("one");
            await alice.SayAsync("two");
            key = alice.Client.Identity;
        }
        Assert.Equal(new Authorship(Standing.First, key, null), (await bob.HearAsync()).Authorship);
        Assert.Equal(new Authorship(Standing.Pinned, key, key), (await bob.HearAsync()).Authorship);
        await using var again = await JoinAsync("alice");
        await again.SayAsync("three");
        var changed = (await bob.HearAsync()).Authorship!;
        Assert.Equal((Standing.Changed, key, true), (changed.Standing, changed.Known, changed.IsDoubtful));
    }

    [Fact]
    public async Task What_is_kept_in_a_folder_makes_the_next_run_the_same_person_who_knows_the_same_people()
    {
        IdentityKey key;
        await using (var bob = await JoinAsync("bob"))
        await using (var alice = await JoinAsync("alice", options => options.KeptIn(_folder)))
        {
            key = alice.Client.Identity;
            await bob.SayAsync("hello");
            Assert.Equal(Standing.First, (await alice.HearAsync()).Authorship!.Standing);
        }
        await using var again = await JoinAsync("alice", options => options.KeptIn(_folder));
        Assert.Equal(key, again.Client.Identity);
        await using var other = await JoinAsync("bob");
        await other.SayAsync("hello");
        Assert.Equal(Standing.Changed, (await again.HearAsync()).Authorship!.Standing);
        Assert.Contains(again.Room.KnownKeys, pin => pin.Nick == "bob" && pin.Key != other.Client.Identity);
        if (!OperatingSystem.IsWindows())
        {
            const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            Assert.Equal(owner, File.GetUnixFileMode(PinFile));
            Assert.Equal(owner, File.GetUnixFileMode(Path.Combine(_folder, "identity")));
        }
    }

    [Fact]
    public async Task What_one_process_accepts_and_verifies_another_that_is_running_knows_at_once()
    {
        await using var alice = await JoinAsync("alice", options => options.KeptIn(_folder));
        await using var bob = await JoinAsync("bob");
        await bob.SayAsync("one");
        Assert.Equal(Standing.First, (await alice.HearAsync()).Authorship!.Standing);
        var store = new FilePinStore(
            Path.Combine(_folder, "pins"),
            new ChatOptions { Server = new Uri(_server.Url), Nick = "any" }.StoredRoom(
                _link.Channel,
                RoomProtection.Passphrase
            )
        );
        Assert.Equal(PinFile, store.Path);
        store.Change(pins => pins.Verify("bob", bob.Client.Identity));
        await bob.SayAsync("two");
        Assert.Equal(Standing.Verified, (await alice.HearAsync()).Authorship!.Standing);
        Assert.Contains(store.Read().All, pin => pin is { Nick: "bob", Verified: true });
        using var other = SigningIdentity.Generate();
        store.Change(pins => pins.Accept("bob", other.Key));
        await bob.SayAsync("three");
        Assert.Equal(Standing.Changed, (await alice.HearAsync()).Authorship!.Standing);
        alice.Room.AcceptKey("bob", bob.Client.Identity);
        Assert.False(alice.Room.VerifyKey("bob", other.Key));
        await bob.SayAsync("four");
        Assert.Equal(Standing.Pinned, (await alice.HearAsync()).Authorship!.Standing);
    }

    [Fact]
    public async Task One_person_under_two_names_is_told_and_verified_under_each_alone()
    {
        using var key = SigningIdentity.Generate();
        await using var alice = await JoinAsync("alice");
        await using var bob = await JoinAsync("bob", options => options with { Identity = key });
        await bob.SayAsync("one");
        await alice.HearAsync();
        Assert.True(alice.Room.VerifyKey("bob", key.Key));
        await using var robert = await JoinAsync("robert", options => options with { Identity = key });
        await robert.SayAsync("two");
        Assert.Equal(Standing.First, (await alice.HearAsync()).Authorship!.Standing);
        Assert.Equal(["bob"], alice.Room.AlsoKnownAs("robert", key.Key));
    }

    [Fact]
    public async Task Damaged_pins_are_said_and_nobody_is_taken_anew_behind_the_users_back()
    {
        await using (var alice = await JoinAsync("alice", options => options.KeptIn(_folder)))
        {
            await alice.SayAsync("one");
        }
        var file = PinFile;
        foreach (var damage in new[] { "", "{}", (await File.ReadAllTextAsync(file, Stop))[..20] })
        {
            await File.WriteAllTextAsync(file, damage, Stop);
            await Assert.ThrowsAsync<PinsDamagedException>(() =>
                JoinAsync("alice", options => options.KeptIn(_folder))
            );
            Assert.Equal(damage, await File.ReadAllTextAsync(file, Stop));
        }
        File.Delete(file);
        await using var anew = await JoinAsync("alice", options => options.KeptIn(_folder));
    }

    [Fact]
    public async Task Pins_that_cannot_be_kept_are_told_once_and_hold_as_long_as_the_client_lives()
    {
        await using var alice = await JoinAsync(
            "alice",
            options => options with { Pins = room => new FilePinStore("/dev/null/pins", room) }
        );
        await using var bob = await JoinAsync("bob");
        foreach (var text in new[] { "one", "two" })
        {
            await bob.SayAsync(text);
        }
        var seen = await alice.UntilAsync("two");
        Assert.Single(seen, e => e is NoticeReceived { Code: "pins_not_kept" });
        Assert.Equal(
            [Standing.First, Standing.Pinned],
            seen.OfType<MessageReceived>().Select(e => e.Message.Authorship!.Standing)
        );
    }

    [Fact]
    public void A_damaged_key_is_never_replaced_and_two_that_begin_at_once_take_the_same()
    {
        var path = Path.Combine(_folder, "deep", "identity");
        using var first = IdentityFile.Open(path);
        using var second = IdentityFile.Open(path);
        Assert.Equal(first.Key, second.Key);
        Assert.Throws<IOException>(() => IdentityFile.Save(path, second, replace: false));
        foreach (var damage in new[] { "", "hcid1-AAAA", new string('x', 5_000) })
        {
            File.WriteAllText(path, damage);
            Assert.Equal(E2eeError.Format, Assert.Throws<E2eeException>(() => IdentityFile.Open(path)).Error);
            Assert.Equal(damage, File.ReadAllText(path));
        }
    }

    [Fact]
    public async Task Several_processes_that_learn_at_once_lose_nothing_of_what_the_others_learnt()
    {
        var room = new StoredRoom(new Uri("ws://localhost/"), "x", RoomProtection.Passphrase, null);
        using var key = SigningIdentity.Generate();
        var learning = Enumerable
            .Range(0, 4)
            .Select(i =>
                Task.Run(
                    () =>
                    {
                        var store = new FilePinStore(_folder, room);
                        for (var n = 0; n < 10; n++)
                        {
                            store.Change(pins => pins.See($"nick{i}_{n}", key.Key));
                        }
                        Assert.True(store.Read().Count >= 10);
                    },
                    Stop
                )
            );
        await Task.WhenAll(learning);
        Assert.Equal(40, new FilePinStore(_folder, room).Read().Count);
    }

    [Fact]
    public async Task Reading_backwards_knows_people_by_their_keys_too()
    {
        using var key = SigningIdentity.Generate();
        await using (var bob = await JoinAsync("bob", options => options with { Identity = key }))
        {
            await bob.SayAsync("one");
        }
        await using var alice = await JoinAsync("alice");
        var past = await alice.Room.RecentAsync(10, Stop);
        Assert.Equal(Standing.First, Assert.Single(past.OfType<MessageReceived>()).Authorship!.Standing);
        Assert.Equal("bob", Assert.Single(alice.Room.KnownKeys).Nick);
    }

    [Fact]
    public async Task In_a_plain_room_nobody_signs()
    {
        await using var alice = await Guest.JoinAsync(_server, "alice", RoomAccess.Plain("lobby"));
        await using var bob = await Guest.JoinAsync(_server, "bob", RoomAccess.Plain("lobby"));
        await bob.SayAsync("hi");
        Assert.Null((await alice.HearAsync()).Authorship);
        Assert.False(alice.Room.HasKeys);
        Assert.Throws<InvalidOperationException>(() => alice.Room.AcceptKey("bob", bob.Client.Identity));
    }

    private Task<Guest> JoinAsync(string nick, Func<ChatOptions, ChatOptions>? with = null) =>
        Guest.JoinAsync(new Uri(_server.Url), nick, RoomAccess.ByLink(_link), TimeProvider.System, with);
}
