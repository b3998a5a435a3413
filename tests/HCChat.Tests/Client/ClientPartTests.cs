using System.Net.Sockets;
using System.Text.Json;
using HCChat.Client;
using HCChat.Crypto;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Client;

public sealed class ClientPartTests
{
    [Fact]
    public void The_wait_before_another_attempt_doubles_from_half_a_second_to_thirty()
    {
        Assert.Equal(
            [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000],
            Enumerable.Range(0, 8).Select(Backoff.Bound)
        );
        Assert.Equal(30_000, Backoff.Bound(1_000_000));
        var backoff = new Backoff();
        Assert.InRange(backoff.Next(null), TimeSpan.Zero, TimeSpan.FromSeconds(0.5));
        var told = TimeSpan.FromSeconds(7);
        Assert.InRange(backoff.Next(told), told, told + TimeSpan.FromSeconds(1));
        backoff.Reset();
        Assert.InRange(backoff.Next(null), TimeSpan.Zero, TimeSpan.FromSeconds(0.5));
    }

    [Fact]
    public void A_connection_that_breaks_just_when_it_stands_is_the_network_s_fault()
    {
        using var stall = new Stall(TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.True(stall.IsCauseOf(new SocketException((int)SocketError.NotConnected)));
        Assert.False(stall.IsCauseOf(new InvalidOperationException()));
    }

    [Fact]
    public async Task What_is_refused_again_and_again_is_given_up_in_time_whatever_goes_out_for_it()
    {
        var (clock, tries) = (new FakeTimeProvider(), 0);
        var persistence = new Persistence(clock, TimeSpan.FromMinutes(2));
        var trying = persistence.TryAsync<int>(
            () =>
            {
                tries++;
                persistence.Progressed(); // the body went, and was not taken
                throw new FileRefusedException(Refusal.StoreFull);
            },
            TestContext.Current.CancellationToken
        );
        while (!trying.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        Assert.Equal("storage_full", (await Assert.ThrowsAsync<FileRefusedException>(() => trying)).Code);
        Assert.True(tries > 1);
    }

    [Theory]
    [InlineData(4009, true)]
    [InlineData(4011, true)]
    [InlineData(4403, true)]
    [InlineData(4008, false)]
    [InlineData(1012, false)]
    [InlineData(null, false)]
    public void Some_close_codes_mean_not_to_come_back(int? code, bool final) =>
        Assert.Equal(final, Backoff.IsFinal(code));

    [Fact]
    public async Task A_reader_that_falls_behind_loses_the_oldest_events_and_is_told_how_many()
    {
        var queue = new EventQueue(TimeProvider.System);
        for (var i = 0; i < EventQueue.Capacity + 3; i++)
        {
            queue.Post(new MessagesMissing(default, i));
        }
        queue.Close();
        var read = new List<ChatEvent>();
        await foreach (var happened in queue.ReadAsync(TestContext.Current.CancellationToken))
        {
            read.Add(happened);
        }
        Assert.Equal(3, Assert.IsType<EventsLost>(read[0]).Count);
        Assert.Equal(3, Assert.IsType<MessagesMissing>(read[1]).Count);
        Assert.Equal(EventQueue.Capacity + 1, read.Count);
    }

    [Fact]
    public void An_outbox_keeps_the_order_and_a_bound()
    {
        var sent = new List<byte[]>();
        using var store = new MemoryOutboxStore();
        using var outbox = new Outbox(frame => sent.Add(frame.ToArray()), TimeProvider.System, store);
        for (var i = 0; i < Outbox.Capacity; i++)
        {
            outbox.Add(new PendingMessage($"m{i}", new[] { (byte)i }));
        }
        Assert.Throws<OutboxFullException>(() => outbox.Add(new PendingMessage("one more", default)));
        Assert.Equal("m1", outbox.Take("m1")!.Mid);
        Assert.Null(outbox.Take("m1"));
        outbox.Open();
        Assert.Equal([0], Assert.Single(sent));
        outbox.Acknowledge("m0");
        Assert.Equal([2], sent[^1]);
    }

    [Fact]
    public void A_salt_that_changes_between_two_joins_is_an_error_and_nothing_is_derived_anew()
    {
        using var room = new RoomLock(RoomAccess.ByPassphrase("lobby", "passphrase"), TimeProvider.System);
        room.Unlock(Salt("AQID"));
        var kid = room.Kid;
        room.Unlock(Salt("AQID"));
        Assert.Throws<RoomSaltChangedException>(() => room.Unlock(Salt("AQIE")));
        Assert.Throws<RoomSaltChangedException>(() => room.Unlock(Salt("")));
        Assert.Equal(kid, room.Kid);
    }

    [Fact]
    public void A_salt_that_is_none_is_refused()
    {
        using var room = new RoomLock(RoomAccess.ByPassphrase("lobby", "passphrase"), TimeProvider.System);
        Assert.Throws<E2eeException>(() => room.Unlock(Salt("!!")));
        Assert.Throws<E2eeException>(() => room.Unlock(Salt(new string('A', 44))));
    }

    [Fact]
    public void A_room_is_encrypted_unless_plain_is_asked_for()
    {
        using var keyless = InviteLink.Parse("https://chat.example/#/r/lobby");
        Assert.Throws<ArgumentException>(() => RoomAccess.ByLink(keyless));
        Assert.Equal(RoomProtection.Passphrase, RoomAccess.ByLink(keyless, "passphrase").Protection);
        Assert.Equal(RoomProtection.Off, RoomAccess.Plain("lobby").Protection);
    }

    private static JsonElement Salt(string base64) =>
        JsonSerializer.SerializeToElement(new { e2ee = new { saltB64 = base64 } });
}
