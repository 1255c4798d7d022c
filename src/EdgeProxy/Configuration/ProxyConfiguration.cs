using Yarp.ReverseProxy.Configuration;

namespace EdgeProxy.Configuration;

/// <summary>YARP's own section <c>ReverseProxy</c>: its routes and clusters, and where each was written.</summary>
internal sealed class ProxyConfiguration
{
    /// <summary>The section's name.</summary>
    public const string Section = "ReverseProxy";

    private static readonly string[] Keys = ["Routes", "Clusters"];

    private ProxyConfiguration(IReadOnlyList<Entry<RouteConfig>> routes, IReadOnlyList<Entry<ClusterConfig>> clusters)
    {
        Routes = routes;
        Clusters = clusters;
    }

    /// <summary>The routes, in the order of their names.</summary>
    public IReadOnlyList<Entry<RouteConfig>> Routes { get; }

    /// <summary>The clusters, in the order of their names.</summary>
    public IReadOnlyList<Entry<ClusterConfig>> Clusters { get; }

    /// <summary>Reads the section: its keys and values, not yet how they fit together.</summary>
    public static ProxyConfiguration Read(IConfiguration configuration, ProblemList problems)
    {
        var reader = new SectionReader(problems);
        var section = configuration.GetSection(Section);
        if (section.Value is { } value)
        {
            problems.Error(section.Path, $"is the value '{value}', not a section", $"a section with {Suggestion.List(Keys)}");
        }

        foreach (var child in section.GetChildren())
        {
            if (!Keys.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
            {
                reader.UnknownKey(child, Keys, []);
            }
        }

        return new(
            ReadEntries<RouteConfig>(section.GetSection("Routes"), (read, id) => read with { RouteId = id, Match = read.Match ?? new RouteMatch() }),
            ReadEntries<ClusterConfig>(section.GetSection("Clusters"), (read, id) => read with { ClusterId = id }));

        List<Entry<T>> ReadEntries<T>(IConfigurationSection entries, Func<T, string, T> named)
            where T : class, new()
        {
            var list = new List<Entry<T>>();
            if (!string.IsNullOrEmpty(entries.Value))
            {
                problems.Error(entries.Path, $"is the value '{entries.Value}', not a section", "a section with names of your own as keys");
            }

            foreach (var child in entries.GetChildren())
            {
                var before = problems.Errors.Count;
                var read = reader.Read<T>(child);
                list.Add(new(child.Path, child.Key, named(read, child.Key), IsReadable: problems.Errors.Count == before));
            }

            return list;
        }
    }

    /// <summary>One route or cluster.</summary>
    /// <param name="Path">Where it stands in the configuration.</param>
    /// <param name="Id">Its name.</param>
    /// <param name="Config">What was read.</param>
    /// <param name="IsReadable">Whether every key and value of it could be read.</param>
    internal sealed record Entry<T>(string Path, string Id, T Config, bool IsReadable);
}
