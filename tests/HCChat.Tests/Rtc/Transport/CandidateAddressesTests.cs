using System.Net;
using HCChat.Rtc.Transport;

namespace HCChat.Tests.Rtc.Transport;

public sealed class CandidateAddressesTests
{
    private static readonly LocalAddress[] s_machine =
    [
        new("lo", IPAddress.Loopback),
        new("docker0", IPAddress.Parse("172.17.0.1")),
        new("eth0", IPAddress.Parse("fe80::1")),
        new("eth0", IPAddress.Parse("2001:db8::5")),
        new("eth0", IPAddress.Parse("192.0.2.7")),
        new("eth1", IPAddress.Parse("169.254.3.4")),
        new("wlan0", IPAddress.Parse("10.0.0.3")),
        new("lo", IPAddress.IPv6Loopback),
    ];

    [Fact]
    public void What_is_configured_is_all_that_is_told() =>
        Assert.Equal(["203.0.113.9"], Choose(IPAddress.Any, false, IPAddress.Parse("203.0.113.9")));

    [Fact]
    public void Else_the_machine_s_own_that_can_be_reached_those_of_containers_last() =>
        Assert.Equal(["192.0.2.7", "10.0.0.3", "172.17.0.1"], Choose(IPAddress.Any, false));

    [Fact]
    public void IPv6_is_told_where_it_is_listened_to() =>
        Assert.Equal(["192.0.2.7", "10.0.0.3", "2001:db8::5", "172.17.0.1"], Choose(IPAddress.IPv6Any, true));

    [Fact]
    public void A_port_on_one_address_tells_that_address() =>
        Assert.Equal(["127.0.0.1"], Choose(IPAddress.Loopback, false));

    [Fact]
    public void A_machine_without_a_network_tells_itself() =>
        Assert.Equal(
            [IPAddress.Loopback],
            CandidateAddresses.Choose(new MediaPortOptions(IPAddress.Any, 0, 0, []), false, [])
        );

    [Fact]
    public void Candidates_are_lines_of_SDP_UDP_first()
    {
        var lines = CandidateAddresses.Lines(
            [IPAddress.Parse("192.0.2.7"), IPAddress.Parse("2001:db8::5")],
            5000,
            5001
        );
        Assert.Equal(
            [
                "candidate:1 1 udp 2130706431 192.0.2.7 5000 typ host",
                "candidate:2 1 udp 2130706175 2001:db8::5 5000 typ host",
                "candidate:3 1 tcp 1526726655 192.0.2.7 5001 typ host tcptype passive",
                "candidate:4 1 tcp 1526726399 2001:db8::5 5001 typ host tcptype passive",
            ],
            lines
        );
    }

    private static IEnumerable<string> Choose(IPAddress listen, bool v6, params IPAddress[] advertise) =>
        CandidateAddresses
            .Choose(new MediaPortOptions(listen, 0, 0, advertise), v6, s_machine)
            .Select(a => a.ToString());
}
