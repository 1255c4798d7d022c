using EdgeProxy.Attempts;
using EdgeProxy.Configuration;
using EdgeProxy.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace EdgeProxy.Tests.Attempts;

/// <summary>A cluster of YARP's with some destinations, a board with their breakers, and a clock in the test's hand.</summary>
internal sealed class TestCluster : IDestinationHealthUpdater
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(20);

    public TestCluster(string destinations = "a b c", Func<ClusterConfig, ClusterConfig>? configure = null)
    {
        var config = new ClusterConfig
        {
            ClusterId = "cluster",
            HealthCheck = new() { Passive = new() { Enabled = true, Policy = StreamHealth.PolicyName, ReactivationPeriod = Period } },
        };
        All = [.. destinations.Split(' ').Select(static name => new DestinationState(name))];
        State = new("cluster", new(configure?.Invoke(config) ?? config, new HttpMessageInvoker(new SocketsHttpHandler())))
        {
            DestinationsState = new(All, All),
        };
        Board = new(Clock, this, NullLogger<BreakerBoard>.Instance);
    }

    public ManualTimeProvider Clock { get; } = new();

    public ClusterState State { get; }

    public IReadOnlyList<DestinationState> All { get; }

    public BreakerBoard Board { get; }

    /// <summary>What YARP was told.</summary>
    public List<string> Told { get; } = [];

    public DestinationState this[string name] => All.Single(destination => destination.DestinationId == name);

    /// <summary>The destinations of these names.</summary>
    public List<DestinationState> Pick(string names) => [.. names.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(name => this[name])];

    /// <summary>Lets attempts fail, one after the other.</summary>
    public void Fail(string name, string? model = null, int times = Breaker.FailuresToOpen)
    {
        for (var i = 0; i < times; i++)
        {
            Clock.Advance(TimeSpan.FromTicks(1));
            Board.Failed(State, this[name], model, Clock.GetTimestamp());
        }
    }

    void IDestinationHealthUpdater.SetPassive(ClusterState cluster, DestinationState destination, DestinationHealth newHealth, TimeSpan reactivationPeriod) =>
        Told.Add(newHealth == DestinationHealth.Unhealthy
            ? $"{cluster.ClusterId}/{destination.DestinationId} {newHealth} {reactivationPeriod.TotalSeconds} s"
            : $"{cluster.ClusterId}/{destination.DestinationId} {newHealth}");

    void IDestinationHealthUpdater.SetActive(ClusterState cluster, IEnumerable<NewActiveDestinationHealth> newHealthStates) => throw new NotSupportedException();
}
