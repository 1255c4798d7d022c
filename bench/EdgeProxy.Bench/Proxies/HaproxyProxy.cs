using EdgeProxy.Bench.Measure;

namespace EdgeProxy.Bench.Proxies;

/// <summary>HAProxy as its users are told to set it up for event streams: <c>option http-no-delay</c>.</summary>
internal sealed class HaproxyProxy : IProxyUnderTest
{
    public string Name => ProxyCatalog.Haproxy;

    public Availability Find() => Installed.Version("haproxy", "-v");

    public async Task<RunningProxy> StartAsync(ProxyPlace place, CancellationToken cancellationToken)
    {
        var address = RunningProxy.FreeAddress();
        // Two descriptors a connection, and those that HAProxy counts for itself.
        var configuration = $"""
            global
                maxconn {(ProcessLimits.Descriptors - 200) / 2}
                nbthread {place.Cpus.Count}
            defaults
                mode http
                option http-no-delay
                http-reuse safe
                timeout connect 10s
                timeout client 1h
                timeout server 1h
                timeout http-keep-alive 1h
            frontend clients
                bind {address} backlog 4096
                default_backend backend
            backend backend
                server one {place.Backend}

            """;
        var file = Path.Combine(place.Folder, "haproxy.cfg");
        await File.WriteAllTextAsync(file, configuration, cancellationToken);
        var process = PinnedProcess.Start(place.Cpus, "haproxy", ["-db", "-f", file], place.Folder);
        return await RunningProxy.WhenListeningAsync(process, address, cancellationToken);
    }
}
