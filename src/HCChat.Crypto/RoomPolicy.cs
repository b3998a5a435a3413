namespace HCChat.Crypto;

/// <summary>How a room is protected, from weak to strong.</summary>
public enum RoomProtection
{
    /// <summary>Nothing is encrypted; the user asked for that.</summary>
    Off,

    /// <summary>HChat compatibility: envelopes of version 1, because the user asked for that.</summary>
    HChat,

    /// <summary>Envelopes of version 2 under a passphrase or a room key.</summary>
    Passphrase,

    /// <summary>Reserved: a ratchet for every sender.</summary>
    Group,
}

/// <summary>What becomes of an incoming text, before it is opened.</summary>
public enum Incoming
{
    /// <summary>A normal message of a room that is not encrypted.</summary>
    Plain,

    /// <summary>Open it.</summary>
    Sealed,

    /// <summary>Unencrypted text in an encrypted room: show it as such, it may be forged by the server (<see cref="E2eeError.Plain"/>).</summary>
    Unprotected,

    /// <summary>Encrypted text in a room that was opened without a key (<see cref="E2eeError.KeyUnknown"/>).</summary>
    NoKey,
}

/// <summary>
/// What may be sent to a room and believed of it (spec/crypto.md §6). The server has no say: only the user lowers the protection, anything
/// may raise it.
/// </summary>
public sealed class RoomPolicy
{
    /// <summary>A policy at the given protection.</summary>
    public RoomPolicy(RoomProtection protection) => Protection = protection;

    /// <summary>The protection in force.</summary>
    public RoomProtection Protection { get; private set; }

    /// <summary>May text leave in clear? There is no fallback: an error while sealing does not change this.</summary>
    public bool MaySendPlain => Protection == RoomProtection.Off;

    /// <summary>Raises the protection, because of a link or a first valid envelope; never lowers it.</summary>
    public void Raise(RoomProtection protection) =>
        Protection = (RoomProtection)Math.Max((int)Protection, (int)protection);

    /// <summary>Sets the protection because the user said so after being told what it means.</summary>
    public void SetByUser(RoomProtection protection) => Protection = protection;

    /// <summary>Judges an incoming text.</summary>
    public Incoming Judge(string text) =>
        (Protection == RoomProtection.Off, Envelope.IsEnvelope(text)) switch
        {
            (true, false) => Incoming.Plain,
            (true, true) => Incoming.NoKey,
            (false, false) => Incoming.Unprotected,
            (false, true) => Incoming.Sealed,
        };

    /// <summary>User text as it goes into a plain room: what would look like an envelope gets a space in front.</summary>
    public static string PlainText(string text) => Envelope.IsEnvelope(text) ? " " + text : text;
}
