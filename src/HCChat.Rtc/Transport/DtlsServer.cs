using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;

namespace HCChat.Rtc.Transport;

/// <summary>What is left of a handshake: the profile of SRTP and what its keys are cut from.</summary>
internal sealed record SrtpAgreement(SrtpProfile Profile, byte[] KeyingMaterial)
{
    /// <summary>What the client sends with. RFC 5764 section 4.2: both keys, then both salts, the client's first.</summary>
    public SrtpReceiver Receiver() => new(Profile, Key(0), Salt(0));

    /// <summary>What the server sends with.</summary>
    public SrtpSender Sender(SrtpSources sources) => new(Profile, Key(1), Salt(1), sources);

    private ReadOnlySpan<byte> Key(int side) => KeyingMaterial.AsSpan(side * Profile.KeyLength, Profile.KeyLength);

    private ReadOnlySpan<byte> Salt(int side) =>
        KeyingMaterial.AsSpan(2 * Profile.KeyLength + side * Profile.SaltLength, Profile.SaltLength);
}

/// <summary>
/// Our side of the handshake: DTLS 1.2, ECDHE with ECDSA, <c>use_srtp</c> (RFC 5764), and a certificate of the client whose fingerprint the signalling has told.
/// </summary>
/// <param name="expected">Waits for the fingerprint that the client's certificate must have; null when it does not come.</param>
internal sealed class DtlsServer(DtlsIdentity identity, Func<string?> expected) : DefaultTlsServer(identity.Crypto)
{
    private const int TimeoutMs = 15_000;

    // AEAD first: it is the cheapest where AES is in hardware.
    private static readonly SrtpProfile[] s_preferred =
    [
        SrtpProfile.AeadAes128Gcm,
        SrtpProfile.AeadAes256Gcm,
        SrtpProfile.Aes128CmHmacSha1,
    ];

    private SrtpProfile _profile;

    /// <summary>There once the handshake is complete.</summary>
    public SrtpAgreement? Agreement { get; private set; }

    public override int GetHandshakeTimeoutMillis() => TimeoutMs;

    // Anybody can send one from the client's address; it ends nothing.
    public override bool IgnoreCorruptDtlsRecords => true;

    public override void ProcessClientExtensions(IDictionary<int, byte[]> clientExtensions)
    {
        base.ProcessClientExtensions(clientExtensions);
        var offered = TlsSrtpUtilities.GetUseSrtpExtension(clientExtensions)?.ProtectionProfiles ?? [];
        _profile = s_preferred.FirstOrDefault(p => offered.Contains((int)p));
        if (_profile == SrtpProfile.None)
            throw new TlsFatalAlert(AlertDescription.handshake_failure);
    }

    public override IDictionary<int, byte[]> GetServerExtensions()
    {
        var extensions = TlsExtensionsUtilities.EnsureExtensionsInitialised(base.GetServerExtensions());
        TlsSrtpUtilities.AddUseSrtpExtension(extensions, new UseSrtpData([(int)_profile], []));
        return extensions;
    }

    public override CertificateRequest GetCertificateRequest() =>
        new(
            [ClientCertificateType.ecdsa_sign, ClientCertificateType.rsa_sign],
            TlsUtilities.GetDefaultSupportedSignatureAlgorithms(m_context),
            null
        );

    public override void NotifyClientCertificate(Certificate clientCertificate)
    {
        if (clientCertificate.IsEmpty)
            throw new TlsFatalAlert(AlertDescription.certificate_required);
        var fingerprint = DtlsIdentity.FingerprintOf(clientCertificate.GetCertificateAt(0).GetEncoded());
        if (expected() is not { } told || !IsSame(told, fingerprint))
            throw new TlsFatalAlert(AlertDescription.bad_certificate);
    }

    public override void NotifyHandshakeComplete()
    {
        base.NotifyHandshakeComplete();
        var material = m_context.ExportKeyingMaterial(
            ExporterLabel.dtls_srtp,
            null,
            2 * (_profile.KeyLength + _profile.SaltLength)
        );
        Agreement = new SrtpAgreement(_profile, material);
    }

    protected override ProtocolVersion[] GetSupportedVersions() => ProtocolVersion.DTLSv12.Only();

    protected override int[] GetSupportedCipherSuites() =>
        [CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384];

    protected override TlsCredentialedSigner GetECDsaSignerCredentials() =>
        new BcDefaultTlsCredentialedSigner(
            new TlsCryptoParameters(m_context),
            identity.Crypto,
            identity.Key,
            identity.Certificate,
            SignatureAndHashAlgorithm.GetInstance(Org.BouncyCastle.Tls.HashAlgorithm.sha256, SignatureAlgorithm.ecdsa)
        );

    private static bool IsSame(string told, string fingerprint) =>
        CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(told.ToUpperInvariant()),
            Encoding.ASCII.GetBytes(fingerprint)
        );
}
