namespace EdgeProxy.Bench.Proxies;

/// <summary>
/// EdgeProxy by its own command <c>run</c>: one route, one policy that names the dialect and leaves everything else at its
/// default. So boundary scanning, terminal tracking, keep-alives every 8 seconds, retries and admin listener are on. Logs go from
/// warnings up, as the other proxies' access logs are off.
/// </summary>
internal sealed class EdgeProxyProxy : IProxyUnderTest
{
    private static readonly string Executable = Installed.Built("EdgeProxy", "edgeproxy");

    public string Name => ProxyCatalog.EdgeProxy;

    public Availability Find() => Installed.BuiltVersion(Executable, "edgeproxy.dll");

    public async Task<RunningProxy> StartAsync(ProxyPlace place, CancellationToken cancellationToken)
    {
        var address = RunningProxy.FreeAddress();
        var configuration = $$"""
            {
              "Logging": { "LogLevel": { "Default": "Warning" } },
              "EdgeProxy": {
                "StreamPolicies": { "chat": { "Dialect": "OpenAIChat" } },
                "Admin": { "Url": "http://127.0.0.1:0" },
                "Drain": { "Timeout": "00:00:00" }
              },
              "ReverseProxy": {
                "Routes": {
                  "all": { "ClusterId": "backend", "Match": { "Path": "{**path}" }, "Metadata": { "StreamPolicy": "chat" } }
                },
                "Clusters": {
                  "backend": { "Destinations": { "one": { "Address": "http://{{place.Backend}}" } } }
                }
              }
            }
            """;
        var file = Path.Combine(place.Folder, "edgeproxy.json");
        await File.WriteAllTextAsync(file, configuration, cancellationToken);
        var process = PinnedProcess.Start(place.Cpus, Executable, ["run", "--config", file, "--urls", $"http://{address}"], place.Folder);
        return await RunningProxy.WhenListeningAsync(process, address, cancellationToken);
    }
}
