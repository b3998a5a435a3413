using System.Collections.Concurrent;
using System.Net;
using System.Text;
using HCChat.Rtc.Transport;
using Microsoft.Extensions.Logging.Abstractions;

namespace HCChat.Tests.Rtc.Transport;

/// <summary>The whole path over real sockets, against a second implementation's handshake.</summary>
public sealed class LoopbackTests : IAsyncDisposable
{
    private readonly MediaPort _port = new(
        new MediaPortOptions(IPAddress.Loopback, 0, 0, []),
        TimeProvider.System,
        NullLogger.Instance
    );
    private readonly BlockingCollection<byte[]> _rtp = [];
    private readonly BlockingCollection<byte[]> _rtcp = [];
    private readonly BlockingCollection<(string Label, string Text)> _data = [];
    private readonly BlockingCollection<bool> _connected = [];
    private readonly BlockingCollection<string> _closed = [];

    public static TheoryData<bool, int> Ways =>
        new()
        {
            { false, 1 },
            { false, 7 },
            { false, 8 },
            { true, 1 },
            { true, 7 },
            { true, 8 },
        };

    public ValueTask DisposeAsync() => _port.DisposeAsync();

    [Theory, MemberData(nameof(Ways))]
    public void Media_control_and_data_go_both_ways(bool tcp, int profile)
    {
        using var peer = Open();
        peer.OpenChannel("_ours", ordered: true, maxRetransmits: null);
        using var client = Connected(peer, tcp, profile);
        Assert.Equal((SrtpProfile)profile, client.Profile);
        Assert.True(peer.IsConnected);

        var source = peer.BeginSource();
        for (ushort i = 0; i < 20; i++)
        {
            client.SendRtp(SrtpTests.Packet(5, i, 900), 912);
            Assert.Equal(SrtpTests.Packet(5, i, 900)[..912], MediaClient.Next(_rtp));
            peer.SendRtp(SrtpTests.Packet(source, i, 900), 912);
            Assert.Equal(SrtpTests.Packet(source, i, 900)[..912], MediaClient.Next(client.Rtp));
        }
        byte[] report = [0x80, 201, 0, 1, 0, 0, 0, 5];
        client.SendRtcp(report);
        Assert.Equal(report, MediaClient.Next(_rtcp));
        peer.SendRtcp(report);
        Assert.Equal(report, MediaClient.Next(client.Rtcp));

        OpenChannel(client, "_reliable");
        var text = new string('字', 20_000);
        client.OnSctp(s => s.Outbound.Enqueue(new SctpDelivery(0, 51, true, null), Encoding.UTF8.GetBytes(text)));
        Flush(client);
        Assert.Equal(("_reliable", text), MediaClient.Next(_data));
        Assert.True(peer.SendData("_reliable", Encoding.UTF8.GetBytes(text), binary: false));
        Assert.True(peer.SendData("_ours", "x"u8, binary: true));
        client.WaitForSctp(s =>
            s.Received.Any(r => r.Protocol == 51) && s.Received.Any(r => r is { Protocol: 53, Stream: 1 })
        );
        Assert.Equal(
            text,
            client.OnSctp(s => Encoding.UTF8.GetString(s.Received.Single(r => r.Protocol == 51).Message))
        );
    }

    [Fact]
    public void The_profile_is_the_first_of_ours_that_the_client_offers()
    {
        using var peer = Open();
        using var client = new MediaClient(_port.Udp!, tcp: false);
        client.Check(peer);
        peer.Expect(client.Fingerprint);
        client.Handshake(_port.Fingerprint, [1, 8, 7]);
        Assert.Equal(SrtpProfile.AeadAes128Gcm, client.Profile);
    }

