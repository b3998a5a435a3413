using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace HCChat.Rtc.Transport;

/// <summary>AES128_CM_HMAC_SHA1_80 (RFC 3711 sections 4.1.1 and 4.2.1).</summary>
internal sealed class CounterModeCipher : SrtpCipher
{
    private const int Tag = 10;
    private const int Block = 16;

    private readonly Aes _aes = Aes.Create();
    private readonly ICryptoTransform _ecb;
    private readonly IncrementalHash _mac;
    private readonly byte[] _salt;
    private readonly byte[] _counters = new byte[MediaPort.LongestDatagram + Block];
    private readonly byte[] _keyStream = new byte[MediaPort.LongestDatagram + Block];

    public CounterModeCipher(SrtpKeys keys)
    {
        _salt = keys.Salt;
        // The framework has no counter mode, and a one-shot ECB allocates and schedules the key each time; a transform is made once.
#pragma warning disable CA5358 // It is the block cipher that counter mode is made of.
        _aes.Mode = CipherMode.ECB;
#pragma warning restore CA5358
        _aes.Padding = PaddingMode.None;
        _aes.SetKey(keys.Key);
        _ecb = _aes.CreateEncryptor();
        _mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA1, keys.Authentication);
    }

    public override int TagLength => Tag;

    public override bool IsAead => false;

    public override void ProtectRtp(Span<byte> buffer, int header, int length, uint ssrc, ulong index)
    {
        ApplyKeyStream(buffer[header..length], ssrc, index);
        Span<byte> mac = stackalloc byte[HMACSHA1.HashSizeInBytes];
        Authenticate(mac, buffer[..length], (uint)(index >> 16));
        mac[..Tag].CopyTo(buffer[length..]);
    }

    public override bool UnprotectRtp(Span<byte> packet, int header, uint ssrc, ulong index)
    {
        Span<byte> mac = stackalloc byte[HMACSHA1.HashSizeInBytes];
        Authenticate(mac, packet[..^Tag], (uint)(index >> 16));
        if (!CryptographicOperations.FixedTimeEquals(mac[..Tag], packet[^Tag..]))
            return false;
        ApplyKeyStream(packet[header..^Tag], ssrc, index);
        return true;
    }

    public override void ProtectRtcp(Span<byte> buffer, int length, uint ssrc, uint word)
    {
        if (IsEncrypted(word))
            ApplyKeyStream(buffer[RtcpHeader..length], ssrc, IndexOf(word));
        BinaryPrimitives.WriteUInt32BigEndian(buffer[length..], word);
        Span<byte> mac = stackalloc byte[HMACSHA1.HashSizeInBytes];
        Authenticate(mac, buffer[..length], word);
        mac[..Tag].CopyTo(buffer[(length + 4)..]);
    }

    public override bool UnprotectRtcp(Span<byte> packet, uint ssrc, uint word)
    {
        Span<byte> mac = stackalloc byte[HMACSHA1.HashSizeInBytes];
        Authenticate(mac, packet[..^(Tag + 4)], word);
        if (!CryptographicOperations.FixedTimeEquals(mac[..Tag], packet[^Tag..]))
            return false;
        if (IsEncrypted(word))
            ApplyKeyStream(packet[RtcpHeader..^(Tag + 4)], ssrc, IndexOf(word));
        return true;
    }

    public override void Dispose()
    {
        _ecb.Dispose();
        _aes.Dispose();
        _mac.Dispose();
    }

    private void Authenticate(Span<byte> mac, ReadOnlySpan<byte> packet, uint word)
    {
        Span<byte> last = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(last, word);
        _mac.AppendData(packet);
        _mac.AppendData(last);
        _mac.GetHashAndReset(mac);
    }

    private void ApplyKeyStream(Span<byte> data, uint ssrc, ulong index)
    {
        Span<byte> first = stackalloc byte[Block];
        first.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(first[4..], ssrc);
        BinaryPrimitives.WriteUInt16BigEndian(first[8..], (ushort)(index >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(first[10..], (uint)index);
        for (var i = 0; i < _salt.Length; i++)
            first[i] ^= _salt[i];
        var blocks = (data.Length + Block - 1) / Block;
        for (var i = 0; i < blocks; i++)
        {
            var counter = _counters.AsSpan(i * Block, Block);
            first.CopyTo(counter);
            BinaryPrimitives.WriteUInt16BigEndian(counter[14..], (ushort)i);
        }
        if (blocks > 0)
            _ecb.TransformBlock(_counters, 0, blocks * Block, _keyStream, 0);
        var words = MemoryMarshal.Cast<byte, ulong>(data);
        var keyWords = MemoryMarshal.Cast<byte, ulong>(_keyStream.AsSpan());
        for (var i = 0; i < words.Length; i++)
            words[i] ^= keyWords[i];
        for (var i = words.Length * 8; i < data.Length; i++)
            data[i] ^= _keyStream[i];
    }
}
