using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace EdgeProxy.Bench.Soak;

/// <summary>EdgeProxy as a process of its own, with a configuration of its own.</summary>
internal sealed partial class SoakProxy : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder;
    private readonly Process _process;
    private readonly List<string> _complaints = [];
    private Task _reading = Task.CompletedTask;

    private SoakProxy(string folder, Process process)
    {
        _folder = folder;
        _process = process;
    }

    /// <summary>Its process.</summary>
    public int Id => _process.Id;

    /// <summary>Where clients ask.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>Where its metrics are.</summary>
    public Uri Admin { get; private set; } = null!;

    /// <summary>What it logged at level <c>Error</c> and above, its first lines.</summary>
    public IReadOnlyList<string> Complaints
    {
        get
        {
            lock (_complaints)
            {
                return [.. _complaints];
            }
        }
    }

    /// <summary>Starts the <c>edgeproxy</c> that was built with this bench.</summary>
    /// <param name="backends">The addresses of the backend.</param>
    /// <param name="places">How many places the crowded route has, and its queue.</param>
    public static async Task<SoakProxy> StartAsync(IReadOnlyList<string> backends, int places)
    {
        var folder = Directory.CreateTempSubdirectory("edgeproxy-soak-").FullName;
        var file = Path.Combine(folder, "proxy.json");
        await File.WriteAllTextAsync(file, Configuration(backends, places).ToJsonString());
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "edgeproxy.dll"), "run", "--config", file])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        var proxy = new SoakProxy(folder, Process.Start(start)!);
        proxy._process.ErrorDataReceived += (_, line) => proxy.Keep(line.Data);
        proxy._process.BeginErrorReadLine();
        proxy.Url = await proxy.ReadUntilAsync(Listening());
        proxy.Admin = await proxy.ReadUntilAsync(AdminListening());
        proxy._reading = proxy.ReadOnAsync();
        return proxy;
    }

    /// <summary>Tells it to stop.</summary>
    /// <returns>Its exit code; null if it did not end in a minute.</returns>
    public async Task<int?> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        await _process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return _process.HasExited ? _process.ExitCode : null;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        await _reading;
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Routes by how their backends behave, so that a breaker that opens for bad ones leaves the good ones alone.</summary>
    private static JsonObject Configuration(IReadOnlyList<string> backends, int places)
    {
        var (routes, clusters, policies) = (new JsonObject(), new JsonObject(), new JsonObject());
        Add("good", """{ "Primer": { "After": "00:00:00.500" }, "KeepAlive": { "Interval": "00:00:01" } }""");
        Add("bad", """{ "Primer": { "After": "00:00:01", "PaddingBytes": 2048 }, "KeepAlive": { "Interval": "00:00:01" }, "Timeouts": { "Idle": "00:00:05" }, "Attempts": { "Max": 1 } }""");
        Add("retry", """{ "Primer": { "After": "00:00:02" }, "KeepAlive": { "Interval": "00:00:01" }, "Attempts": { "Max": 2, "Backoff": "00:00:00.050", "ReplayBufferBytes": 65536 } }""");
        Add("crowded", $$"""{ "KeepAlive": { "Interval": "00:00:01" }, "Admission": { "MaxConcurrentStreams": {{places}}, "QueueLimit": {{places}}, "QueueTimeout": "00:00:03" } }""");
        return new()
        {
            // Complaints are violations, and a stream's end is none of them.
            ["Logging"] = JsonNode.Parse("""{ "LogLevel": { "Default": "Error", "EdgeProxy.Hosting": "Information", "EdgeProxy": "Information", "EdgeProxy.Telemetry": "Error" } }"""),
            ["urls"] = "http://127.0.0.1:0",
            ["EdgeProxy"] = new JsonObject { [nameof(Admin)] = JsonNode.Parse("""{ "Url": "http://127.0.0.1:0" }"""), ["StreamPolicies"] = policies },
            ["ReverseProxy"] = new JsonObject { ["Routes"] = routes, ["Clusters"] = clusters },
        };

        void Add(string name, string policy)
        {
            policies[name] = JsonNode.Parse(policy);
            routes[name] = new JsonObject
            {
                ["ClusterId"] = name,
                ["Match"] = new JsonObject { ["Path"] = $"/{name}/{{**rest}}" },
                ["Metadata"] = new JsonObject { ["StreamPolicy"] = name },
                ["Transforms"] = new JsonArray(new JsonObject { ["PathRemovePrefix"] = $"/{name}" }),
            };
            var destinations = new JsonObject();
            foreach (var backend in backends)
            {
                destinations[$"d{destinations.Count + 1}"] = new JsonObject { ["Address"] = backend };
            }

            clusters[name] = new JsonObject { ["Destinations"] = destinations };
        }
    }

    private async Task<Uri> ReadUntilAsync(Regex pattern)
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        while (await _process.StandardOutput.ReadLineAsync(patience.Token) is { } line)
        {
            if (pattern.Match(line) is { Success: true } match)
            {
                return new Uri(match.Groups[1].Value);
            }
        }

        throw new InvalidOperationException($"edgeproxy did not start: {string.Join('\n', Complaints)}");
    }

    private async Task ReadOnAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (ComplaintLine().IsMatch(line))
            {
                Keep(line);
            }
        }
    }

    private void Keep(string? line)
    {
        lock (_complaints)
        {
            if (line is not null && _complaints.Count < 50)
            {
                _complaints.Add(line);
            }
        }
    }

    [GeneratedRegex("EdgeProxy listens on (http://[^ ,]+): ")]
    private static partial Regex Listening();

    [GeneratedRegex("admin listener is on (http://.+)$")]
    private static partial Regex AdminListening();

    [GeneratedRegex(" (fail|crit): ")]
    private static partial Regex ComplaintLine();
}
