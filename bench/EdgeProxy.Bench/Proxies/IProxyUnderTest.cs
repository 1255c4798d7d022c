using System.Net;

namespace EdgeProxy.Bench.Proxies;

/// <summary>Something that can stand between load generator and backend: how to find it and how to start it.</summary>
internal interface IProxyUnderTest
{
    /// <summary>Its name on the command line and in the tables.</summary>
    string Name { get; }

    /// <summary>Which version was measured, or why there is none to measure.</summary>
    Availability Find();

    /// <summary>Starts it; it accepts connections when this returns.</summary>
    /// <exception cref="ProxyFailedException">It did not come up.</exception>
    Task<RunningProxy> StartAsync(ProxyPlace place, CancellationToken cancellationToken);
}

/// <summary>Whether a proxy can be measured here.</summary>
/// <param name="Version">Its version; null where it is missing.</param>
/// <param name="Missing">Why it is missing; null where it is not.</param>
internal readonly record struct Availability(string? Version, string? Missing)
{
    public static Availability Of(string version) => new(version, null);

    public static Availability Not(string why) => new(null, why);
}

/// <summary>Where a proxy is to run.</summary>
/// <param name="Backend">What it forwards to.</param>
/// <param name="Cpus">The CPUs it may use; it runs one worker or thread for each.</param>
/// <param name="Folder">An empty folder for its configuration.</param>
internal sealed record ProxyPlace(IPEndPoint Backend, IReadOnlyList<int> Cpus, string Folder);

/// <summary>A proxy did not start, or died; the message is what it said.</summary>
internal sealed class ProxyFailedException(string message) : Exception(message);
