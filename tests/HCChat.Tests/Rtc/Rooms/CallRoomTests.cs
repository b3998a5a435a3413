using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using Google.Protobuf;
using HCChat.Rtc.Rooms;
using HCChat.Rtc.Signal;
using HCChat.Rtc.Signal.Wire;
using HCChat.Tests.Rtc.Signal;
using HCChat.Tests.Rtc.Transport;
using Kind = HCChat.Rtc.Signal.Wire.SignalResponse.MessageOneofCase;

namespace HCChat.Tests.Rtc.Rooms;

public sealed class CallRoomTests
{
    [Fact]
    public async Task Only_a_good_token_opens_a_call()
    {
        await using var calls = await RunningCalls.StartAsync();
        Assert.Equal(HttpStatusCode.OK, await calls.ValidateAsync(RunningCalls.Token("r", "ann")));
        Assert.Equal(HttpStatusCode.Unauthorized, await calls.ValidateAsync(""));
        Assert.Equal(HttpStatusCode.Unauthorized, await calls.ValidateAsync("a.b.c"));
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            await calls.ValidateAsync(RunningCalls.Token("r", "ann", secret: new string('x', 40)))
        );
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            await calls.ValidateAsync(RunningCalls.Token("r", "ann", TimeSpan.FromMinutes(-2)))
        );
        calls.Rtc.Admit = grant => grant.Identity != "ann";
        Assert.Equal(HttpStatusCode.Unauthorized, await calls.ValidateAsync(RunningCalls.Token("r", "ann")));
    }

    [Fact]
    public async Task A_full_call_takes_nobody_but_those_who_are_in_it()
    {
        await using var calls = await RunningCalls.StartAsync(o => o with { MaxParticipants = 1, MaxRooms = 1 });
        using var ann = await calls.EnterAsync("r", "ann");
        await ann.ReadUntilAsync(Kind.Join);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await calls.ValidateAsync(RunningCalls.Token("r", "bob")));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await calls.ValidateAsync(RunningCalls.Token("s", "bob")));
        Assert.Equal(HttpStatusCode.OK, await calls.ValidateAsync(RunningCalls.Token("r", "ann")));
    }

    [Fact]
    public async Task Who_sends_what_cannot_be_read_goes_and_the_others_stay()
    {
        await using var calls = await RunningCalls.StartAsync();
        using var ann = await calls.EnterAsync("r", "ann");
        using var bob = await calls.EnterAsync("r", "bob");
        using var cat = await calls.EnterAsync("r", "cat");
        foreach (var one in new[] { ann, bob, cat })
            await one.ReadUntilAsync(Kind.Join);
        await ann.SendAsync([0xff, 0xff, 0xff]);
        await bob.SendAsync(
            new SignalRequest
            {
                Offer = new SessionDescription { Type = "offer", Sdp = "v=0 nonsense" },
            }
        );
        Assert.Equal((int)LeaveAction.Disconnect, (await ann.ReadUntilAsync(Kind.Leave)).Leave.Action);
        await bob.ReadUntilAsync(Kind.Leave);
        await cat.SendAsync(new SignalRequest { PingReq = new Ping { Timestamp = 7 } });
        Assert.Equal(7, (await cat.ReadUntilAsync(Kind.PongResp)).PongResp.LastPingTimestamp);
        Assert.Equal(["cat"], calls.Rtc.ListParticipants("r").Select(p => p.Identity));
    }

    [Fact]
    public async Task A_stay_that_nobody_knows_cannot_be_resumed_and_one_that_is_there_can()
    {
        await using var calls = await RunningCalls.StartAsync();
        using (var lost = await calls.EnterAsync("r", "ann", "&reconnect=1&sid=PA_unknown"))
        {
            var leave = (await lost.ReadUntilAsync(Kind.Leave)).Leave;
            Assert.Equal((int)LeaveReason.StateMismatch, leave.Reason);
            Assert.Equal((int)LeaveAction.Reconnect, leave.Action);
        }
        string sid;
        using (var ann = await calls.EnterAsync("r", "ann"))
            sid = (await ann.ReadUntilAsync(Kind.Join)).Join.Participant.Sid;
        using var back = await calls.EnterAsync("r", "ann", $"&reconnect=1&sid={sid}");
        await back.ReadUntilAsync(Kind.Reconnect);
        using var thief = await calls.EnterAsync("r", "eve", $"&reconnect=1&sid={sid}");
        await thief.ReadUntilAsync(Kind.Leave);
    }

    [Fact]
    public async Task Tracks_are_refused_that_are_not_encrypted_where_they_must_be_and_those_that_are_too_many()
    {
        await using var calls = await RunningCalls.StartAsync(o => o with { RequireEncryption = true, MaxTracks = 1 });
        using var ann = await calls.EnterAsync("r", "ann");
        await ann.SendAsync(Track("plain", encryption: 0));
        var refused = (await ann.ReadUntilAsync(Kind.RequestResponse)).RequestResponse;
        Assert.Equal((2, "plain"), (refused.Reason, refused.AddTrack.Cid));
        await ann.SendAsync(Track("sealed", encryption: 1));
        var track = (await ann.ReadUntilAsync(Kind.TrackPublished)).TrackPublished;
        Assert.Equal(("sealed", 1), (track.Cid, track.Track.Encryption));
        Assert.StartsWith("TR_A", track.Track.Sid, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_offer_of_a_browser_is_answered_section_by_section_under_its_number()
    {
        await using var calls = await RunningCalls.StartAsync();
        using var ann = await calls.EnterAsync("r", "ann");
        var sdp = RealOffers.Text(RealOffers.ChromiumTwoPublishing);
        foreach (
            var (cid, type) in RealOffers
                .Read(RealOffers.ChromiumTwoPublishing)
                .Sections.Where(s => s.Sends && s.Kind != "application")
                .Select(s => (s.TrackId, s.Kind == "video" ? 1 : 0))
        )
            await ann.SendAsync(
                new SignalRequest
                {
                    AddTrack = new AddTrackRequest { Cid = cid, Type = type },
                }
            );
        await ann.SendAsync(
            new SignalRequest
            {
                Offer = new SessionDescription
                {
                    Type = "offer",
                    Sdp = sdp,
                    Id = 3,
                },
            }
        );
        var answer = (await ann.ReadUntilAsync(Kind.Answer)).Answer;
        Assert.Equal(3u, answer.Id);
        Assert.Equal(3, answer.Sdp.Split("\r\nm=").Length - 1);
        Assert.Contains("a=simulcast:recv q;h;f", answer.Sdp, StringComparison.Ordinal);
        Assert.Contains("a=ice-lite", answer.Sdp, StringComparison.Ordinal);
        Assert.Contains(
            "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
            answer.Sdp,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("video-orientation", answer.Sdp, StringComparison.Ordinal);
        Assert.Equal(2, calls.Rtc.ListParticipants("r").Single().Tracks.Count);
    }

    [Fact]
    public async Task Whoever_has_shared_so_often_that_nothing_fits_any_more_comes_in_anew()
    {
        await using var calls = await RunningCalls.StartAsync();
        using var ann = await calls.EnterAsync("r", "ann");
        using var bob = await calls.EnterAsync("r", "bob");
        await ann.ReadUntilAsync(Kind.Join);
        await bob.ReadUntilAsync(Kind.Join);
        await ann.SendAsync(OfferOf(SdpReader.MaxSections * 3 / 4));
        await ann.ReadUntilAsync(Kind.Answer);
        await bob.SendAsync(OfferOf(SdpReader.MaxSections * 3 / 4 + 1));
        await bob.ReadUntilAsync(Kind.Answer);
        Assert.Equal((int)LeaveAction.Reconnect, (await bob.ReadUntilAsync(Kind.Leave)).Leave.Action);
        Assert.Equal(["ann"], calls.Rtc.ListParticipants("r").Select(p => p.Identity));
    }

    [Fact]
    public async Task Whatever_clients_send_before_and_after_they_are_in_the_call_of_the_others_goes_on()
    {
        await using var calls = await RunningCalls.StartAsync();
        using var cat = await calls.EnterAsync("r", "cat");
        await cat.ReadUntilAsync(Kind.Join);
        var fuzz = new Fuzz([.. Rubbish().Select(m => m.ToByteArray())]);
        for (var i = 0; i < Fuzz.Count / 333; i++)
        {
            // Some requests that come in any order, and at last what is none: from there on nothing more is read.
            using var mallory = await calls.EnterAsync("r", "mallory" + i % 3);
            try
            {
                for (var n = fuzz.Chance(12); n > 0; n--)
                    await mallory.SendAsync(fuzz.Next().ToArray());
                await mallory.SendAsync(i % 10 == 0 ? new byte[SignalSocket.MaxMessage + 1] : [0xff, 0xff, 0xff]);
            }
            catch (WebSocketException)
            {
                // It was put out before it had said all.
            }
            await mallory.ReadToEndAsync();
        }
        await cat.SendAsync(new SignalRequest { PingReq = new Ping { Timestamp = 7 } });
        Assert.Equal(7, (await cat.ReadUntilAsync(Kind.PongResp)).PongResp.LastPingTimestamp);
        Assert.Equal(["cat"], calls.Rtc.ListParticipants("r").Select(p => p.Identity));
    }

    // One of each kind of request, with what a client would say in it.
    private static IEnumerable<SignalRequest> Rubbish() =>
        [
            OfferOf(5),
            new()
            {
                Answer = new SessionDescription
                {
                    Type = "answer",
                    Sdp = OfferOf(2).Offer.Sdp,
                    Id = 1,
                },
            },
            new()
            {
                Trickle = new TrickleRequest { CandidateInit = "{}", Target = 1 },
            },
            Track("rubbish", encryption: 1),
            new()
            {
                Mute = new MuteTrackRequest { Sid = "TR_x", Muted = true },
            },
            new()
            {
                Subscription = new UpdateSubscription { TrackSids = { "TR_x" }, Subscribe = true },
            },
            new()
            {
                TrackSetting = new UpdateTrackSettings { TrackSids = { "TR_x" }, Width = uint.MaxValue },
            },
            new() { SubscriptionPermission = new SubscriptionPermission() },
            new() { SyncState = new SyncState() },
            new() { Simulate = new SimulateScenario { SwitchCandidateProtocol = 2 } },
            new() { UpdateMetadata = new UpdateParticipantMetadata { Name = "x" } },
            new() { Leave = new LeaveRequest() },
        ];

    private static SignalRequest OfferOf(int sections)
    {
        var sdp = new StringBuilder("v=0\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n");
        sdp.Append("a=fingerprint:sha-256 ").AppendJoin(':', Enumerable.Repeat("AA", 32)).Append("\r\n");
        for (var i = 0; i < sections; i++)
            sdp.Append(CultureInfo.InvariantCulture, $"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:{i}\r\n")
                .Append("a=inactive\r\na=rtpmap:111 opus/48000/2\r\n");
        return new SignalRequest
        {
            Offer = new SessionDescription
            {
                Type = "offer",
                Id = 1,
                Sdp = sdp.ToString(),
            },
        };
    }

    [Theory]
    [InlineData("")]
    [InlineData("!!!!")]
    [InlineData("AAAA")]
    [InlineData("____")]
    [InlineData("CAESBAAAAAA")] // packed, it says, and is not
    public async Task Whoever_says_nothing_sensible_of_themselves_does_not_get_in(string joinRequest)
    {
        await using var calls = await RunningCalls.StartAsync();
        using var http = new HttpClient();
        var address = $"{calls.Url}/rtc/v1?access_token={RunningCalls.Token("r", "ann")}&join_request={joinRequest}";
        using var plain = await http.GetAsync(new Uri(address));
        Assert.Equal(HttpStatusCode.BadRequest, plain.StatusCode);
        using var socket = new ClientWebSocket();
        await Assert.ThrowsAsync<WebSocketException>(() =>
            socket.ConnectAsync(
                new Uri(address.Replace("http:", "ws:", StringComparison.Ordinal)),
                CancellationToken.None
            )
        );
        Assert.Empty(calls.Rtc.ListRooms());
    }

    [Fact]
    public async Task Nobody_changes_their_own_name_or_metadata()
    {
        await using var calls = await RunningCalls.StartAsync();
        using var ann = await calls.EnterAsync("r", "ann");
        await ann.SendAsync(
            new SignalRequest
            {
                UpdateMetadata = new UpdateParticipantMetadata { Name = "bob", RequestId = 5 },
            }
        );
        var refused = (await ann.ReadUntilAsync(Kind.RequestResponse)).RequestResponse;
        Assert.Equal((2, 5u), (refused.Reason, refused.RequestId));
    }

    private static SignalRequest Track(string cid, int encryption) =>
        new()
        {
            AddTrack = new AddTrackRequest { Cid = cid, Encryption = encryption },
        };
}
