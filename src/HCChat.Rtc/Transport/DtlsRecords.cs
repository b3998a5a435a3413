using System.Buffers.Binary;

namespace HCChat.Rtc.Transport;

/// <summary>
/// What a datagram of DTLS must look like before it is worked on (RFC 6347 section 4.1). A record that is too short for its keys is a fatal error to BouncyCastle, and
/// anybody could send one in the peer's name; here it is nothing.
/// </summary>
internal static class DtlsRecords
{
    private const int Header = 13;

    // Of both suites that we offer: an explicit nonce and a tag (RFC 5288 section 3).
    private const int ShortestSealed = 8 + 16;

    /// <summary>Whether it consists of whole records, and those under keys are long enough to be.</summary>
    public static bool AreWhole(ReadOnlySpan<byte> datagram)
    {
        if (datagram.IsEmpty)
            return false;
        while (!datagram.IsEmpty)
        {
            if (datagram.Length < Header)
                return false;
            int length = BinaryPrimitives.ReadUInt16BigEndian(datagram[11..]);
            var isSealed = BinaryPrimitives.ReadUInt16BigEndian(datagram[3..]) > 0;
            if (Header + length > datagram.Length || isSealed && length < ShortestSealed)
                return false;
            datagram = datagram[(Header + length)..];
        }
        return true;
    }
}
