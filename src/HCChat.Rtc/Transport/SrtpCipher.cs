namespace HCChat.Rtc.Transport;

/// <summary>
/// One direction's transform, for media or for control packets: encrypts and authenticates one packet whose number is known. Everything is in place and
/// without an allocation. Not for several threads at once.
/// </summary>
internal abstract class SrtpCipher : IDisposable
{
    /// <summary>Bytes that authentication adds.</summary>
    public abstract int TagLength { get; }

    /// <summary>Whether the index of a control packet comes behind the tag (AEAD) or before it.</summary>
    public abstract bool IsAead { get; }

    public static SrtpCipher Create(SrtpProfile profile, SrtpKeys keys) =>
        profile == SrtpProfile.Aes128CmHmacSha1 ? new CounterModeCipher(keys) : new GcmCipher(keys);

    /// <summary>Encrypts what is behind the header and writes the tag behind <paramref name="length"/>.</summary>
    /// <param name="index">48 bits: the count of wraps and the sequence number.</param>
    public abstract void ProtectRtp(Span<byte> buffer, int header, int length, uint ssrc, ulong index);

    /// <summary>Verifies and decrypts in place. False: it is not authentic, and the content of the buffer is lost.</summary>
    public abstract bool UnprotectRtp(Span<byte> packet, int header, uint ssrc, ulong index);

    /// <summary>Encrypts a control packet and writes tag and index behind it, in this profile's order. <paramref name="word"/> is the index with its flag E.</summary>
    public abstract void ProtectRtcp(Span<byte> buffer, int length, uint ssrc, uint word);

    /// <summary>Verifies a control packet and decrypts it if the flag E says so.</summary>
    public abstract bool UnprotectRtcp(Span<byte> packet, uint ssrc, uint word);

    public abstract void Dispose();

    /// <summary>The flag E of a control packet's index.</summary>
    protected const uint Encrypted = 0x80000000;

    protected const int RtcpHeader = 8;

    protected static uint IndexOf(uint word) => word & ~Encrypted;

    protected static bool IsEncrypted(uint word) => (word & Encrypted) != 0;
}
