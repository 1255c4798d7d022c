namespace EdgeProxy.Bench.Proxies;

/// <summary>YARP with nothing added: <c>bench/PlainYarp</c>, built as the bench is.</summary>
internal sealed class PlainYarpProxy : IProxyUnderTest
{
    private static readonly string Executable = Installed.Built("PlainYarp", "PlainYarp");

    public string Name => ProxyCatalog.PlainYarp;

    public Availability Find() => Installed.BuiltVersion(Executable, "Yarp.ReverseProxy.dll");

    public async Task<RunningProxy> StartAsync(ProxyPlace place, CancellationToken cancellationToken)
    {
        var address = RunningProxy.FreeAddress();
        var process = PinnedProcess.Start(place.Cpus, Executable, [$"http://{place.Backend}", "--urls", $"http://{address}"], place.Folder);
        return await RunningProxy.WhenListeningAsync(process, address, cancellationToken);
    }
}
