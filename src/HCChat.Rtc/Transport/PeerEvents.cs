namespace HCChat.Rtc.Transport;

/// <summary>A decrypted packet. It is valid during the call only, and may be changed in place.</summary>
internal delegate void PacketHandler(Span<byte> packet);

/// <summary>A whole message of a data channel. It is valid during the call only.</summary>
internal delegate void DataHandler(string label, ReadOnlySpan<byte> message, bool binary);

/// <summary>
/// What a peer's transport tells, one thing at a time, on the socket's or the timer's thread. A handler must not block: other peers wait for the same
/// thread.
/// </summary>
/// <param name="Rtp">A media packet that was authentic and not there before.</param>
/// <param name="Rtcp">A compound of control packets, likewise.</param>
/// <param name="Data">A message of a data channel.</param>
/// <param name="Connected">The keys are there: from now on something can be sent.</param>
/// <param name="Closed">The peer has ended it, or failed, and why. It comes once and is the last; it does not come after <c>Dispose</c>.</param>
internal sealed record PeerEvents(
    PacketHandler Rtp,
    PacketHandler Rtcp,
    DataHandler Data,
    Action Connected,
    Action<string> Closed
);
