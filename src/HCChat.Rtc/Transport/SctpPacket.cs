using System.Buffers.Binary;
using System.Numerics;

namespace HCChat.Rtc.Transport;

/// <summary>The kinds of chunks (RFC 9260 section 3.2, RFC 3758, RFC 6525) that are known here.</summary>
internal enum SctpType : byte
{
    Data = 0,
    Init = 1,
    InitAck = 2,
    Sack = 3,
    Heartbeat = 4,
    HeartbeatAck = 5,
    Abort = 6,
    Shutdown = 7,
    ShutdownAck = 8,
    Error = 9,
    CookieEcho = 10,
    CookieAck = 11,
    ShutdownComplete = 14,
    Reconfigure = 130,
    ForwardTsn = 192,
}

/// <summary>A view of one chunk.</summary>
internal readonly ref struct SctpChunk(SctpType type, byte flags, ReadOnlySpan<byte> value)
{
    public SctpType Type { get; } = type;

    public byte Flags { get; } = flags;

    /// <summary>What is behind the chunk's header, without the filling.</summary>
    public ReadOnlySpan<byte> Value { get; } = value;
}

/// <summary>A view of a packet (RFC 9260 section 3): ports, tag, and chunks one after the other.</summary>
internal ref struct SctpPacket
{
    /// <summary>Bytes before the first chunk.</summary>
    public const int Header = 12;

    /// <summary>Bytes of a chunk before its value; parameters have the same.</summary>
    public const int ChunkHeader = 4;

    private ReadOnlySpan<byte> _rest;

    public ushort SourcePort { get; private init; }

    public ushort DestinationPort { get; private init; }

    public uint Tag { get; private init; }

    /// <summary>Whether the bytes are a packet with the right checksum.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out SctpPacket packet)
    {
        packet = default;
        if (
            bytes.Length < Header + ChunkHeader
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) != Checksum(bytes)
        )
            return false;
        packet = new SctpPacket
        {
            SourcePort = BinaryPrimitives.ReadUInt16BigEndian(bytes),
            DestinationPort = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
            Tag = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]),
            _rest = bytes[Header..],
        };
        return true;
    }

    /// <summary>The next chunk; false at the end, and at what is no chunk.</summary>
    public bool Next(out SctpChunk chunk)
    {
        chunk = default;
        if (_rest.Length < ChunkHeader)
            return false;
        int length = BinaryPrimitives.ReadUInt16BigEndian(_rest[2..]);
        if (length < ChunkHeader || length > _rest.Length)
            return false;
        chunk = new SctpChunk((SctpType)_rest[0], _rest[1], _rest[ChunkHeader..length]);
        _rest = _rest[Math.Min(Filled(length), _rest.Length)..];
        return true;
    }

    /// <summary>CRC-32C over the packet with zeros where the checksum is (RFC 9260 appendix A).</summary>
    public static uint Checksum(ReadOnlySpan<byte> packet)
    {
        var crc = Crc(uint.MaxValue, packet[..8]);
        crc = BitOperations.Crc32C(crc, 0u);
        return ~Crc(crc, packet[Header..]);
    }

    /// <summary>A length with the filling up to four bytes.</summary>
    public static int Filled(int length) => (length + 3) & ~3;

    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }
        foreach (var b in bytes)
            crc = BitOperations.Crc32C(crc, b);
        return crc;
    }
}

/// <summary>Puts chunks into a packet until it is full.</summary>
internal ref struct SctpWriter
{
    /// <summary>The longest packet that we make. With DTLS, UDP and IPv6 around it it fits where 1,280 bytes do.</summary>
    public const int LongestPacket = 1152;

    private readonly Span<byte> _buffer;
    private int _length = SctpPacket.Header;

    public SctpWriter(Span<byte> buffer, ushort source, ushort destination, uint tag)
    {
        _buffer = buffer[..LongestPacket];
        BinaryPrimitives.WriteUInt16BigEndian(_buffer, source);
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[2..], destination);
        BinaryPrimitives.WriteUInt32BigEndian(_buffer[4..], tag);
    }

    public readonly bool IsEmpty => _length == SctpPacket.Header;

    /// <summary>How long the value of one more chunk can be.</summary>
    public readonly int Room => _buffer.Length - _length - SctpPacket.ChunkHeader;

    /// <summary>Begins a chunk whose value, of zeros, is for the caller to fill. It must fit into <see cref="Room"/>.</summary>
    public Span<byte> Add(SctpType type, byte flags, int valueLength)
    {
        var length = SctpPacket.ChunkHeader + valueLength;
        var chunk = _buffer.Slice(_length, SctpPacket.Filled(length));
        chunk.Clear();
        chunk[0] = (byte)type;
        chunk[1] = flags;
        BinaryPrimitives.WriteUInt16BigEndian(chunk[2..], (ushort)length);
        _length += chunk.Length;
        return chunk.Slice(SctpPacket.ChunkHeader, valueLength);
    }

    /// <summary>The packet with its checksum.</summary>
    public readonly ReadOnlySpan<byte> Finish()
    {
        var packet = _buffer[.._length];
        BinaryPrimitives.WriteUInt32LittleEndian(packet[8..], SctpPacket.Checksum(packet));
        return packet;
    }
}
