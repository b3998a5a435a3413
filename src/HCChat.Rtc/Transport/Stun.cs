using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace HCChat.Rtc.Transport;

// ICE knows no other integrity than HMAC-SHA1 (RFC 8445 section 7.2.2).
#pragma warning disable CA5350

/// <summary>
/// A view of a STUN binding request (RFC 5389; RFC 8445 section 7). What stands behind MESSAGE-INTEGRITY is not protected, and only FINGERPRINT is read there.
/// Attributes that we do not know are passed over, whatever their range: an answer that says so would be one that anybody can ask for.
/// </summary>
internal readonly ref struct StunRequest
{
    private const int Header = 20;
    private const int IntegrityLength = 20;

    /// <summary>No request that a client makes is longer; the bound keeps the copy for the integrity check on the stack.</summary>
    private const int Longest = 1024;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _integrityAt;

    private StunRequest(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> user, bool useCandidate, int integrityAt)
    {
        _bytes = bytes;
        User = user;
        UseCandidate = useCandidate;
        _integrityAt = integrityAt;
    }

    /// <summary>USERNAME: our fragment, a colon, the other side's.</summary>
    public ReadOnlySpan<byte> User { get; }

    /// <summary>Whether the client has chosen this pair of addresses.</summary>
    public bool UseCandidate { get; }

    /// <summary>The cookie and the number of the transaction, which the answer repeats.</summary>
    public ReadOnlySpan<byte> Transaction => _bytes[4..Header];

    /// <summary>Our part of <see cref="User"/>.</summary>
    public ReadOnlySpan<byte> Ufrag => User.IndexOf((byte)':') is var colon and >= 0 ? User[..colon] : User;

    /// <summary>Whether the bytes are a binding request with a user name and an integrity, and with a right fingerprint if with any.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out StunRequest request)
    {
        request = default;
        if (
            bytes.Length is < Header or > Longest
            || BinaryPrimitives.ReadUInt16BigEndian(bytes) != Stun.BindingRequest
            || BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]) != Stun.Cookie
            || BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]) != bytes.Length - Header
        )
            return false;
        ReadOnlySpan<byte> user = default;
        var useCandidate = false;
        var integrityAt = 0;
        for (var at = Header; at < bytes.Length; )
        {
            if (at + 4 > bytes.Length)
                return false;
            int type = BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]),
                length = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]);
            if (at + 4 + length > bytes.Length)
                return false;
            var value = bytes.Slice(at + 4, length);
            if (type == Stun.Fingerprint)
            {
                if (at + 8 != bytes.Length || !Stun.IsFingerprint(bytes[..at], value))
                    return false;
            }
            else if (integrityAt == 0)
            {
                if (type == Stun.Username)
                    user = value;
                else if (type == Stun.UseCandidate)
                    useCandidate = true;
                else if (type == Stun.MessageIntegrity && length == IntegrityLength)
                    integrityAt = at;
            }
            at += 4 + ((length + 3) & ~3);
        }
        if (integrityAt == 0 || user.IsEmpty)
            return false;
        request = new StunRequest(bytes, user, useCandidate, integrityAt);
        return true;
    }

    /// <summary>Whether whoever made the request knows this password.</summary>
    public bool IsFrom(ReadOnlySpan<byte> password)
    {
        Span<byte> covered = stackalloc byte[Longest];
        covered = covered[.._integrityAt];
        _bytes[.._integrityAt].CopyTo(covered);
        // The length is the one that the message had when the integrity was its last attribute.
        BinaryPrimitives.WriteUInt16BigEndian(covered[2..], (ushort)(_integrityAt + 4 + IntegrityLength - Header));
        Span<byte> expected = stackalloc byte[IntegrityLength];
        HMACSHA1.HashData(password, covered, expected);
        return CryptographicOperations.FixedTimeEquals(expected, _bytes.Slice(_integrityAt + 4, IntegrityLength));
    }
}

