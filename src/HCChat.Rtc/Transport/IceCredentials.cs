using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace HCChat.Rtc.Transport;

/// <summary>One generation of a peer's ICE: the name by which its checks find it and the password that proves them (RFC 8445 section 5.3).</summary>
internal sealed class IceCredentials
{
    /// <summary>A fragment is as long as a key of the table that it is looked up in: 47 bits of chance, where the RFC asks for 24.</summary>
    public const int UfragLength = 8;

    // 142 bits, where the RFC asks for 128.
    private const int PasswordLength = 24;
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    public IceCredentials(PeerTransport peer)
    {
        Peer = peer;
        Ufrag = RandomNumberGenerator.GetString(Alphabet, UfragLength);
        Password = RandomNumberGenerator.GetString(Alphabet, PasswordLength);
        PasswordBytes = Encoding.ASCII.GetBytes(Password);
        Key = KeyOf(Encoding.ASCII.GetBytes(Ufrag));
    }

    public PeerTransport Peer { get; }

    public string Ufrag { get; }

    public string Password { get; }

    public byte[] PasswordBytes { get; }

    /// <summary>The fragment as a number.</summary>
    public ulong Key { get; }

    /// <summary>The number of a fragment, or 0 when it is none of ours.</summary>
    public static ulong KeyOf(ReadOnlySpan<byte> ufrag) =>
        ufrag.Length == UfragLength ? BinaryPrimitives.ReadUInt64BigEndian(ufrag) : 0;
}
