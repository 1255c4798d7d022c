using System.Reflection;
using EdgeProxy.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.SessionAffinity;
using Yarp.ReverseProxy.Transforms.Builder;

namespace EdgeProxy.Tests.Configuration.Reference;

/// <summary>
/// What YARP's texts may say where its types say only that they are text: asked of the policies and transforms that the
/// product has registered, as YARP's own validator does.
/// </summary>
internal sealed class YarpWords
{
    private static readonly HashSet<(Type, string)> UrlKeys =
    [
        (typeof(DestinationConfig), nameof(DestinationConfig.Address)),
        (typeof(DestinationConfig), nameof(DestinationConfig.Health)),
    ];

    private static readonly Dictionary<(Type, string), string> Notes = new()
    {
        [(typeof(RouteConfig), nameof(RouteConfig.ClusterId))] = "A route without a cluster is refused.",
        [(typeof(RouteConfig), nameof(RouteConfig.Timeout))] = "Refused on a route with a stream policy, which has timeouts of its own.",
        [(typeof(RouteConfig), nameof(RouteConfig.TimeoutPolicy))] = "Refused on a route with a stream policy, which has timeouts of its own.",
        [(typeof(RouteConfig), nameof(RouteConfig.MaxRequestBodySize))] = "EdgeProxy sets the server's default to no limit.",
        [(typeof(ForwarderRequestConfig), nameof(ForwarderRequestConfig.ActivityTimeout))] = "It holds for requests that are not streams; streams have their policy's Timeouts.",
    };

    private readonly Dictionary<(Type, string), string[]> _words;

    public YarpWords()
    {
        using var app = (IDisposable)EdgeProxyHost.Create(Judge.Settings("{" + Judge.Proxy + "}"));
        var services = ((Microsoft.AspNetCore.Builder.WebApplication)app).Services;
        _words = new()
        {
            [(typeof(ClusterConfig), nameof(ClusterConfig.LoadBalancingPolicy))] = Names<ILoadBalancingPolicy>(policy => policy.Name),
            [(typeof(SessionAffinityConfig), nameof(SessionAffinityConfig.Policy))] = Names<ISessionAffinityPolicy>(policy => policy.Name),
            [(typeof(SessionAffinityConfig), nameof(SessionAffinityConfig.FailurePolicy))] = Names<IAffinityFailurePolicy>(policy => policy.Name),
            [(typeof(ActiveHealthCheckConfig), nameof(ActiveHealthCheckConfig.Policy))] = Names<IActiveHealthCheckPolicy>(policy => policy.Name),
            [(typeof(PassiveHealthCheckConfig), nameof(PassiveHealthCheckConfig.Policy))] = Names<IPassiveHealthCheckPolicy>(policy => policy.Name),
            [(typeof(HealthCheckConfig), nameof(HealthCheckConfig.AvailableDestinationsPolicy))] = Names<IAvailableDestinationsPolicy>(policy => policy.Name),
        };
        TransformKeys = [.. services.GetServices<ITransformFactory>().SelectMany(KeysOf).Distinct(StringComparer.Ordinal)];

        string[] Names<T>(Func<T, string> name) => [.. services.GetServices<T>().Select(name).Order(StringComparer.Ordinal)];
    }

    /// <summary>The keys that transforms are made of: their names, and the parameters beside them.</summary>
    public IReadOnlyList<string> TransformKeys { get; }

    /// <summary>The policies that a key may name; null for any other key.</summary>
    public IReadOnlyList<string>? NamesFor(OptionKey key) => _words.GetValueOrDefault((key.Property.DeclaringType!, key.Name));

    /// <summary>What is otherwise here than YARP's own comment has it.</summary>
    public static string? NoteOn(OptionKey key) => Notes.GetValueOrDefault((key.Property.DeclaringType!, key.Name));

    /// <summary>Whether a key holds a URL.</summary>
    public static bool IsUrl(OptionKey key) => UrlKeys.Contains((key.Property.DeclaringType!, key.Name));

    /// <summary>YARP's factories keep their keys in fields; no other list of them exists.</summary>
    private static IEnumerable<string> KeysOf(ITransformFactory factory) =>
        from field in factory.GetType().GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
        where field.FieldType == typeof(string) && field.Name.EndsWith("Key", StringComparison.Ordinal)
        orderby field.MetadataToken
        select (string)field.GetValue(null)!;
}
