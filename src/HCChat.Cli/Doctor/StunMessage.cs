using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace HCChat.Cli.Doctor;

/// <summary>A message of STUN or TURN as a client writes and reads it (RFC 8489, RFC 8656).</summary>
internal sealed class StunMessage
{
    public const ushort Binding = 0x0001;
    public const ushort Allocate = 0x0003;
    public const ushort Refresh = 0x0004;
    public const ushort CreatePermission = 0x0008;

    /// <summary>Added to a request's type in its success.</summary>
    public const ushort Success = 0x0100;

    /// <summary>Added to a request's type in its refusal.</summary>
    public const ushort Refusal = 0x0110;

    private const int Header = 20;
    private const int IntegritySize = 24;
    private const uint Cookie = 0x2112a442;
    private const ushort UsernameAttribute = 0x0006;
    private const ushort IntegrityAttribute = 0x0008;
    private const ushort ErrorAttribute = 0x0009;
    private const ushort LifetimeAttribute = 0x000d;
    private const ushort PeerAttribute = 0x0012;
    private const ushort RealmAttribute = 0x0014;
    private const ushort NonceAttribute = 0x0015;
    private const ushort FamilyAttribute = 0x0017;
    private const ushort TransportAttribute = 0x0019;
    private const ushort MappedAttribute = 0x0020;
    private const byte Udp = 17;

    private readonly List<(ushort Type, byte[] Value)> _attributes = [];

    private StunMessage(ushort type, byte[] transaction)
    {
        (Type, Transaction) = (type, transaction);
    }

    public ushort Type { get; }

    /// <summary>Twelve random bytes that an answer repeats.</summary>
    public byte[] Transaction { get; }

    /// <summary>What a refusal says, like 401 or 403; null in anything else.</summary>
    public int? Error => Find(ErrorAttribute) is { Length: >= 4 } e ? (e[2] & 7) * 100 + e[3] : null;

    public string? Realm => Text(RealmAttribute);

    public string? Nonce => Text(NonceAttribute);

    public static StunMessage Request(ushort type) => new(type, RandomNumberGenerator.GetBytes(12));

    /// <summary>Whether this answers a request.</summary>
    public bool Answers(StunMessage request) => Transaction.AsSpan().SequenceEqual(request.Transaction);

    /// <summary>An address as the answer masks it, or null.</summary>
    public IPEndPoint? Mapped => Find(MappedAttribute) is { } value ? Unmask(value) : null;

    public StunMessage User(string name) => Add(UsernameAttribute, Encoding.UTF8.GetBytes(name));

    /// <summary>The relay's challenge, repeated (RFC 8489 §9.2).</summary>
    public StunMessage Answering(StunMessage challenge, string user) =>
        User(user)
            .Add(RealmAttribute, challenge.Find(RealmAttribute) ?? [])
            .Add(NonceAttribute, challenge.Find(NonceAttribute) ?? []);

    /// <summary>Of an allocation: relay over UDP, from an address of that family.</summary>
    public StunMessage OverUdp(bool v6 = false)
    {
        Add(TransportAttribute, [Udp, 0, 0, 0]);
        return v6 ? Add(FamilyAttribute, [2, 0, 0, 0]) : this;
    }

    /// <summary>How long an allocation lives, seconds; 0 gives it back.</summary>
    public StunMessage Lifetime(uint seconds)
    {
        var value = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(value, seconds);
        return Add(LifetimeAttribute, value);
    }

    /// <summary>To whom the relay shall send.</summary>
    public StunMessage Peer(IPAddress address) => Add(PeerAttribute, Mask(address, 9));

    /// <summary>The long-term key of somebody at a relay (RFC 8489 §9.2.2).</summary>
#pragma warning disable CA5351 // What the RFC prescribes.
    public static byte[] LongTermKey(string user, string realm, string password) =>
        MD5.HashData(Encoding.UTF8.GetBytes($"{user}:{realm}:{password}"));
#pragma warning restore CA5351

    /// <summary>As it goes out, with its integrity under a key; without one, as it is.</summary>
#pragma warning disable CA5350 // What the RFC prescribes; as an HMAC it is not weak.
    public byte[] Encode(byte[]? key = null)
    {
        var body = _attributes.Sum(a => 4 + Padded(a.Value.Length));
        var bytes = new byte[Header + body + (key is null ? 0 : IntegritySize)];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, Type);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)(bytes.Length - Header));
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4), Cookie);
        Transaction.CopyTo(bytes, 8);
        var at = Header;
        foreach (var (type, value) in _attributes)
        {
            at = Write(bytes, at, type, value);
        }
        if (key is not null)
        {
            Write(bytes, at, IntegrityAttribute, HMACSHA1.HashData(key, bytes.AsSpan(0, at)));
        }
        return bytes;
    }
#pragma warning restore CA5350

    /// <summary>Reads one; null when it is none.</summary>
    public static StunMessage? Read(ReadOnlySpan<byte> bytes)
    {
        if (
            bytes.Length < Header
            || BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]) != Cookie
            || BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]) != bytes.Length - Header
        )
        {
            return null;
        }
        var message = new StunMessage(BinaryPrimitives.ReadUInt16BigEndian(bytes), bytes[8..Header].ToArray());
        for (var at = Header; at + 4 <= bytes.Length; )
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]);
            if (at + 4 + length > bytes.Length)
            {
                return null;
            }
            var type = BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);
            message._attributes.Add((type, bytes.Slice(at + 4, length).ToArray()));
            at += 4 + Padded(length);
        }
        return message;
    }

    private StunMessage Add(ushort type, byte[] value)
    {
        _attributes.Add((type, value));
        return this;
    }

    private byte[]? Find(ushort type) => _attributes.Find(a => a.Type == type).Value;

    private string? Text(ushort type) => Find(type) is { } value ? Encoding.UTF8.GetString(value) : null;

    private static int Write(byte[] bytes, int at, ushort type, byte[] value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(at), type);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(at + 2), (ushort)value.Length);
        value.CopyTo(bytes, at + 4);
        return at + 4 + Padded(value.Length);
    }

    // XOR-PEER-ADDRESS and XOR-MAPPED-ADDRESS: the port under the cookie's first half, the address under cookie and transaction.
    private byte[] Mask(IPAddress address, ushort port)
    {
        var plain = address.GetAddressBytes();
        var value = new byte[4 + plain.Length];
        value[1] = (byte)(plain.Length == 4 ? 1 : 2);
        BinaryPrimitives.WriteUInt16BigEndian(value.AsSpan(2), (ushort)(port ^ (Cookie >> 16)));
        var mask = MaskBytes();
        for (var i = 0; i < plain.Length; i++)
        {
            value[4 + i] = (byte)(plain[i] ^ mask[i]);
        }
        return value;
    }

    private IPEndPoint? Unmask(byte[] value)
    {
        if (value.Length is not (8 or 20))
        {
            return null;
        }
        var mask = MaskBytes();
        var plain = value[4..].Select((b, i) => (byte)(b ^ mask[i])).ToArray();
        return new IPEndPoint(
            new IPAddress(plain),
            BinaryPrimitives.ReadUInt16BigEndian(value.AsSpan(2)) ^ (ushort)(Cookie >> 16)
        );
    }

    private byte[] MaskBytes()
    {
        var mask = new byte[16];
        BinaryPrimitives.WriteUInt32BigEndian(mask, Cookie);
        Transaction.CopyTo(mask, 4);
        return mask;
    }

    private static int Padded(int length) => (length + 3) & ~3;
}
