using System.Globalization;
using System.Text.Json;
using EdgeProxy.AcceptanceTests.Parts;
using EdgeProxy.TestKit;

namespace EdgeProxy.AcceptanceTests.Failover;

/// <summary>Three backend processes that are killed, restarted, throttled and stalled at random, by a seed.</summary>
internal sealed class ChaosBackends : IAsyncDisposable
{
    /// <summary>How long a backend thinks before its first word.</summary>
    public const int ThinkMs = 6000;

    /// <summary>How many words an answer has, one event each.</summary>
    public const int Words = 20;

    /// <summary>The pause between two words.</summary>
    public const int PauseMs = 250;

    private static readonly string[] Troubles = ["kill", "kill", "throttled", "failing", "stalled"];

    private readonly ExternalProcess[] _processes;
    private readonly int[] _ports;

    private ChaosBackends(ExternalProcess[] processes, int[] ports)
    {
        _processes = processes;
        _ports = ports;
    }

    /// <summary>Their addresses, which stay the same.</summary>
    public Uri[] Addresses => [.. _ports.Select(static port => new Uri($"http://127.0.0.1:{port}"))];

    /// <summary>What was done to them, by name.</summary>
    public SortedDictionary<string, int> Done { get; } = [];

    public static async Task<ChaosBackends> StartAsync()
    {
        var processes = Enumerable.Range(0, 3).Select(static _ => Start(port: 0)).ToArray();
        var ports = new int[processes.Length];
        for (var i = 0; i < ports.Length; i++)
        {
            ports[i] = int.Parse((await processes[i].ReadLineAsync())!, CultureInfo.InvariantCulture);
        }

        return new ChaosBackends(processes, ports);
    }

    /// <summary>Makes trouble for so long; then all are well again.</summary>
    public async Task RunAsync(int seed, TimeSpan duration)
    {
        var random = new Random(seed);
        var end = TimeProvider.System.GetTimestamp() + (long)(duration.TotalSeconds * TimeProvider.System.TimestampFrequency);
        var troubled = new Task[_processes.Length];
        Array.Fill(troubled, Task.CompletedTask);
        while (TimeProvider.System.GetTimestamp() < end)
        {
            await PassAsync(random.Next(1000, 4000));
            var victim = random.Next(_processes.Length);
            var trouble = Troubles[random.Next(Troubles.Length)];
            var forMs = random.Next(1000, 5000);
            if (troubled[victim].IsCompleted)
            {
                Done[trouble] = Done.GetValueOrDefault(trouble) + 1;
                troubled[victim] = TroubleAsync(victim, trouble, forMs);
            }
        }

        await Task.WhenAll(troubled);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }
    }

    private async Task TroubleAsync(int victim, string trouble, int forMs)
    {
        if (trouble == "kill")
        {
            await _processes[victim].DisposeAsync();
            await PassAsync(forMs);
            _processes[victim] = Start(_ports[victim]);
            Assert.NotNull(await _processes[victim].ReadLineAsync());
            return;
        }

        await _processes[victim].WriteLineAsync(trouble);
        await PassAsync(forMs);
        await _processes[victim].WriteLineAsync("well");
    }

    /// <summary>The trouble is made in real time: processes die and connections stall in no other.</summary>
    private static Task PassAsync(int ms) => Task.Delay(TimeSpan.FromMilliseconds(ms), TimeProvider.System, TestContext.Current.CancellationToken);

    private static ExternalProcess Start(int port) => ExternalProcess.Start(
        RealPart.Program("node"),
        [Path.Combine(NodeClient.Folder, "backend.mjs"), JsonSerializer.Serialize(new { port, thinkMs = ThinkMs, words = Words, pauseMs = PauseMs })],
        NodeClient.Folder,
        keepInput: true);
}