/// <summary>The numbers of STUN and the one answer that we give.</summary>
internal static class Stun
{
    public const ushort BindingRequest = 0x0001;
    public const ushort BindingSuccess = 0x0101;
    public const uint Cookie = 0x2112a442;
    public const ushort Username = 0x0006;
    public const ushort MessageIntegrity = 0x0008;
    public const ushort XorMappedAddress = 0x0020;
    public const ushort UseCandidate = 0x0025;
    public const ushort Fingerprint = 0x8028;

    /// <summary>The longest answer that <see cref="WriteSuccess"/> makes.</summary>
    public const int LongestAnswer = 20 + 24 + 24 + 8;

    private const uint FingerprintXor = 0x5354554e;
    private static readonly uint[] s_crc = CrcTable();

    /// <summary>
    /// Writes the answer to a request: where it came from, integrity, fingerprint. It is hardly longer than what it answers.
    /// </summary>
    /// <param name="from">The address as the socket gave it; IPv4 mapped into IPv6 is told as IPv4.</param>
    /// <returns>The length.</returns>
    public static int WriteSuccess(
        in StunRequest request,
        SocketAddress from,
        ReadOnlySpan<byte> password,
        Span<byte> to
    )
    {
        BinaryPrimitives.WriteUInt16BigEndian(to, BindingSuccess);
        request.Transaction.CopyTo(to[4..]);
        var at = 20 + WriteMapped(from, to[4..20], to[20..]);
        SetLength(to, at + 24);
        Begin(to[at..], MessageIntegrity, 20);
        HMACSHA1.HashData(password, to[..at], to.Slice(at + 4, 20));
        at += 24;
        SetLength(to, at + 8);
        Begin(to[at..], Fingerprint, 4);
        BinaryPrimitives.WriteUInt32BigEndian(to[(at + 4)..], Crc32(to[..at]) ^ FingerprintXor);
        return at + 8;
    }

    /// <summary>Whether this is the fingerprint of the message before it (RFC 5389 section 15.5).</summary>
    public static bool IsFingerprint(ReadOnlySpan<byte> before, ReadOnlySpan<byte> value) =>
        value.Length == 4 && BinaryPrimitives.ReadUInt32BigEndian(value) == (Crc32(before) ^ FingerprintXor);

    /// <summary>CRC-32 of ISO 3309, which no class of the framework computes.</summary>
    public static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
            crc = s_crc[(crc ^ b) & 0xff] ^ (crc >> 8);
        return ~crc;
    }

    // The layout of sockaddr_in and sockaddr_in6 is the same wherever .NET runs: port at 2, IPv4 at 4, IPv6 at 8.
    private static int WriteMapped(SocketAddress from, ReadOnlySpan<byte> mask, Span<byte> to)
    {
        var raw = from.Buffer.Span;
        var address = from.Family == AddressFamily.InterNetworkV6 ? raw.Slice(8, 16) : raw.Slice(4, 4);
        if (address.Length == 16 && address[..12].SequenceEqual(MappedPrefix))
            address = address[12..];
        Begin(to, XorMappedAddress, 4 + address.Length);
        to[4] = 0;
        to[5] = (byte)(address.Length == 4 ? 1 : 2);
        to[6] = (byte)(raw[2] ^ mask[0]);
        to[7] = (byte)(raw[3] ^ mask[1]);
        for (var i = 0; i < address.Length; i++)
            to[8 + i] = (byte)(address[i] ^ mask[i]);
        return 8 + address.Length;
    }

    private static ReadOnlySpan<byte> MappedPrefix => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

    private static void SetLength(Span<byte> message, int end) =>
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], (ushort)(end - 20));

    private static void Begin(Span<byte> attribute, ushort type, int length)
    {
        BinaryPrimitives.WriteUInt16BigEndian(attribute, type);
        BinaryPrimitives.WriteUInt16BigEndian(attribute[2..], (ushort)length);
    }

    private static uint[] CrcTable()
    {
        var table = new uint[256];
        for (var i = 0u; i < table.Length; i++)
        {
            var crc = i;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? 0xedb88320 ^ (crc >> 1) : crc >> 1;
            table[i] = crc;
        }
        return table;
    }
}
