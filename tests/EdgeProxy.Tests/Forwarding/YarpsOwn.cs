using System.Reflection;
using Yarp.ReverseProxy.Forwarder;

namespace EdgeProxy.Tests.Forwarding;

/// <summary>What YARP keeps to itself and another way has to agree with.</summary>
internal static class YarpsOwn
{
    /// <summary>The headers that YARP copies neither way.</summary>
    public static TheoryData<string> NotCopied => [.. typeof(RequestUtilities)
        .GetFields(BindingFlags.Static | BindingFlags.NonPublic)
        .Select(static hidden => hidden.GetValue(null))
        .OfType<IEnumerable<string>>()
        .Single(static names => names.Contains("Transfer-Encoding", StringComparer.OrdinalIgnoreCase) && names.Contains("Alt-Svc", StringComparer.OrdinalIgnoreCase))];
}
