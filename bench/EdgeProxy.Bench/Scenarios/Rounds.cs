using EdgeProxy.Bench.Proxies;

namespace EdgeProxy.Bench.Scenarios;

/// <summary>
/// The order of a run: in every round, every scenario goes through every proxy once, and each round begins with another proxy. So
/// what the machine does meanwhile falls on all of them, and a ratio is taken between cells that ran minutes apart, not hours.
/// </summary>
internal static class Rounds
{
    /// <summary>Runs them.</summary>
    /// <param name="scenarios">The traffic.</param>
    /// <param name="proxies">What it goes through.</param>
    /// <param name="settings">How often, how long and where.</param>
    /// <param name="cells">Gets each cell as soon as it is done.</param>
    /// <param name="progress">Gets a line before each cell, and each note.</param>
    /// <param name="cancellationToken">Ends the run; what is done stays in <paramref name="cells"/>.</param>
    public static async Task RunAsync(
        IReadOnlyList<Scenario> scenarios,
        IReadOnlyList<IProxyUnderTest> proxies,
        RunSettings settings,
        ICollection<Cell> cells,
        TextWriter progress,
        CancellationToken cancellationToken)
    {
        await using var traffic = await Traffic.StartAsync(settings.LoadCpus, cancellationToken);
        var runner = new CellRunner(traffic, settings);
        for (var round = 0; round < settings.Rounds; round++)
        {
            foreach (var scenario in scenarios)
            {
                for (var turn = 0; turn < proxies.Count; turn++)
                {
                    var proxy = proxies[(turn + round) % proxies.Count];
                    await progress.WriteLineAsync($"round {round + 1}/{settings.Rounds}  {scenario.Name}  {proxy.Name}");
                    var cell = await runner.RunAsync(scenario, proxy, round, cancellationToken);
                    if (cell.Note is { } note)
                    {
                        await progress.WriteLineAsync($"  {note}");
                    }

                    cells.Add(cell);
                }
            }
        }
    }
}
