using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace HCChat.Rtc.Transport;

/// <summary>An address of this machine and the interface that has it.</summary>
internal readonly record struct LocalAddress(string Interface, IPAddress Address);

/// <summary>Which addresses clients are told, and how (RFC 8445 section 5.1, RFC 6544 section 4.5).</summary>
internal static class CandidateAddresses
{
    private const int MostAddresses = 12;
    private const int UdpPreference = 126;

    // Below every UDP candidate: TCP is for networks that let nothing else through.
    private const int TcpPreference = 90;

    // Interfaces of containers and virtual machines: seldom reachable from elsewhere, so they are tried last.
    private static readonly string[] s_inner =
    [
        "docker",
        "br-",
        "veth",
        "virbr",
        "vmnet",
        "vboxnet",
        "cni",
        "flannel",
        "cali",
        "podman",
        "lxc",
        "lxd",
        "vEthernet",
    ];

    /// <summary>
    /// What is configured, if anything is; else the one address that is listened on; else all that this machine has.
    /// </summary>
    public static IReadOnlyList<IPAddress> Choose(
        MediaPortOptions options,
        bool takesIPv6,
        IEnumerable<LocalAddress> machine
    )
    {
        if (options.Advertise.Count > 0)
            return [.. options.Advertise.Distinct().Take(MostAddresses)];
        if (!options.Listen.Equals(IPAddress.Any) && !options.Listen.Equals(IPAddress.IPv6Any))
            return [options.Listen];
        IPAddress[] chosen =
        [
            .. machine
                .Where(a => IsOfUse(a.Address) && (takesIPv6 || a.Address.AddressFamily == AddressFamily.InterNetwork))
                .OrderBy(a => s_inner.Any(n => a.Interface.StartsWith(n, StringComparison.OrdinalIgnoreCase)))
                .ThenBy(a => a.Address.AddressFamily == AddressFamily.InterNetworkV6)
                .Select(a => a.Address)
                .Distinct()
                .Take(MostAddresses),
        ];
        return chosen.Length > 0 ? chosen : [IPAddress.Loopback];
    }

    /// <summary>The addresses of all interfaces that are up.</summary>
    public static IEnumerable<LocalAddress> OfThisMachine()
    {
        try
        {
            return
            [
                .. NetworkInterface
                    .GetAllNetworkInterfaces()
                    .Where(i => i.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown)
                    .SelectMany(i =>
                        i.GetIPProperties().UnicastAddresses.Select(a => new LocalAddress(i.Name, a.Address))
                    ),
            ];
        }
        catch (NetworkInformationException)
        {
            return [];
        }
    }

    /// <summary>Candidates as SDP writes them, UDP before TCP, in the order of the addresses.</summary>
    public static IReadOnlyList<string> Lines(IReadOnlyList<IPAddress> addresses, int? udpPort, int? tcpPort)
    {
        var lines = new List<string>();
        for (var i = 0; udpPort is { } port && i < addresses.Count; i++)
            lines.Add($"candidate:{i + 1} 1 udp {Priority(UdpPreference, i)} {addresses[i]} {port} typ host");
        for (var i = 0; tcpPort is { } port && i < addresses.Count; i++)
            lines.Add(
                $"candidate:{addresses.Count + i + 1} 1 tcp {Priority(TcpPreference, i)} {addresses[i]} {port} typ host tcptype passive"
            );
        return lines;
    }

    private static bool IsOfUse(IPAddress address) =>
        !IPAddress.IsLoopback(address)
        && !address.IsIPv6LinkLocal
        && !address.IsIPv6SiteLocal
        && !address.IsIPv6Multicast
        && !address.IsIPv6Teredo
        && !address.IsIPv4MappedToIPv6
        && !(
            address.AddressFamily == AddressFamily.InterNetwork
            && address.GetAddressBytes() is [169, 254, _, _] or [0, ..]
        );

    // Section 5.1.2.1: type preference, local preference, component 1.
    private static uint Priority(int type, int place) => (uint)(type << 24 | (0xffff - place) << 8 | 255);
}
