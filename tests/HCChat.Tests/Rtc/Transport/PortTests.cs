using System.Net;
using System.Net.Sockets;
using HCChat.Rtc.Transport;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Rtc.Transport;

/// <summary>What a port does with those whom it does not know, and with those who do not listen.</summary>
public sealed class PortTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(60));
    private readonly MediaPort _port;

    public PortTests() =>
        _port = new MediaPort(new MediaPortOptions(IPAddress.Loopback, 0, 0, []), _time, NullLogger.Instance);

    public ValueTask DisposeAsync() => _port.DisposeAsync();

    [Fact]
    public void Ports_and_candidates_are_told()
    {
        Assert.Equal(
            [
                $"candidate:1 1 udp 2130706431 127.0.0.1 {_port.Udp!.Port} typ host",
                $"candidate:2 1 tcp 1526726655 127.0.0.1 {_port.Tcp!.Port} typ host tcptype passive",
            ],
            _port.CandidateLines
        );
        Assert.Matches("^([0-9A-F]{2}:){31}[0-9A-F]{2}$", _port.Fingerprint);
    }

    [Fact]
    public async Task Either_protocol_can_be_off()
    {
        await using var port = new MediaPort(
            new MediaPortOptions(IPAddress.Loopback, -1, 0, [IPAddress.Parse("192.0.2.1")]),
            _time,
            NullLogger.Instance
        );
        Assert.Null(port.Udp);
        Assert.Contains("192.0.2.1", Assert.Single(port.CandidateLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_on_all_addresses_takes_both_families()
    {
        if (!Socket.OSSupportsIPv6)
            return;
        await using var port = new MediaPort(
            new MediaPortOptions(IPAddress.IPv6Any, 0, 0, []),
            _time,
            NullLogger.Instance
        );
        using var peer = Open(port);
        using var udp = new MediaClient(new IPEndPoint(IPAddress.Loopback, port.Udp!.Port), tcp: false);
        Assert.Equal("0001", Convert.ToHexString(udp.Check(peer).AsSpan(24, 2)));
        using var tcp = new MediaClient(new IPEndPoint(IPAddress.Loopback, port.Tcp!.Port), tcp: true);
        Assert.Equal("0001", Convert.ToHexString(tcp.Check(peer).AsSpan(24, 2)));
    }

    [Fact]
    public void A_connection_that_passes_no_check_has_five_seconds()
    {
        using var client = new MediaClient(_port.Tcp!, tcp: true);
        WaitForLinks(1);
        _time.Advance(TcpPort.PendingTime - TimeSpan.FromMilliseconds(100));
        Assert.Equal(1, _port.LinkCount);
        _time.Advance(TimeSpan.FromMilliseconds(200));
        MediaClient.Next(client.Ends);
        Assert.Equal(0, _port.LinkCount);
    }

    [Fact]
    public void One_address_has_a_bounded_number_of_connections_that_passed_no_check()
    {
        var clients = Enumerable.Range(0, TcpPort.MaxPendingOfAddress).Select(_ => Connect()).ToList();
        WaitForLinks(TcpPort.MaxPendingOfAddress);
        using (var refused = Connect())
            MediaClient.Next(refused.Ends);
        // One that passes is not counted any more.
        using var peer = Open(_port);
        clients[0].Check(peer);
        using var taken = Connect();
        taken.Check(peer);
        clients.ForEach(c => c.Dispose());
        WaitForLinks(1);
    }

    [Fact]
    public void What_is_no_protocol_of_ours_ends_the_connection()
    {
        using var http = Connect();
        http.Send("GET / HTTP/1.1\r\n\r\n"u8);
        MediaClient.Next(http.Ends);
        using var early = Connect();
        early.Send(SrtpTests.Packet(1, 1, 10));
        MediaClient.Next(early.Ends);
        using var peer = Open(_port);
        using var wrong = Connect();
        wrong.Send(StunMessages.Check($"{peer.Ufrag}:x", "wrong"));
        MediaClient.Next(wrong.Ends);
        Assert.Empty(wrong.Answers);
        WaitForLinks(0);
    }

    [Fact]
    public void A_connection_that_has_passed_and_is_silent_ends_after_half_a_minute()
    {
        using var peer = Open(_port);
        using var client = Connect();
        client.Check(peer);
        _time.Advance(TcpPort.IdleTime - TimeSpan.FromSeconds(1));
        client.Check(peer);
        _time.Advance(TcpPort.IdleTime - TimeSpan.FromSeconds(1));
        Assert.Equal(1, _port.LinkCount);
        _time.Advance(TimeSpan.FromSeconds(2));
        MediaClient.Next(client.Ends);
        WaitForLinks(0);
    }

    [Fact]
    public void Whoever_does_not_read_makes_nobody_wait()
    {
        using var peer = Open(_port);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.ReceiveBufferSize = 4096;
        socket.Connect(_port.Tcp!);
        var check = StunMessages.Check($"{peer.Ufrag}:x", peer.Password);
        // Each is answered, and no answer is ever read. That all of them can be sent shows that the other side goes on reading.
        byte[] framed = [0, (byte)check.Length, .. check];
        var many = Enumerable.Repeat(framed, 100).SelectMany(f => f).ToArray();
        for (var i = 0; i < 1000; i++)
            socket.Send(many);
        using var other = Connect();
        other.Check(peer);
    }

    [Fact]
    public void Bytes_may_come_one_by_one()
    {
        using var peer = Open(_port);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.NoDelay = true;
        socket.Connect(_port.Tcp!);
        var check = StunMessages.Check($"{peer.Ufrag}:x", peer.Password);
        foreach (var b in new byte[] { 0, (byte)check.Length }.Concat(check))
            socket.Send([b]);
        var answer = new byte[2];
        Assert.Equal(2, socket.Receive(answer));
        Assert.Equal([0, 64], answer);
    }

    private MediaClient Connect() => new(_port.Tcp!, tcp: true);

    private static PeerTransport Open(MediaPort port) =>
        port.Open(new PeerEvents(_ => { }, _ => { }, (_, _, _) => { }, () => { }, _ => { }));

    private void WaitForLinks(int count) =>
        Assert.True(SpinWait.SpinUntil(() => _port.LinkCount == count, TimeSpan.FromSeconds(60)));
}
