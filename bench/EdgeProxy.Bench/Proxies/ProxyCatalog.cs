namespace EdgeProxy.Bench.Proxies;

/// <summary>Everything that is compared, in the order of the tables.</summary>
internal static class ProxyCatalog
{
    public const string None = "none";
    public const string Nginx = "nginx";
    public const string Haproxy = "haproxy";
    public const string PlainYarp = "yarp";
    public const string EdgeProxy = "edgeproxy";
    public const string Gateway = "portkey";

    public static IReadOnlyList<IProxyUnderTest> All { get; } =
        [new DirectProxy(), new NginxProxy(), new HaproxyProxy(), new PlainYarpProxy(), new EdgeProxyProxy(), new GatewayProxy()];

    /// <summary>Those of the given names, in the order of <see cref="All"/>.</summary>
    public static IReadOnlyList<IProxyUnderTest> Named(IReadOnlyCollection<string> names) => [.. All.Where(proxy => names.Contains(proxy.Name))];

    /// <summary>The name that a table shows.</summary>
    public static string Title(string name) => name switch
    {
        None => "no proxy",
        Haproxy => "HAProxy",
        PlainYarp => "plain YARP",
        EdgeProxy => "**EdgeProxy**",
        Gateway => "Portkey gateway",
        _ => name,
    };
}
