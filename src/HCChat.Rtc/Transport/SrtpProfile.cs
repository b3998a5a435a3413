namespace HCChat.Rtc.Transport;

/// <summary>Protection profiles by their numbers in <c>use_srtp</c> (RFC 5764 section 4.1.2, RFC 7714 section 14.2).</summary>
internal enum SrtpProfile
{
    None = 0,
    Aes128CmHmacSha1 = 1,
    AeadAes128Gcm = 7,
    AeadAes256Gcm = 8,
}

/// <summary>Lengths that follow from a profile, in bytes.</summary>
internal static class SrtpProfileLengths
{
    extension(SrtpProfile profile)
    {
        public int KeyLength => profile == SrtpProfile.AeadAes256Gcm ? 32 : 16;

        public int SaltLength => profile == SrtpProfile.Aes128CmHmacSha1 ? 14 : 12;
    }
}
