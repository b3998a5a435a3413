using System.Buffers.Binary;

namespace HCChat.Rtc.Rtp;

/// <summary>
/// A view of an RTP packet (RFC 3550 section 5.1) over the bytes that it lies in. What <see cref="TryRead"/> has accepted can be asked for everything
/// without further checks.
/// </summary>
internal readonly ref struct RtpPacket
{
    /// <summary>Bytes of a header without contributing sources and extensions.</summary>
    public const int FixedHeader = 12;

    /// <summary>The profile that announces extensions in the one-byte form.</summary>
    public const ushort OneByteForm = 0xbede;

    /// <summary>The profile that announces extensions in the two-byte form; its last four bits are the application's.</summary>
    public const ushort TwoByteForm = 0x1000;

    private readonly Span<byte> _bytes;

    private RtpPacket(Span<byte> bytes, int headerLength, int paddingLength)
    {
        _bytes = bytes;
        HeaderLength = headerLength;
        PaddingLength = paddingLength;
    }

    /// <summary>The fixed header, the contributing sources and the extensions.</summary>
    public int HeaderLength { get; }

    /// <summary>The bytes of padding at the end, their count included.</summary>
    public int PaddingLength { get; }

    /// <summary>The whole packet.</summary>
    public Span<byte> Bytes => _bytes;

    /// <summary>What is between header and padding. Empty for a packet that only probes.</summary>
    public Span<byte> Payload => _bytes[HeaderLength..(_bytes.Length - PaddingLength)];

    public bool Marker
    {
        get => (_bytes[1] & 0x80) != 0;
        set => _bytes[1] = (byte)((_bytes[1] & 0x7f) | (value ? 0x80 : 0));
    }

    public byte PayloadType
    {
        get => (byte)(_bytes[1] & 0x7f);
        set => _bytes[1] = (byte)((_bytes[1] & 0x80) | (value & 0x7f));
    }

    public ushort SequenceNumber
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[2..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[2..], value);
    }

    public uint Timestamp
    {
        get => BinaryPrimitives.ReadUInt32BigEndian(_bytes[4..]);
        set => BinaryPrimitives.WriteUInt32BigEndian(_bytes[4..], value);
    }

    public uint Ssrc
    {
        get => BinaryPrimitives.ReadUInt32BigEndian(_bytes[8..]);
        set => BinaryPrimitives.WriteUInt32BigEndian(_bytes[8..], value);
    }

    /// <summary>Whether the bytes are a packet of version 2 whose lengths agree.</summary>
    public static bool TryRead(Span<byte> bytes, out RtpPacket packet)
    {
        packet = default;
        if (HeaderLengthOf(bytes) is not (> 0 and var header))
            return false;
        var padding = 0;
        if ((bytes[0] & 0x20) != 0)
        {
            padding = bytes.Length > header ? bytes[^1] : 0;
            if (padding == 0 || header + padding > bytes.Length)
                return false;
        }
        packet = new RtpPacket(bytes, header, padding);
        return true;
    }

    /// <summary>How long the header of a packet is, extensions included, or -1 when that is not so much as a header.</summary>
    public static int HeaderLengthOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < FixedHeader || bytes[0] >> 6 != 2)
            return -1;
        var length = FixedHeader + (bytes[0] & 0x0f) * 4;
        if ((bytes[0] & 0x10) != 0)
        {
            if (bytes.Length < length + 4)
                return -1;
            length += 4 + BinaryPrimitives.ReadUInt16BigEndian(bytes[(length + 2)..]) * 4;
        }
        return length <= bytes.Length ? length : -1;
    }

    /// <summary>
    /// What the packet carries under this number of a header extension (RFC 8285, one-byte and two-byte form), or empty. It may be changed in place.
    /// </summary>
    public Span<byte> Extension(int id)
    {
        if (id <= 0 || (_bytes[0] & 0x10) == 0)
            return default;
        var block = _bytes[(FixedHeader + (_bytes[0] & 0x0f) * 4)..HeaderLength];
        var profile = BinaryPrimitives.ReadUInt16BigEndian(block);
        if (profile == OneByteForm)
            return FindOneByte(block[4..], id);
        return (profile & 0xfff0) == TwoByteForm ? FindTwoByte(block[4..], id) : default;
    }

    private static Span<byte> FindOneByte(Span<byte> elements, int id)
    {
        for (var at = 0; at < elements.Length; )
        {
            if (elements[at] == 0)
            {
                at++;
                continue;
            }
            int found = elements[at] >> 4,
                length = (elements[at] & 0x0f) + 1;
            if (found == 15 || at + 1 + length > elements.Length)
                return default;
            if (found == id)
                return elements.Slice(at + 1, length);
            at += 1 + length;
        }
        return default;
    }

    private static Span<byte> FindTwoByte(Span<byte> elements, int id)
    {
        for (var at = 0; at + 1 < elements.Length; )
        {
            if (elements[at] == 0)
            {
                at++;
                continue;
            }
            int length = elements[at + 1];
            if (at + 2 + length > elements.Length)
                return default;
            if (elements[at] == id)
                return elements.Slice(at + 2, length);
            at += 2 + length;
        }
        return default;
    }
}
