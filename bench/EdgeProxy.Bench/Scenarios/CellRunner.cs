using EdgeProxy.Bench.Measure;
using EdgeProxy.Bench.Proxies;

namespace EdgeProxy.Bench.Scenarios;

/// <summary>Runs one cell: starts the proxy afresh, lets the load through it, and reads what the proxy took between the window's two marks.</summary>
internal sealed class CellRunner(Traffic traffic, RunSettings settings)
{
    private const string WindowOpen = "window open";
    private const string WindowClose = "window close";
    private const string IdleReady = "idle ready";
    private const double MemoryWarmupSeconds = 2;
    private static readonly LoadPlan MemoryWarmup = new("short", Streams: 64);

    /// <summary>Runs it; a failure is told in the cell's note.</summary>
    public async Task<Cell> RunAsync(Scenario scenario, IProxyUnderTest proxy, int round, CancellationToken cancellationToken)
    {
        var cell = new Cell(scenario.Name, proxy.Name, round) { Streams = scenario.Plan.Streams, Bytes = scenario.Plan.Bytes };
        var folder = Directory.CreateTempSubdirectory("edgeproxy-bench-");
        try
        {
            await using var running = await proxy.StartAsync(new ProxyPlace(traffic.Backend, scenario.Cpus ?? settings.ProxyCpus, folder.FullName), cancellationToken);
            return await MeasureAsync(cell, scenario, running, cancellationToken);
        }
        catch (ProxyFailedException failure)
        {
            return cell with { Note = failure.Message };
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<Cell> MeasureAsync(Cell cell, Scenario scenario, RunningProxy proxy, CancellationToken cancellationToken)
    {
        var target = new Uri($"http://{proxy.Address}");
        if (scenario.MeasuresMemory)
        {
            await traffic.RunAsync(MemoryWarmup.Arguments(target, 0, MemoryWarmupSeconds, proxy.Headers), _ => { }, Limit(MemoryWarmupSeconds), cancellationToken);
        }

        var pids = proxy.Pids();
        var before = ProcessReading.Of(pids);
        ProcessReading.ResetPeak(pids);
        ProcessReading opened = before, closed = default;
        var warmup = settings.Warmup ?? scenario.Warmup;
        var arguments = scenario.Plan.Arguments(target, warmup, settings.Seconds, proxy.Headers);
        var load = await traffic.RunAsync(arguments, OnMark, Limit(warmup + settings.Seconds + scenario.Plan.Hold), cancellationToken);
        return cell with
        {
            Load = load,
            Before = before,
            Opened = opened,
            Closed = closed,
            Note = proxy.HasDied ? $"the proxy died: {proxy.Said}" : load.LoadLimited ? load.Why ?? "load-limited" : null,
        };

        void OnMark(string line)
        {
            switch (line)
            {
                case WindowOpen or IdleReady:
                    opened = ProcessReading.Of(pids);
                    break;
                case WindowClose:
                    closed = ProcessReading.Of(pids);
                    break;
            }
        }
    }

    /// <summary>Ample: setting up ten thousand streams takes its time, and a slow proxy is to be measured too.</summary>
    private static TimeSpan Limit(double seconds) => TimeSpan.FromSeconds((seconds * 2) + 120);
}
