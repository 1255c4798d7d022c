using EdgeProxy.Configuration;
using EdgeProxy.Streaming;

namespace EdgeProxy.Tests.Streaming;

internal static class StreamSettings
{
    /// <summary>Those of a policy that sets nothing.</summary>
    public static ClientStreamSettings Default { get; } = StreamPolicy.Compile("Default", "route", "cluster", new StreamPolicyOptions(), maxRequestBodySize: null).Client;
}
