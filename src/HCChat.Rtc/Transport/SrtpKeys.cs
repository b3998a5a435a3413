using System.Security.Cryptography;

namespace HCChat.Rtc.Transport;

/// <summary>The session keys of one direction, for media or for control packets.</summary>
/// <param name="Key">Encrypts.</param>
/// <param name="Salt">Goes into every initialisation vector.</param>
/// <param name="Authentication">The key of HMAC-SHA1; empty with AEAD.</param>
internal sealed record SrtpKeys(byte[] Key, byte[] Salt, byte[] Authentication)
{
    private const int AuthenticationLength = 20;

    /// <summary>Labels 0 to 2 make the keys of media.</summary>
    public static SrtpKeys ForRtp(SrtpProfile profile, ReadOnlySpan<byte> masterKey, ReadOnlySpan<byte> masterSalt) =>
        Derive(profile, masterKey, masterSalt, 0);

    /// <summary>Labels 3 to 5 make the keys of control packets.</summary>
    public static SrtpKeys ForRtcp(SrtpProfile profile, ReadOnlySpan<byte> masterKey, ReadOnlySpan<byte> masterSalt) =>
        Derive(profile, masterKey, masterSalt, 3);

    private static SrtpKeys Derive(
        SrtpProfile profile,
        ReadOnlySpan<byte> masterKey,
        ReadOnlySpan<byte> masterSalt,
        byte label
    ) =>
        new(
            Derive(masterKey, masterSalt, label, profile.KeyLength),
            Derive(masterKey, masterSalt, (byte)(label + 2), profile.SaltLength),
            profile == SrtpProfile.Aes128CmHmacSha1
                ? Derive(masterKey, masterSalt, (byte)(label + 1), AuthenticationLength)
                : []
        );

    /// <summary>
    /// The key derivation of RFC 3711 section 4.3.1 with a rate of 0: AES in counter mode, the label in the eighth byte of the salt. AEAD's shorter salts are
    /// filled up with zeros (RFC 7714 section 11).
    /// </summary>
    public static byte[] Derive(ReadOnlySpan<byte> masterKey, ReadOnlySpan<byte> masterSalt, byte label, int length)
    {
        Span<byte> counter = stackalloc byte[16];
        counter.Clear();
        masterSalt.CopyTo(counter);
        counter[7] ^= label;
        using var aes = Aes.Create();
        aes.SetKey(masterKey);
        var key = new byte[length];
        Span<byte> block = stackalloc byte[16];
        for (var at = 0; at < length; at += 16)
        {
            counter[15] = (byte)(at / 16);
            aes.EncryptEcb(counter, block, PaddingMode.None);
            block[..Math.Min(16, length - at)].CopyTo(key.AsSpan(at));
        }
        return key;
    }
}
