using System.Net;

namespace HCChat.Rtc.Transport;

/// <summary>One UDP and one TCP port for all peers of all calls.</summary>
internal sealed class MediaPort : IAsyncDisposable
{
    public MediaPort(MediaPortOptions options, TimeProvider time, ILogger logger) =>
        throw new NotImplementedException();

    /// <summary>What UDP is bound to, or null when it is off.</summary>
    public IPEndPoint? Udp { get; }

    /// <summary>What TCP is bound to, or null when it is off.</summary>
    public IPEndPoint? Tcp { get; }

    /// <summary>SHA-256 of our certificate as SDP writes it: "AB:CD:…".</summary>
    public string Fingerprint { get; } = "";

    /// <summary>Our candidates as SDP writes them, without "a=", the best first.</summary>
    public IReadOnlyList<string> CandidateLines { get; } = [];

    /// <summary>A new transport for one peer connection.</summary>
    public PeerTransport Open(PeerEvents events) => throw new NotImplementedException();

    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
