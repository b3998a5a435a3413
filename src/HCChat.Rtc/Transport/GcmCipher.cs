using System.Buffers.Binary;
using System.Security.Cryptography;

namespace HCChat.Rtc.Transport;

/// <summary>AEAD_AES_128_GCM and AEAD_AES_256_GCM (RFC 7714).</summary>
internal sealed class GcmCipher(SrtpKeys keys) : SrtpCipher
{
    private const int Tag = 16;
    private const int Nonce = 12;

    private readonly AesGcm _aes = new(keys.Key, Tag);
    private readonly byte[] _salt = keys.Salt;

    public override int TagLength => Tag;

    public override bool IsAead => true;

    public override void ProtectRtp(Span<byte> buffer, int header, int length, uint ssrc, ulong index)
    {
        Span<byte> nonce = stackalloc byte[Nonce];
        RtpNonce(nonce, ssrc, index);
        var payload = buffer[header..length];
        _aes.Encrypt(nonce, payload, payload, buffer.Slice(length, Tag), buffer[..header]);
    }

    public override bool UnprotectRtp(Span<byte> packet, int header, uint ssrc, ulong index)
    {
        Span<byte> nonce = stackalloc byte[Nonce];
        RtpNonce(nonce, ssrc, index);
        return TryDecrypt(nonce, packet[header..^Tag], packet[^Tag..], packet[..header]);
    }

    public override void ProtectRtcp(Span<byte> buffer, int length, uint ssrc, uint word)
    {
        Span<byte> nonce = stackalloc byte[Nonce];
        RtcpNonce(nonce, ssrc, IndexOf(word));
        BinaryPrimitives.WriteUInt32BigEndian(buffer[(length + Tag)..], word);
        if (IsEncrypted(word))
        {
            Span<byte> header = stackalloc byte[RtcpHeader + 4];
            RtcpAssociated(header, buffer, word);
            var payload = buffer[RtcpHeader..length];
            _aes.Encrypt(nonce, payload, payload, buffer.Slice(length, Tag), header);
            return;
        }
        // Only authenticated: all of it, and the word, are associated data (section 9.3). The tag lies between the two, so they are put together first.
        BinaryPrimitives.WriteUInt32BigEndian(buffer[length..], word);
        Span<byte> tag = stackalloc byte[Tag];
        _aes.Encrypt(nonce, default, default, tag, buffer[..(length + 4)]);
        tag.CopyTo(buffer[length..]);
    }

    public override bool UnprotectRtcp(Span<byte> packet, uint ssrc, uint word)
    {
        Span<byte> nonce = stackalloc byte[Nonce];
        RtcpNonce(nonce, ssrc, IndexOf(word));
        var tag = packet[^(Tag + 4)..^4];
        if (IsEncrypted(word))
        {
            Span<byte> header = stackalloc byte[RtcpHeader + 4];
            RtcpAssociated(header, packet, word);
            return TryDecrypt(nonce, packet[RtcpHeader..^(Tag + 4)], tag, header);
        }
        Span<byte> kept = stackalloc byte[Tag];
        tag.CopyTo(kept);
        BinaryPrimitives.WriteUInt32BigEndian(tag, word);
        return TryDecrypt(nonce, default, kept, packet[..^Tag]);
    }

    public override void Dispose() => _aes.Dispose();

    private bool TryDecrypt(
        ReadOnlySpan<byte> nonce,
        Span<byte> data,
        ReadOnlySpan<byte> tag,
        ReadOnlySpan<byte> associated
    )
    {
        try
        {
            _aes.Decrypt(nonce, data, tag, data, associated);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    // Section 8.1.
    private void RtpNonce(Span<byte> nonce, uint ssrc, ulong index)
    {
        nonce.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(nonce[4..], index);
        BinaryPrimitives.WriteUInt32BigEndian(nonce[2..], ssrc);
        Salt(nonce);
    }

    // Section 9.1.
    private void RtcpNonce(Span<byte> nonce, uint ssrc, uint index)
    {
        nonce.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(nonce[2..], ssrc);
        BinaryPrimitives.WriteUInt32BigEndian(nonce[8..], index);
        Salt(nonce);
    }

    private void Salt(Span<byte> nonce)
    {
        for (var i = 0; i < Nonce; i++)
            nonce[i] ^= _salt[i];
    }

    private static void RtcpAssociated(Span<byte> associated, ReadOnlySpan<byte> packet, uint word)
    {
        packet[..RtcpHeader].CopyTo(associated);
        BinaryPrimitives.WriteUInt32BigEndian(associated[RtcpHeader..], word);
    }
}
