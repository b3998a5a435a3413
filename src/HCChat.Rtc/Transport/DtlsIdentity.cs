using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;
using Certificate = Org.BouncyCastle.Tls.Certificate;

namespace HCChat.Rtc.Transport;

/// <summary>
/// Our certificate: made at the start, signed by itself, of one curve (RFC 8827 section 6.5). Peers learn its fingerprint over the signalling, so that neither name
/// nor dates matter.
/// </summary>
internal sealed class DtlsIdentity
{
    public DtlsIdentity(TimeProvider time)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=hcchat", key, HashAlgorithmName.SHA256);
        var now = time.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(10));
        Certificate = new Certificate([Crypto.CreateCertificate(certificate.RawData)]);
        Key = PrivateKeyFactory.CreateKey(key.ExportPkcs8PrivateKey());
        Fingerprint = FingerprintOf(certificate.RawData);
    }

    public BcTlsCrypto Crypto { get; } = new(new SecureRandom());

    public Certificate Certificate { get; }

    public AsymmetricKeyParameter Key { get; }

    /// <summary>As SDP writes it (RFC 8122 section 5).</summary>
    public string Fingerprint { get; }

    /// <summary>The fingerprint of a certificate: "AB:CD:…".</summary>
    public static string FingerprintOf(ReadOnlySpan<byte> der)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(der, hash);
        return string.Join(
            ':',
            hash.ToArray().Select(b => b.ToString("X2", System.Globalization.CultureInfo.InvariantCulture))
        );
    }
}
