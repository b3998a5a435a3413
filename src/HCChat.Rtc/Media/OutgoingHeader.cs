using System.Buffers.Binary;
using HCChat.Rtc.Rtp;

namespace HCChat.Rtc.Media;

/// <summary>Writes the header of a packet for a subscriber. Extensions are written anew; nothing that the publisher sent goes on by itself.</summary>
internal static class OutgoingHeader
{
    private const int Longest = 16;

    /// <summary>The length of the header.</summary>
    /// <param name="mid">Empty: it is not told.</param>
    /// <param name="level">The audio level, or empty.</param>
    public static int Write(
        Span<byte> buffer,
        int payloadType,
        bool marker,
        ushort sequence,
        uint timestamp,
        uint ssrc,
        ExtensionIds ids,
        ReadOnlySpan<byte> mid,
        ReadOnlySpan<byte> level,
        long nowUs
    )
    {
        buffer[0] = 0x80;
        buffer[1] = (byte)((marker ? 0x80 : 0) | payloadType);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[2..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(buffer[4..], timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(buffer[8..], ssrc);
        const int Elements = RtpPacket.FixedHeader + 4;
        var at = Elements;
        if (ids.AbsSendTime > 0)
        {
            // Seconds in 6.18 fixed point.
            var time = (uint)((nowUs << 18) / 1_000_000);
            ReadOnlySpan<byte> value = [(byte)(time >> 16), (byte)(time >> 8), (byte)time];
            at = Put(buffer, at, ids.AbsSendTime, value);
        }
        if (ids.Mid > 0 && mid.Length is > 0 and <= Longest)
            at = Put(buffer, at, ids.Mid, mid);
        if (ids.AudioLevel > 0 && level.Length == 1)
            at = Put(buffer, at, ids.AudioLevel, level);
        if (at == Elements)
            return RtpPacket.FixedHeader;
        while (at % 4 != 0)
            buffer[at++] = 0;
        buffer[0] |= 0x10;
        BinaryPrimitives.WriteUInt16BigEndian(buffer[RtpPacket.FixedHeader..], RtpPacket.OneByteForm);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[(RtpPacket.FixedHeader + 2)..], (ushort)((at - Elements) / 4));
        return at;
    }

    private static int Put(Span<byte> buffer, int at, int id, ReadOnlySpan<byte> value)
    {
        // The one-byte form has room for fourteen; nobody offers more of what we know.
        if (id > 14)
            return at;
        buffer[at] = (byte)(id << 4 | (value.Length - 1));
        value.CopyTo(buffer[(at + 1)..]);
        return at + 1 + value.Length;
    }
}
