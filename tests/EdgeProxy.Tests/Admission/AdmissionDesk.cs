using EdgeProxy.Admission;
using EdgeProxy.Configuration;
using EdgeProxy.TestKit;

namespace EdgeProxy.Tests.Admission;

/// <summary>An admission control with a clock in the test's hand, and one policy in front of it unless a test names another.</summary>
internal sealed class AdmissionDesk
{
    public AdmissionDesk(int? limit = 1, int queue = 100, int timeoutSeconds = 60)
    {
        Control = new AdmissionControl(Clock);
        Policy = PolicyOf(limit, queue, timeoutSeconds);
    }

    public ManualTimeProvider Clock { get; } = new();

    public AdmissionControl Control { get; }

    /// <summary>The policy of the next request.</summary>
    public StreamPolicy Policy { get; private set; }

    public AdmissionCounts Counts => Control.CountsOf(Policy);

    public static StreamPolicy PolicyOf(int? limit, int queue, int timeoutSeconds = 60, string name = "chat", string? cluster = "llm", string route = "route")
    {
        var options = new StreamPolicyOptions
        {
            Admission = new AdmissionOptions { MaxConcurrentStreams = limit, QueueLimit = queue, QueueTimeout = TimeSpan.FromSeconds(timeoutSeconds) },
        };
        return StreamPolicy.Compile(name, route, cluster, options, maxRequestBodySize: null);
    }

    public AdmissionTicket Request() => Control.Request(Policy);

    public AdmissionTicket[] Request(int count) => [.. Enumerable.Range(0, count).Select(_ => Request())];

    /// <summary>Loads other limits, as a changed configuration does.</summary>
    public void Reload(int? limit, int queue = 100)
    {
        Policy = PolicyOf(limit, queue);
        Control.Apply([Policy]);
    }
}
