using System.Net;
using System.Net.Sockets;
using HCChat.Rtc.Transport;
using Microsoft.Extensions.Logging.Abstractions;

namespace HCChat.Tests.Rtc.Transport;

/// <summary>Whoever sends under somebody else's address makes us send them nothing.</summary>
public sealed class AmplificationTests : IAsyncDisposable
{
    private readonly MediaPort _port = new(
        new MediaPortOptions(IPAddress.Loopback, 0, -1, []),
        TimeProvider.System,
        NullLogger.Instance
    );

    public ValueTask DisposeAsync() => _port.DisposeAsync();

    [Fact]
    public async Task Without_a_password_of_a_peer_nothing_is_answered()
    {
        using var peer = _port.Open(new PeerEvents(_ => { }, _ => { }, (_, _, _) => { }, () => { }, _ => { }));
        var request = StunMessages.Check($"{peer.Ufrag}:them", "a guess");
        byte[][] seeds =
        [
            request,
            StunMessages.Check($"{peer.Ufrag}:them", peer.Password[1..]),
            StunMessages.Check("unknown0:them", peer.Password),
            // A bare request without anything, as those are who look for servers to misuse.
            [0, 1, 0, 0, .. request[4..20]],
            // The first record of a handshake.
            [22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            Convert.FromHexString("9160000100000000000000010909090900bede000231aabb0050cc00002a"),
            Convert.FromHexString("80c90001000000010000000000000000000000000000000000000000"),
        ];
        using var stranger = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        stranger.Connect(_port.Udp!);
        var fuzz = new Fuzz(seeds);
        foreach (var seed in seeds)
            await stranger.SendAsync(seed);
        for (var i = 0; i < Fuzz.Count; i++)
            stranger.Send(fuzz.Next());

        // They are taken in order: when a real one is answered, everything before it has been looked at.
        var check = StunMessages.Check($"{peer.Ufrag}:them", peer.Password);
        using var client = new MediaClient(_port.Udp!, tcp: false);
        var answer = client.Check(peer);
        Assert.InRange(answer.Length, 1, check.Length);
        Assert.Equal(0, stranger.Available);
        Assert.Equal(1, _port.LinkCount);
    }
}
