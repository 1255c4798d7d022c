using System.Diagnostics;

namespace EdgeProxy.Bench.Soak;

/// <summary>One soak: warm-up, rest, load, rest.</summary>
/// <param name="settings">How long and how much.</param>
/// <param name="progress">Gets a line for each sample.</param>
internal sealed class SoakRun(SoakSettings settings, TextWriter progress)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    /// <summary>How long running streams may take to end by themselves.</summary>
    private static readonly TimeSpan Finish = TimeSpan.FromSeconds(45);

    /// <summary>How long the proxy may take to come to rest: connections to backends are kept for a minute.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(90);

    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>Runs it.</summary>
    public async Task<SoakResult> RunAsync(CancellationToken cancellation)
    {
        await using var backend = await SoakBackend.StartAsync();

        // A fortieth of the streams wants a place there.
        await using var proxy = await SoakProxy.StartAsync(backend.Addresses, places: Math.Max(1, settings.Streams / 250));
        using var http = new HttpClient();
        var cold = await SoakSample.TakeAsync(http, proxy, _clock.Elapsed);

        // What is made once (code, pools, threads) is no leak: the start is a proxy that has worked, and has rested as long as it ever may.
        await LoadAsync(http, proxy, new SoakTally(), settings.WarmUp, [], cancellation);
        var start = await SettleAsync(http, proxy, static _ => false, cancellation);
        await progress.WriteLineAsync($"start: {Line(start)}");

        var tally = new SoakTally();
        var samples = new List<SoakSample>();
        await LoadAsync(http, proxy, tally, settings.Duration, samples, cancellation);
        var end = await SettleAsync(http, proxy, sample => SoakFigure.All.All(figure => figure.Of(sample) <= figure.Of(start)), cancellation);
        await progress.WriteLineAsync($"end:   {Line(end)}");
        var exitCode = await proxy.StopAsync();
        return new(settings, cold, start, samples, end, tally, proxy.Complaints, exitCode);
    }

    private async Task LoadAsync(HttpClient http, SoakProxy proxy, SoakTally tally, TimeSpan time, List<SoakSample> samples, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var cut = new CancellationTokenSource();
        using var client = new SoakClient(proxy.Url, tally, settings.Seed);
        var load = client.RunAsync(settings.Streams, stop.Token, cut.Token);
        stop.CancelAfter(time);
        while (!load.IsCompleted)
        {
            if (stop.IsCancellationRequested)
            {
                cut.CancelAfter(Finish);
            }

            await Task.WhenAny(load, Task.Delay(Every, TimeProvider.System, CancellationToken.None));
            if (!stop.IsCancellationRequested)
            {
                samples.Add(await SoakSample.TakeAsync(http, proxy, _clock.Elapsed));
                await progress.WriteLineAsync($"{Line(samples[^1])}, {client.Running} running, {tally.Ended} ended, {tally.Violations} violations {tally.Examples.LastOrDefault()}");
            }
        }

        await load;
        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>Waits until the proxy is at rest, with a full collection before each look, or until patience ends.</summary>
    private async Task<SoakSample> SettleAsync(HttpClient http, SoakProxy proxy, Func<SoakSample, bool> isAtRest, CancellationToken cancellation)
    {
        var since = _clock.Elapsed;
        while (true)
        {
            await Task.Delay(LookEvery, TimeProvider.System, cancellation);
            await GarbageCollection.InduceAsync(proxy.Id);
            var sample = await SoakSample.TakeAsync(http, proxy, _clock.Elapsed);
            if (_clock.Elapsed - since >= Rest || isAtRest(sample))
            {
                return sample;
            }
        }
    }

    private static string Line(SoakSample sample) =>
        $"{sample.At:hh\\:mm\\:ss} " + string.Join(", ", SoakFigure.All.Select(figure => $"{figure.Name} {figure.Text(sample)}"));
}
