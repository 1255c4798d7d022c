using Microsoft.AspNetCore.Routing;
using Yarp.ReverseProxy.Configuration;

namespace EdgeProxy.Configuration;

/// <summary>A rule on the configuration that belongs to another part of the house.</summary>
internal interface IConfigurationRule
{
    /// <summary>Adds what is wrong to the list of problems.</summary>
    void Check(IConfiguration configuration, ProblemList problems);
}

/// <summary>
/// The one judge of a configuration: at start, for <c>edgeproxy check</c>, and before a reload. It reads everything and
/// reports everything, YARP's own rules included.
/// </summary>
internal sealed class ConfigurationValidator(IConfigValidator yarp, ParameterPolicyFactory constraints, IEnumerable<IConfigurationRule> rules)
{
    /// <summary>What a file may hold at its top. <c>$schema</c> is an editor's: nothing here reads it.</summary>
    public static IReadOnlyList<string> TopLevelKeys { get; } =
        [EdgeProxyOptions.Section, ProxyConfiguration.Section, "Kestrel", "Logging", "urls", "http_ports", "https_ports", "$schema"];

    /// <summary>Validates a whole configuration.</summary>
    /// <param name="configuration">The files with environment and command line laid over them.</param>
    /// <param name="files">The files. When one of them could not be read, that alone is reported: the rest would be guesses.</param>
    public ConfigurationReport Validate(IConfiguration configuration, FileContents files)
    {
        var problems = new ProblemList();
        foreach (var problem in files.Problems)
        {
            problems.Error(problem);
        }

        if (files.Problems.Count > 0)
        {
            return new() { Errors = problems.Errors, Warnings = problems.Warnings, Files = files.Files };
        }

        CheckTopLevel(files, problems);
        var options = new SectionReader(problems).Read<EdgeProxyOptions>(configuration.GetSection(EdgeProxyOptions.Section));
        var proxy = ProxyConfiguration.Read(configuration, problems);
        new ProxyRules(options, proxy, problems).Check();
        new RouteMatchRules(constraints).Check(proxy.Routes.Where(route => route.IsReadable), problems);
        CheckByYarp(proxy, problems);
        foreach (var rule in rules)
        {
            rule.Check(configuration, problems);
        }

        return new()
        {
            Errors = problems.Errors,
            Warnings = problems.Warnings,
            Files = files.Files,
            Routes = proxy.Routes.Count,
            Clusters = proxy.Clusters.Count,
            Policies = ProxyRules.PolicyList(options).Count() - 1,
        };
    }

    /// <summary>
    /// The sections of the files. Environment variables have keys of every kind, but a file's section that nobody reads is
    /// most likely misspelt.
    /// </summary>
    private static void CheckTopLevel(FileContents files, ProblemList problems)
    {
        foreach (var (key, file) in files.TopLevelKeys)
        {
            if (TopLevelKeys.Contains(key, StringComparer.OrdinalIgnoreCase) || key.StartsWith("OTEL_", StringComparison.Ordinal))
            {
                continue;
            }

            if (Suggestion.Closest(key, TopLevelKeys) is { } meant)
            {
                problems.Error(key, $"is no section that is known, in {file}, did you mean {meant}?", Suggestion.List(TopLevelKeys));
            }
            else
            {
                problems.Warn(key, $"is a section that nothing reads, in {file}");
            }
        }
    }

    /// <summary>What could be read is also judged by YARP, by the same validator that it asks itself when it applies a configuration.</summary>
    private void CheckByYarp(ProxyConfiguration proxy, ProblemList problems)
    {
        foreach (var route in proxy.Routes.Where(route => route.IsReadable))
        {
            Report(route.Path, () => yarp.ValidateRouteAsync(route.Config));
        }

        foreach (var cluster in proxy.Clusters.Where(cluster => cluster.IsReadable))
        {
            Report(cluster.Path, () => yarp.ValidateClusterAsync(cluster.Config));
        }

        void Report(string path, Func<ValueTask<IList<Exception>>> validate)
        {
            try
            {
                // The policies it looks up are in memory: it completes at once.
                foreach (var error in validate().AsTask().GetAwaiter().GetResult())
                {
                    problems.Error(path, error.InnerException is { } inner ? $"{error.Message} {inner.Message}" : error.Message);
                }
            }
            catch (Exception failure)
            {
                // It stumbles over null where it expects a text; so it would when it applies the configuration.
                problems.Error(path, $"cannot be used: {failure.Message}");
            }
        }
    }
}
