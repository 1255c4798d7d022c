namespace EdgeProxy.FunctionalTests.Telemetry;

/// <summary>Sources of spans belong to the process: what one proxy's sampler leaves out, another's would let in. So no two proxies export at a time.</summary>
[CollectionDefinition(Name)]
public sealed class OneExporterAtATime
{
    public const string Name = "one exporter at a time";
}