    [Fact]
    public void Whoever_has_sent_from_more_sources_than_are_remembered_is_ended_and_begins_anew()
    {
        using var peer = Open();
        using var client = Connected(peer, false, 7);
        for (var ssrc = 1u; ssrc <= SrtpReceiver.MaxSources; ssrc++)
        {
            client.SendRtp(SrtpTests.Packet(ssrc, 1, 50), 62);
            MediaClient.Next(_rtp);
        }
        Assert.Empty(_closed);
        client.SendRtp(SrtpTests.Packet(SrtpReceiver.MaxSources + 1, 1, 50), 62);
        MediaClient.Next(_closed);
        Assert.Empty(_rtp);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_packet_that_is_repeated_or_changed_is_not_handed_out(bool tcp)
    {
        using var peer = Open();
        using var client = Connected(peer, tcp, 7);
        var sent = client.SendRtp(SrtpTests.Packet(5, 1, 50), 62);
        client.Send(sent);
        sent[20] ^= 1;
        client.Send(sent);
        client.SendRtp(SrtpTests.Packet(5, 2, 50), 62);
        Assert.Equal(1, MediaClient.Next(_rtp)[3]);
        Assert.Equal(2, MediaClient.Next(_rtp)[3]);
        Assert.Empty(_rtp);
    }

    [Fact]
    public void A_certificate_with_another_fingerprint_is_refused()
    {
        using var peer = Open();
        using var client = new MediaClient(_port.Udp!, tcp: false);
        client.Check(peer);
        peer.Expect(new DtlsIdentity(TimeProvider.System).Fingerprint);
        Assert.ThrowsAny<IOException>(() => client.Handshake(_port.Fingerprint, [7]));
        Assert.Contains("DTLS", MediaClient.Next(_closed), StringComparison.Ordinal);
        Assert.False(peer.IsConnected);
        Assert.False(peer.SendData("x", "x"u8, binary: true));
    }

    [Fact]
    public void A_client_without_a_certificate_is_refused()
    {
        using var peer = Open();
        using var client = new MediaClient(_port.Udp!, tcp: false);
        client.Check(peer);
        peer.Expect(client.Fingerprint);
        Assert.ThrowsAny<IOException>(() => client.Handshake(_port.Fingerprint, [7], anonymous: true));
        MediaClient.Next(_closed);
    }

    [Fact]
    public void A_client_without_a_profile_of_ours_is_refused()
    {
        using var peer = Open();
        using var client = new MediaClient(_port.Udp!, tcp: false);
        client.Check(peer);
        peer.Expect(client.Fingerprint);
        Assert.ThrowsAny<IOException>(() => client.Handshake(_port.Fingerprint, [2]));
        MediaClient.Next(_closed);
    }

    [Fact]
    public async Task A_fingerprint_may_come_after_the_handshake_has_begun()
    {
        using var peer = Open();
        using var client = new MediaClient(_port.Udp!, tcp: false);
        client.Check(peer);
        var handshake = Task.Run(() => client.Handshake(_port.Fingerprint, [7]));
        Assert.True(SpinWait.SpinUntil(() => _port.Handshakes.CurrentCount < MediaPort.MaxHandshakes, 60_000));
        peer.Expect(client.Fingerprint.ToLowerInvariant());
        await handshake;
        MediaClient.Next(_connected);
    }

    [Fact]
    public void A_goodbye_is_told_once()
    {
        using var peer = Open();
        using var client = Connected(peer, false, 7);
        client.CloseDtls();
        MediaClient.Next(_closed);
        Assert.Empty(_closed);
    }

    [Fact]
    public void Whoever_is_put_out_is_told_and_not_answered_any_more()
    {
        using var other = Open();
        var peer = Open();
        using var client = Connected(peer, false, 7);
        peer.Dispose();
        MediaClient.Next(client.Ends);
        client.Send(StunMessages.Check($"{peer.Ufrag}:them", peer.Password));
        client.Check(other);
        Assert.Empty(client.Answers);
        Assert.Empty(_closed);
        Assert.Equal(1, _port.LinkCount);
    }

    [Fact]
    public void After_a_restart_of_ICE_the_same_keys_serve_a_new_address()
    {
        using var peer = Open();
        using var client = Connected(peer, false, 7);
        var (ufrag, password) = (peer.Ufrag, peer.Password);
        peer.RestartIce();
        Assert.NotEqual(ufrag, peer.Ufrag);
        // Until the first check under the new ones, the old ones are good.
        client.Send(StunMessages.Check($"{ufrag}:them", password));
        MediaClient.Next(client.Answers);
        var source = peer.BeginSource();
        peer.SendRtp(SrtpTests.Packet(source, 1, 50), 62);
        MediaClient.Next(client.Rtp);

        using var moved = new MediaClient(_port.Tcp!, tcp: true);
        moved.Check(peer, useCandidate: false);
        client.Send(StunMessages.Check($"{ufrag}:them", password));
        client.Check(peer, useCandidate: false);
        Assert.Empty(client.Answers);
        peer.SendRtcp([0x80, 201, 0, 1, 0, 0, 0, 5]);
        peer.RestartIce();
        client.Check(peer);
        peer.SendRtp(SrtpTests.Packet(source, 2, 50), 62);
        Assert.Equal(2, MediaClient.Next(client.Rtp)[3]);
        Assert.Empty(client.Rtcp);
    }

    [Fact]
    public void The_address_that_the_client_chooses_is_the_one_that_is_sent_to()
    {
        using var peer = Open();
        using var client = Connected(peer, false, 7);
        using var other = new MediaClient(_port.Udp!, tcp: false);
        other.Check(peer, useCandidate: false);
        var source = peer.BeginSource();
        peer.SendRtp(SrtpTests.Packet(source, 1, 50), 62);
        MediaClient.Next(client.Rtp);
        other.Check(peer, useCandidate: true);
        client.Check(peer, useCandidate: true);
        peer.SendRtp(SrtpTests.Packet(source, 2, 50), 62);
        MediaClient.Next(client.Rtp);
    }

    [Fact]
    public void Nothing_but_a_proved_check_is_answered()
    {
        using var peer = Open();
        using var client = new MediaClient(_port.Udp!, tcp: false);
        var heard = peer.LastHeard;
        client.Send(StunMessages.Check($"{peer.Ufrag}:them", "wrong"));
        client.Send(StunMessages.Check("nobodyss:them", peer.Password));
        client.Send(StunMessages.Check($"{peer.Ufrag[..4]}:them", peer.Password));
        client.Send("\u0001\u0000"u8);
        client.Send([0x16, 0xfe, 0xfd, .. new byte[60]]);
        client.Send(SrtpTests.Packet(1, 1, 50));
        var spoiled = StunMessages.Check($"{peer.Ufrag}:them", peer.Password);
        spoiled[^1] ^= 1;
        client.Send(spoiled);
        Assert.Equal(0, _port.LinkCount);
        Assert.Equal(heard, peer.LastHeard);
        client.Check(peer);
        Assert.Empty(client.Answers);
        Assert.Equal(1, _port.LinkCount);
        Assert.NotEqual(heard, peer.LastHeard);
    }

    [Fact]
    public void One_peer_has_a_bounded_number_of_addresses()
    {
        using var peer = Open();
        using var chosen = Connected(peer, false, 7);
        var others = new List<MediaClient>();
        for (var i = 0; i < 2 * IceSession.MaxLinks; i++)
        {
            others.Add(new MediaClient(_port.Udp!, tcp: false));
            others[^1].Check(peer, useCandidate: false);
        }
        Assert.Equal(IceSession.MaxLinks, _port.LinkCount);
        var source = peer.BeginSource();
        peer.SendRtp(SrtpTests.Packet(source, 1, 50), 62);
        MediaClient.Next(chosen.Rtp);
        others.ForEach(o => o.Dispose());
    }

    private PeerTransport Open() =>
        _port.Open(
            new PeerEvents(
                p => _rtp.Add(p.ToArray()),
                p => _rtcp.Add(p.ToArray()),
                (label, message, _) => _data.Add((label, Encoding.UTF8.GetString(message))),
                () => _connected.Add(true),
                _closed.Add
            )
        );

    private MediaClient Connected(PeerTransport peer, bool tcp, int profile)
    {
        var client = new MediaClient(tcp ? _port.Tcp! : _port.Udp!, tcp);
        client.Check(peer);
        peer.Expect(client.Fingerprint);
        client.Handshake(_port.Fingerprint, [profile]);
        MediaClient.Next(_connected);
        return client;
    }

    private static void OpenChannel(MediaClient client, string label)
    {
        client.OnSctp(s =>
        {
            s.Connect();
            return true;
        });
        client.WaitForSctp(s => s.IsUp);
        client.OnSctp(s =>
        {
            s.OpenChannel(0, label);
            return true;
        });
        Flush(client);
    }

    private static void Flush(MediaClient client) =>
        client.OnSctp(s =>
        {
            s.Flush(Environment.TickCount64);
            return true;
        });
}
