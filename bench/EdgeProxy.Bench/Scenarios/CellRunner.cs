using System.Globalization;
using EdgeProxy.Bench.Load;
using EdgeProxy.Bench.Measure;
using EdgeProxy.Bench.Proxies;

namespace EdgeProxy.Bench.Scenarios;

/// <summary>Runs one cell: starts the proxy afresh, lets the load through it, and reads what the proxy took between the window's two marks.</summary>
internal sealed class CellRunner(Traffic traffic, RunSettings settings)
{
    private const double MemoryWarmupSeconds = 2;

    /// <summary>The share of a CPU that other work may take before a row says so.</summary>
    private const double MostOthers = 0.1;

    // What a proxy takes for its first streams and its first event of some size is its code, compiled or loaded: no stream's memory.
    private static readonly LoadPlan[] MemoryWarmup = [new("short", Streams: 64), new("firstbyte", Streams: 64), new("large", Streams: 1, Bytes: 1 << 20)];

    /// <summary>Runs it; a failure is told in the cell's note.</summary>
    public async Task<Cell> RunAsync(Scenario scenario, IProxyUnderTest proxy, int round, CancellationToken cancellationToken)
    {
        var cell = new Cell(scenario.Name, proxy.Name, round) { Streams = scenario.Plan.Streams };
        var folder = Directory.CreateTempSubdirectory("edgeproxy-bench-");
        try
        {
            var place = new ProxyPlace(traffic.Backend, scenario.Cpus ?? settings.ProxyCpus, folder.FullName);
            await using var running = await proxy.StartAsync(place, cancellationToken);
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
        if (scenario.MeasuresMemory)
        {
            foreach (var plan in MemoryWarmup)
            {
                await traffic.RunAsync(plan.Arguments(proxy.Address, traffic.Backend, 0, MemoryWarmupSeconds, proxy.Headers), new Marks(), cancellationToken);
            }
        }

        var pids = proxy.Pids();
        var before = ProcessReading.Of(pids);
        ProcessReading.ResetPeak(pids);
        int[] cpus = [.. (scenario.Cpus ?? settings.ProxyCpus).Union(settings.LoadCpus)];
        ProcessReading opened = before, closed = default;
        long inUse = 0;
        var marks = new Marks { Open = OnOpen, Close = OnClose, HoldSeconds = scenario.Plan.Hold };
        var arguments = scenario.Plan.Arguments(proxy.Address, traffic.Backend, settings.Warmup ?? scenario.Warmup, settings.Seconds, proxy.Headers);
        var load = await traffic.RunAsync(arguments, marks, cancellationToken);
        var own = ((closed.CpuNanoseconds - opened.CpuNanoseconds) / 1e9) + ((load.GeneratorCpuMilliseconds + load.BackendCpuMilliseconds) / 1e3);
        var others = Math.Max(0, ((inUse / 1e9) - own) / load.Seconds);
        return cell with { Load = load, Before = before, Opened = opened, Closed = closed, Others = others, Note = NoteOf(load, proxy, others) };

        void OnOpen()
        {
            opened = ProcessReading.Of(pids);
            inUse = -CpuUse.Of(cpus);
        }

        void OnClose()
        {
            closed = ProcessReading.Of(pids);
            inUse += CpuUse.Of(cpus);
        }
    }

    private static string? NoteOf(LoadResult load, RunningProxy proxy, double others) =>
        proxy.HasDied ? $"the proxy died: {proxy.Said}"
        : load.Violations is { Count: > 0, Kinds: var kinds } ? $"violations: {string.Join(", ", kinds.Keys)}"
        : load.Events + load.Answers == 0 && load.Scenario != "idle" ? "nothing came in the window"
        : others > MostOthers ? string.Create(CultureInfo.InvariantCulture, $"disturbed: other work took {others * 100:0} % of a CPU")
        : load.LoadLimited ? $"load-limited: {load.LoadLimitedWhy}"
        : null;
}
