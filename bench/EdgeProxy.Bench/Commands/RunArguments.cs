using System.CommandLine;
using EdgeProxy.Bench.Proxies;
using EdgeProxy.Bench.Report;
using EdgeProxy.Bench.Scenarios;

namespace EdgeProxy.Bench.Commands;

/// <summary>The options that <c>compare</c> and <c>growth</c> share.</summary>
internal sealed class RunArguments
{
    private readonly Option<string> _proxies;
    private readonly Option<int> _rounds;
    private readonly Option<double> _seconds;
    private readonly Option<double?> _warmup = new("--warmup") { Description = "Seconds before the measured window. Default: each scenario's own." };
    private readonly Option<double> _scale = new("--scale") { Description = "The part of the streams that is run, for a quick look: 0.1 is a tenth.", DefaultValueFactory = _ => 1 };
    private readonly Option<string> _cpusProxy = new("--cpus-proxy") { Description = "The CPUs that the proxy runs on, separated by commas.", DefaultValueFactory = _ => "0" };
    private readonly Option<string> _cpusLoad = new("--cpus-load") { Description = "The CPUs that load generator and backend share.", DefaultValueFactory = _ => "1" };
    private readonly Option<string> _name;

    public RunArguments(string name, IEnumerable<IProxyUnderTest> proxies, int rounds)
    {
        var known = string.Join(",", proxies.Select(proxy => proxy.Name));
        _proxies = new("--proxies") { Description = $"Which proxies, separated by commas: {known}.", DefaultValueFactory = _ => known };
        _rounds = new("--rounds") { Description = "How often each proxy runs each scenario.", DefaultValueFactory = _ => rounds };
        _seconds = new("--seconds") { Description = "The length of the measured window.", DefaultValueFactory = _ => 10 };
        _name = new("--name") { Description = "The name of the result in artifacts/bench.", DefaultValueFactory = _ => name };
    }

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _proxies, _rounds, _seconds, _warmup, _scale, _cpusProxy, _cpusLoad, _name })
        {
            command.Options.Add(option);
        }
    }

    public string Name(ParseResult command) => command.GetRequiredValue(_name);

    public RunSettings Settings(ParseResult command) => new(
        command.GetValue(_rounds),
        command.GetValue(_seconds),
        command.GetValue(_warmup),
        command.GetValue(_scale),
        Cpus(command.GetRequiredValue(_cpusProxy)),
        Cpus(command.GetRequiredValue(_cpusLoad)));

    /// <summary>The proxies that were asked for, with whether they can be measured here.</summary>
    /// <exception cref="ArgumentException">A name is unknown.</exception>
    public IReadOnlyList<(IProxyUnderTest Proxy, ProxyRow Row)> Proxies(ParseResult command)
    {
        var names = List(command.GetRequiredValue(_proxies), ProxyCatalog.All.Select(proxy => proxy.Name));
        return [.. ProxyCatalog.Named(names).Select(proxy => (proxy, new ProxyRow(proxy.Name, proxy.Find())))];
    }

    /// <summary>Splits a list and holds it against what is known.</summary>
    /// <exception cref="ArgumentException">A name is unknown.</exception>
    public static IReadOnlyCollection<string> List(string text, IEnumerable<string> known)
    {
        var names = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return names.Except(known).FirstOrDefault() is { } unknown ? throw new ArgumentException($"unknown: {unknown}") : names;
    }

    private static int[] Cpus(string text) => [.. text.Split(',').Select(cpu => int.Parse(cpu, System.Globalization.CultureInfo.InvariantCulture))];
}
