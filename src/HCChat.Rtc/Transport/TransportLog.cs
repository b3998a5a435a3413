namespace HCChat.Rtc.Transport;

/// <summary>What the transport logs. No address, no name, no content.</summary>
internal static partial class TransportLog
{
    [LoggerMessage(Level = LogLevel.Error, Message = "A media packet could not be worked on.")]
    public static partial void PacketFailed(ILogger logger, Exception e);

    [LoggerMessage(Level = LogLevel.Error, Message = "What a peer's timer does could not be done.")]
    public static partial void TickFailed(ILogger logger, Exception e);

    [LoggerMessage(Level = LogLevel.Debug, Message = "A DTLS handshake has failed: {Reason}")]
    public static partial void HandshakeFailed(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "IPv6 is not to be had here; media is taken over IPv4 only.")]
    public static partial void NoIPv6(ILogger logger);
}
