using HCChat.Rtc.Transport;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;

namespace HCChat.Tests.Rtc.Transport;

/// <summary>A browser's side of the handshake.</summary>
internal sealed class DtlsClient(DtlsIdentity identity, string serverFingerprint, int[] profiles)
    : DefaultTlsClient(identity.Crypto)
{
    /// <summary>What both sides have agreed on.</summary>
    public (SrtpProfile Profile, byte[] Material) Agreement { get; private set; }

    /// <summary>Shows no certificate.</summary>
    public bool IsAnonymous { get; init; }

    public override int GetHandshakeTimeoutMillis() => 60_000;

    public override IDictionary<int, byte[]> GetClientExtensions()
    {
        var extensions = TlsExtensionsUtilities.EnsureExtensionsInitialised(base.GetClientExtensions());
        if (profiles.Length > 0)
            TlsSrtpUtilities.AddUseSrtpExtension(extensions, new UseSrtpData(profiles, []));
        return extensions;
    }

    public override void ProcessServerExtensions(IDictionary<int, byte[]> serverExtensions)
    {
        base.ProcessServerExtensions(serverExtensions);
        var chosen = TlsSrtpUtilities.GetUseSrtpExtension(serverExtensions).ProtectionProfiles;
        Agreement = ((SrtpProfile)Assert.Single(chosen), []);
    }

    public override void NotifyHandshakeComplete()
    {
        base.NotifyHandshakeComplete();
        var profile = Agreement.Profile;
        Agreement = (
            profile,
            m_context.ExportKeyingMaterial(ExporterLabel.dtls_srtp, null, 2 * (profile.KeyLength + profile.SaltLength))
        );
    }

    public override TlsAuthentication GetAuthentication() => new Authentication(this);

    protected override ProtocolVersion[] GetSupportedVersions() => ProtocolVersion.DTLSv12.Only();

    private sealed class Authentication(DtlsClient client) : TlsAuthentication
    {
        public void NotifyServerCertificate(TlsServerCertificate serverCertificate) =>
            Assert.Equal(
                client._serverFingerprint,
                DtlsIdentity.FingerprintOf(serverCertificate.Certificate.GetCertificateAt(0).GetEncoded())
            );

        public TlsCredentials? GetClientCredentials(CertificateRequest certificateRequest) =>
            client.IsAnonymous
                ? null
                : new BcDefaultTlsCredentialedSigner(
                    new TlsCryptoParameters(client.m_context),
                    client._identity.Crypto,
                    client._identity.Key,
                    client._identity.Certificate,
                    SignatureAndHashAlgorithm.GetInstance(HashAlgorithm.sha256, SignatureAlgorithm.ecdsa)
                );
    }

    private readonly string _serverFingerprint = serverFingerprint;
    private readonly DtlsIdentity _identity = identity;
}
