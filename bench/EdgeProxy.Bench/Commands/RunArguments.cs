using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using EdgeProxy.Bench.Proxies;
using EdgeProxy.Bench.Report;
using EdgeProxy.Bench.Scenarios;

namespace EdgeProxy.Bench.Commands;

/// <summary>The options that <c>compare</c> and <c>growth</c> share.</summary>
internal sealed class RunArguments
{
    private readonly Option<IReadOnlyCollection<string>> _proxies;
    private readonly Option<int> _rounds;
    private readonly Option<double> _seconds;
    private readonly Option<double?> _warmup = new("--warmup") { Description = "Seconds before the measured window. Default: each scenario's own." };
    private readonly Option<double> _scale = new("--scale") { Description = "The part of the streams that is run, for a quick look: 0.1 is a tenth.", DefaultValueFactory = _ => 1 };
    private readonly Option<int[]> _cpusProxy = Cpus("--cpus-proxy", "The CPUs that the proxy runs on, separated by commas.", 0);
    private readonly Option<int[]> _cpusLoad = Cpus("--cpus-load", "The CPUs that load generator and backend share.", 1);
    private readonly Option<string> _name;

    public RunArguments(string name, IEnumerable<IProxyUnderTest> proxies, int rounds)
    {
        _proxies = Names("--proxies", "Which proxies", [.. ProxyCatalog.All.Select(proxy => proxy.Name)], [.. proxies.Select(proxy => proxy.Name)]);
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
        command.GetRequiredValue(_cpusProxy),
        command.GetRequiredValue(_cpusLoad));

    /// <summary>The proxies that were asked for, with whether they can be measured here.</summary>
    public IReadOnlyList<(IProxyUnderTest Proxy, ProxyRow Row)> Proxies(ParseResult command) =>
        [.. ProxyCatalog.Named(command.GetRequiredValue(_proxies)).Select(proxy => (proxy, new ProxyRow(proxy.Name, proxy.Find())))];

    /// <summary>An option that takes some of the names that are known; by default the standard ones, or all.</summary>
    public static Option<IReadOnlyCollection<string>> Names(string option, string description, IReadOnlyCollection<string> known, IReadOnlyCollection<string>? standard = null) => new(option)
    {
        Description = $"{description}, separated by commas: {string.Join(",", known)}.",
        DefaultValueFactory = _ => standard ?? known,
        CustomParser = given =>
        {
            var names = Parts(given);
            foreach (var unknown in names.Except(known))
            {
                given.AddError($"{option}: '{unknown}' is unknown. There are: {string.Join(", ", known)}.");
            }

            return names;
        },
    };

    private static Option<int[]> Cpus(string option, string description, int standard) => new(option)
    {
        Description = description,
        DefaultValueFactory = _ => [standard],
        CustomParser = given =>
        {
            var cpus = new List<int>();
            foreach (var part in Parts(given))
            {
                if (int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var cpu))
                {
                    cpus.Add(cpu);
                }
                else
                {
                    given.AddError($"{option}: '{part}' is no CPU. It takes their numbers, from 0 on, separated by commas.");
                }
            }

            return [.. cpus];
        },
    };

    private static string[] Parts(ArgumentResult given) =>
        [.. given.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];
}
