using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using HCChat.Rtc.Transport;

#pragma warning disable CA5350 // ICE knows no other.

namespace HCChat.Tests.Rtc.Transport;

/// <summary>Makes a client's checks.</summary>
internal static class StunMessages
{
    public static byte[] Check(
        string user,
        string password,
        bool useCandidate = true,
        bool fingerprint = true,
        ReadOnlySpan<byte> transaction = default
    )
    {
        var message = new List<byte>();
        message.AddRange([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42]);
        message.AddRange(transaction.IsEmpty ? RandomNumberGenerator.GetBytes(12) : transaction.ToArray());
        Add(message, 0x0006, Encoding.UTF8.GetBytes(user));
        Add(message, 0x0024, [0x6e, 0, 1, 0xff]);
        Add(message, 0x802a, [1, 2, 3, 4, 5, 6, 7, 8]);
        if (useCandidate)
            Add(message, 0x0025, []);
        SetLength(message, 24);
        Add(message, 0x0008, HMACSHA1.HashData(Encoding.UTF8.GetBytes(password), message.ToArray()));
        if (fingerprint)
        {
            SetLength(message, 8);
            var crc = new byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(crc, Stun.Crc32([.. message]) ^ 0x5354554e);
            Add(message, 0x8028, crc);
        }
        return [.. message];
    }

    private static void Add(List<byte> message, ushort type, byte[] value)
    {
        message.AddRange([(byte)(type >> 8), (byte)type, (byte)(value.Length >> 8), (byte)value.Length, .. value]);
        while (message.Count % 4 != 0)
            message.Add(0x20);
    }

    private static void SetLength(List<byte> message, int more)
    {
        var length = message.Count - 20 + more;
        (message[2], message[3]) = ((byte)(length >> 8), (byte)length);
    }
}
