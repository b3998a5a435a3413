using System.Buffers.Binary;

namespace HCChat.Rtc.Media;

/// <summary>Looks into H.264 payloads (RFC 6184). The types of the units stay readable when the frame is encrypted.</summary>
internal static class H264Payload
{
    private const int Instant = 5;
    private const int SequenceParameters = 7;
    private const int Aggregate = 24;
    private const int Fragment = 28;

    /// <summary>Whether the packet begins a keyframe: with its parameters, or with the picture where they are sent by other ways.</summary>
    public static bool BeginsKeyframe(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty)
            return false;
        switch (payload[0] & 0x1f)
        {
            case Instant or SequenceParameters:
                return true;
            case Fragment:
                return payload.Length > 1
                    && (payload[1] & 0x80) != 0
                    && (payload[1] & 0x1f) is (Instant or SequenceParameters);
            case Aggregate:
                for (var rest = payload[1..]; rest.Length > 2; )
                {
                    if ((rest[2] & 0x1f) is Instant or SequenceParameters)
                        return true;
                    var length = BinaryPrimitives.ReadUInt16BigEndian(rest) + 2;
                    rest = length <= rest.Length ? rest[length..] : default;
                }
                return false;
            default:
                return false;
        }
    }
}
