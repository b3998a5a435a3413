using System.Net;

namespace HCChat.Rtc;

/// <summary>How the built-in calls are run.</summary>
public sealed record RtcOptions
{
    /// <summary>The name of the key that tokens are signed with.</summary>
    public required string ApiKey { get; init; }

    /// <summary>The secret that tokens are signed with, at least 32 characters.</summary>
    public required string ApiSecret { get; init; }

    /// <summary>The address that media is bound to. <see cref="IPAddress.IPv6Any"/> takes IPv4 as well.</summary>
    public IPAddress Listen { get; init; } = IPAddress.IPv6Any;

    /// <summary>The one UDP port of all media. 0 takes any free port, -1 goes without UDP.</summary>
    public int UdpPort { get; init; }

    /// <summary>The one TCP port of media for those whom UDP does not reach. 0 takes any free port, -1 goes without.</summary>
    public int TcpPort { get; init; }

    /// <summary>The addresses that clients are told, the best first. Empty: those that this machine has.</summary>
    public IReadOnlyList<IPAddress> Advertise { get; init; } = [];

    /// <summary>How many calls there may be at once.</summary>
    public int MaxRooms { get; init; } = 1_000;

    /// <summary>How many people may be in one call.</summary>
    public int MaxParticipants { get; init; } = 16;

    /// <summary>How many tracks one participant may publish.</summary>
    public int MaxTracks { get; init; } = 8;

    /// <summary>What one participant may send, in bits a second. What is more is dropped.</summary>
    public long MaxBitrate { get; init; } = 8_000_000;

    /// <summary>STUN and TURN servers for one identity; asked whenever somebody comes in or back.</summary>
    public Func<string, IReadOnlyList<IceServer>> IceServers { get; init; } = _ => [];

    /// <summary>Whether a track must be encrypted between the participants to be let in.</summary>
    public bool RequireEncryption { get; init; }
}

/// <summary>A STUN or TURN server and what opens it.</summary>
public sealed record IceServer(IReadOnlyList<string> Urls, string Username, string Credential);
