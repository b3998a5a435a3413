namespace HCChat.Protocol;

/// <summary>
/// Why a connection ended, and with that whether to come back. 1000–1015 are RFC 6455 §7.4.1, 4000–4999 are ours.
/// <c>spec/codes.md</c> says the same for other languages; a test compares the two.
/// </summary>
public enum CloseCode
{
    /// <summary>A close frame without a code: how hack.chat ends a connection that sent no JSON. Never on the wire.</summary>
    None = 0,

    /// <summary>The peer left.</summary>
    Normal = 1000,

    /// <summary>The server is going away. Come back later.</summary>
    GoingAway = 1001,

    /// <summary>The peer broke RFC 6455.</summary>
    ProtocolError = 1002,

    /// <summary>Text that is not UTF-8.</summary>
    InvalidData = 1007,

    /// <summary>The peer ignored the limits, never said anything, or was banned.</summary>
    PolicyViolation = 1008,

    /// <summary>A message over <see cref="Limits.MaxFrame"/>.</summary>
    TooBig = 1009,

    /// <summary>A fault of ours. Come back.</summary>
    InternalError = 1011,

    /// <summary>The server restarts. Come back after the time in <c>reconnect</c>.</summary>
    Restart = 1012,

    /// <summary>The server cannot serve the peer now, or a stock client did not read fast enough. Come back.</summary>
    Overloaded = 1013,

    /// <summary>The peer did not read fast enough. Come back and catch up.</summary>
    Slow = 4008,

    /// <summary>The same session or name was opened elsewhere. Do not come back by yourself.</summary>
    TakenOver = 4009,

    /// <summary>A moderator removed the peer. Do not come back by yourself.</summary>
    Kicked = 4011,
}
