namespace HCChat.Rtc.Transport;

/// <summary>
/// A way to one peer: an address that has passed a check over UDP, or a TCP connection. Sending never waits; what finds no room is dropped, as networks do.
/// </summary>
internal abstract class Link
{
    /// <summary>Who is at the other end. Null only while a TCP connection has not passed a check.</summary>
    public PeerTransport? Peer { get; protected set; }

    /// <summary>The timestamp of the last authentic check.</summary>
    public long LastChecked { get; set; }

    /// <summary>Sends a datagram, or drops it.</summary>
    public abstract void Send(ReadOnlySpan<byte> datagram);

    /// <summary>Nothing comes from here any more.</summary>
    public abstract void Close();
}
