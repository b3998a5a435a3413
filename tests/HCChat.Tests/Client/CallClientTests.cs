using System.Net.WebSockets;
using HCChat.Client;
using HCChat.Crypto;
using HCChat.Tests.Rtc.Rooms;
using Kind = HCChat.Rtc.Signal.Wire.SignalResponse.MessageOneofCase;

namespace HCChat.Tests.Client;

/// <summary>Calls with the SDK and the real server.</summary>
public sealed class CallClientTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_is_begun_entered_seen_by_those_who_come_later_and_over_when_everybody_has_left()
    {
        await using var server = await RunningServer.StartAsync();
        using var link = InviteLink.NewRoom(new Uri(server.Url));
        await using var ann = await Guest.JoinAsync(server, "ann", RoomAccess.ByLink(link));
        await using var bob = await Guest.JoinAsync(server, "bob", RoomAccess.ByLink(link));
        var begun = await ann.Room.StartCallAsync(video: true, Stop);
        Assert.Equal((begun.Id, "ann", true), Known((await bob.NextAsync<CallChanged>()).Call));
        Assert.Equal("call_running", (await RefusedAsync(() => bob.Room.StartCallAsync(stop: Stop))).Code);

        var seat = await bob.Room.TakeSeatAsync("a bot", Stop);
        Assert.Equal(seat.Identity, (await bob.Room.TakeSeatAsync(stop: Stop)).Identity);
        Assert.DoesNotContain(seat.Token, seat.ToString(), StringComparison.Ordinal);
        using (await EnterAsync(seat))
        {
            var there = await UntilAsync(ann, call => call.People.Count == 1);
            Assert.Equal((seat.Identity, "bob"), (there.People[0].Identity, there.People[0].Nick));
            Assert.Equal(seat.Identity, Assert.Single(await ann.Room.CallPeopleAsync(Stop)).Identity);

            await using var cat = await Guest.JoinAsync(server, "cat", RoomAccess.ByLink(link));
            Assert.Equal(Known(begun), Known((await cat.NextAsync<CallChanged>()).Call));
            var keys = new[] { ann, bob, cat }.Select(one => one.Room.CallKeyOf(seat.Identity).Text);
            Assert.Single(keys.Distinct());

            await ann.Room.RekeyCallAsync(Stop);
            Assert.Equal(1, (await cat.NextAsync<CallRekeyed>()).Epoch);
            Assert.Equal(1, cat.Room.CallKeyOf(seat.Identity).Index);
            Assert.Empty(await ann.Room.CallRelaysAsync(Stop)); // no operator has set any
            Assert.Equal(
                "forbidden",
                (await RefusedAsync(() => ann.Room.RemoveFromCallAsync(seat.Identity, Stop))).Code
            );
        }
        // Who is gone is missed after a while; this one says so.
        server.Service<HCChat.Rtc.RtcServer>().Remove(CallOf(server, link), seat.Identity);
        Assert.Equal(begun.Id, (await ann.NextAsync<CallEnded>()).CallId);
        Assert.Null(ann.Room.Call);
        Assert.Equal("no_call", (await RefusedAsync(() => ann.Room.TakeSeatAsync(stop: Stop))).Code);
    }

    [Fact]
    public async Task Those_who_keep_order_put_somebody_out_of_the_call_and_whoever_is_kicked_has_no_seat_any_more()
    {
        await using var server = await RunningServer.StartAsync();
        using var link = InviteLink.NewRoom(new Uri(server.Url));
        await using var owner = await Guest.JoinAsync(
            new Uri(server.Url),
            "owner",
            RoomAccess.ByLink(link),
            TimeProvider.System,
            options => options with { ProveIdentity = true }
        );
        await owner.Room.ClaimAsync(Stop);
        await using var ann = await Guest.JoinAsync(server, "ann", RoomAccess.ByLink(link));
        await ann.Room.StartCallAsync(stop: Stop);
        var seat = await ann.Room.TakeSeatAsync(stop: Stop);
        using var media = await EnterAsync(seat);
        await UntilAsync(owner, call => call.People.Count == 1);
        var noTrack = () => owner.Room.MuteTrackAsync(seat.Identity, "TR_none", Stop);
        Assert.Equal("not_found", (await RefusedAsync(noTrack)).Code);
        await owner.Room.RemoveFromCallAsync(seat.Identity, Stop);
        await owner.NextAsync<CallEnded>();
        await owner.Room.KickAsync(Whom.Nick("ann"), Stop);
        await Assert.ThrowsAsync<RoomClosedException>(async () =>
        {
            await ann.NextAsync<RoomClosed>();
            await ann.Room.TakeSeatAsync(stop: Stop);
        });
    }

    [Fact]
    public async Task Where_there_are_no_calls_or_no_keys_that_is_said()
    {
        await using var server = await RunningServer.StartAsync("--Rtc:Mode=off");
        using var link = InviteLink.NewRoom(new Uri(server.Url));
        await using var ann = await Guest.JoinAsync(server, "ann", RoomAccess.ByLink(link));
        await using var plain = await Guest.JoinAsync(server, "ann", RoomAccess.Plain("lobby"));
        Assert.Equal("no_calls", (await RefusedAsync(() => ann.Room.StartCallAsync(stop: Stop))).Code);
        Assert.Equal("no_calls", (await RefusedAsync(() => ann.Room.CallRelaysAsync(Stop))).Code);
        Assert.Equal("no_calls", (await RefusedAsync(() => ann.Room.CallPeopleAsync(Stop))).Code);
        Assert.Equal("no_calls", (await RefusedAsync(() => ann.Room.RemoveFromCallAsync("p", Stop))).Code);
        await Assert.ThrowsAsync<NotSupportedException>(() => plain.Room.StartCallAsync(stop: Stop));
    }

    private static async Task<CallClient> EnterAsync(CallSeat seat)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"{seat.Url.AbsoluteUri.TrimEnd('/')}/rtc?access_token={seat.Token}"), Stop);
        var client = new CallClient(socket);
        var join = await client.ReadUntilAsync(Kind.Join);
        Assert.Equal(seat.Identity, join.Join.Participant.Identity);
        return client;
    }

    private static async Task<OngoingCall> UntilAsync(Guest guest, Func<OngoingCall, bool> holds)
    {
        while (true)
        {
            if ((await guest.NextAsync<CallChanged>()).Call is var call && holds(call))
            {
                return call;
            }
        }
    }

    private static Task<CommandRefusedException> RefusedAsync(Func<Task> act) =>
        Assert.ThrowsAsync<CommandRefusedException>(act);

    private static (string, string, bool) Known(OngoingCall call) => (call.Id, call.Nick, call.Video);

    private static string CallOf(RunningServer server, InviteLink link) =>
        server.Service<HCChat.Server.Calls.CallSeats>().CallOf(link.Channel);
}
