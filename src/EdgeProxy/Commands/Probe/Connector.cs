using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace EdgeProxy.Commands.Probe;

/// <summary>Makes a probe's connection and tells the timeline of each step.</summary>
internal sealed class Connector(ProbeRequest request, ProbeTimeline timeline, ServerText text, Func<TimeSpan> elapsed, TimeProvider timeProvider)
{
    // An address that swallows packets, as a broken IPv6 does, must not hide one that works.
    private static readonly TimeSpan PatienceWithAnother = TimeSpan.FromSeconds(5);
    private const int MaxShownName = 100;

    private volatile EndKind _missing = EndKind.NoName;

    /// <summary>What is not there yet: how the probe ends if nothing more comes.</summary>
    public EndKind Missing => _missing;

    /// <summary>Resolves the name and connects, for <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var target = context.DnsEndPoint;
        _missing = EndKind.NoName;
        var addresses = await ResolveAsync(target, cancellationToken);
        _missing = EndKind.NoConnection;
        var failed = new List<string>();
        for (var i = 0; ; i++)
        {
            var endPoint = new IPEndPoint(addresses[i], target.Port);
            var isLast = i == addresses.Length - 1;
            try
            {
                var connection = await ConnectAsync(endPoint, isLast, cancellationToken);
                timeline.OnConnected(elapsed(), endPoint.ToString(), failed);
                _missing = request.Url.Scheme == Uri.UriSchemeHttps ? EndKind.NoTls : EndKind.NoAnswer;
                return connection;
            }
            catch (Exception failure) when (failure is SocketException or OperationCanceledException && !isLast && !cancellationToken.IsCancellationRequested)
            {
                failed.Add($"{endPoint} {(failure is SocketException ? "failed" : "did not answer")}: {failure.Message}");
            }
        }
    }

    /// <summary>Hears that HTTP may begin, for <see cref="SocketsHttpHandler.PlaintextStreamFilter"/>: after TLS, where there is any.</summary>
    public ValueTask<Stream> OnPlaintextAsync(SocketsHttpPlaintextStreamFilterContext context, CancellationToken cancellationToken)
    {
        if (context.PlaintextStream is SslStream tls)
        {
            timeline.OnTls(elapsed(), FactsOf(tls));
        }

        timeline.OnReady(elapsed());
        _missing = EndKind.NoAnswer;
        return ValueTask.FromResult(context.PlaintextStream);
    }

    private async Task<IPAddress[]> ResolveAsync(DnsEndPoint target, CancellationToken cancellationToken)
    {
        if (request.Resolve.TryGetValue((target.Host.ToUpperInvariant(), target.Port), out var given))
        {
            timeline.OnNames(elapsed(), target.Host, [$"{given} by --resolve"]);
            return [given];
        }

        if (IPAddress.TryParse(target.Host, out var literal))
        {
            return [literal];
        }

        var addresses = await Dns.GetHostAddressesAsync(target.Host, cancellationToken);
        timeline.OnNames(elapsed(), target.Host, [.. addresses.Select(static address => address.ToString())]);
        return addresses.Length > 0 ? addresses : throw new SocketException((int)SocketError.NoData);
    }

    private async Task<NetworkStream> ConnectAsync(IPEndPoint endPoint, bool isLast, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(isLast ? Timeout.InfiniteTimeSpan : PatienceWithAnother, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endPoint, either.Token);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private TlsFacts FactsOf(SslStream tls)
    {
        using var certificate = tls.RemoteCertificate is { } shown ? X509CertificateLoader.LoadCertificate(shown.GetRawCertData()) : null;
        var protocol = tls.NegotiatedApplicationProtocol.Protocol.IsEmpty ? null : tls.NegotiatedApplicationProtocol.ToString();
        return new(
            tls.SslProtocol.ToString().Replace("Tls", "", StringComparison.Ordinal) switch { "13" => "1.3", "12" => "1.2", "11" => "1.1", var other => other },
            protocol,
            Name(certificate, forIssuer: false),
            Name(certificate, forIssuer: true),
            certificate?.NotAfter.ToUniversalTime());
    }

    private string? Name(X509Certificate2? certificate, bool forIssuer) =>
        certificate is null ? null : text.Show(certificate.GetNameInfo(X509NameType.SimpleName, forIssuer), MaxShownName);
}
