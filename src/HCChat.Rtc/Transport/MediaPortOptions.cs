using System.Net;

namespace HCChat.Rtc.Transport;

/// <summary>Where media comes in.</summary>
/// <param name="Listen">The address that both sockets are bound to. <see cref="IPAddress.IPv6Any"/> takes IPv4 as well.</param>
/// <param name="UdpPort">0 takes any free port, -1 goes without UDP.</param>
/// <param name="TcpPort">0 takes any free port, -1 goes without TCP.</param>
/// <param name="Advertise">The addresses that clients are told, the best first. Empty: those that this machine has.</param>
public sealed record MediaPortOptions(IPAddress Listen, int UdpPort, int TcpPort, IReadOnlyList<IPAddress> Advertise);
