using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EdgeProxy.TestKit;

/// <summary>A self-signed certificate for the loopback, made when it is first needed.</summary>
internal static class TestCertificate
{
    private static readonly Lazy<byte[]> Made = new(Make);

    /// <summary>The certificate and its key as PKCS#12 without a password.</summary>
    public static byte[] Pkcs12 => Made.Value;

    /// <summary>Whether a server showed this very certificate.</summary>
    public static bool IsOurs(X509Certificate? shown)
    {
        using var ours = X509CertificateLoader.LoadPkcs12(Pkcs12, password: null);
        return shown is not null && shown.GetRawCertData().AsSpan().SequenceEqual(ours.RawData);
    }

    private static byte[] Make()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return certificate.Export(X509ContentType.Pkcs12);
    }
}
