using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EdgeProxy.TestKit;

/// <summary>A certificate for <c>localhost</c> by an issuer below a root of its own, as PEM texts: what a certificate manager leaves in a Secret.</summary>
internal sealed class IssuedCertificate
{
    /// <summary>Makes one, unlike any other.</summary>
    public IssuedCertificate()
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var issuerKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var root = Authority("CN=root", rootKey).CreateSelfSigned(now.AddDays(-3), now.AddDays(3));
        using var bare = Authority("CN=issuer", issuerKey).Create(root, now.AddDays(-2), now.AddDays(2), RandomNumberGenerator.GetBytes(8));
        using var issuer = bare.CopyWithPrivateKey(issuerKey);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var certificate = request.Create(issuer, now.AddDays(-1), now.AddDays(1), RandomNumberGenerator.GetBytes(8));
        (Thumbprint, IssuerThumbprint) = (certificate.Thumbprint, issuer.Thumbprint);
        Pem = certificate.ExportCertificatePem() + "\n" + issuer.ExportCertificatePem() + "\n";
        KeyPem = key.ExportPkcs8PrivateKeyPem() + "\n";
    }

    /// <summary>What it is told from others by.</summary>
    public string Thumbprint { get; }

    /// <summary>The same of its issuer.</summary>
    public string IssuerThumbprint { get; }

    /// <summary>The certificate and its issuer's.</summary>
    public string Pem { get; }

    /// <summary>Its key.</summary>
    public string KeyPem { get; }

    private static CertificateRequest Authority(string name, ECDsa key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        return request;
    }
}
