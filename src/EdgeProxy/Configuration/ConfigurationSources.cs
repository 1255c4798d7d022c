using Microsoft.Extensions.Configuration.Memory;

namespace EdgeProxy.Configuration;

/// <summary>All that a configuration is made of: the files, and over them the environment and then the command line, which stand still.</summary>
internal sealed class ConfigurationSources
{
    private readonly IConfiguration _overlay;

    /// <param name="files">The files.</param>
    /// <param name="readEnvironment">Whether environment variables count: <c>ASPNETCORE_*</c> without their prefix, then all.</param>
    /// <param name="settings">The command line's settings, by full key.</param>
    public ConfigurationSources(ConfigurationFiles files, bool readEnvironment, IEnumerable<KeyValuePair<string, string?>> settings)
    {
        Files = files;
        var overlay = new ConfigurationBuilder();
        if (readEnvironment)
        {
            overlay.AddEnvironmentVariables("ASPNETCORE_").AddEnvironmentVariables();
        }

        _overlay = overlay.AddInMemoryCollection(settings).Build();
    }

    /// <summary>The files.</summary>
    public ConfigurationFiles Files { get; }

    /// <summary>A configuration with these file contents that nobody else sees.</summary>
    public IConfigurationRoot Compose(FileContents contents) => new ConfigurationBuilder()
        .Add(new MemoryConfigurationSource { InitialData = contents.Data })
        .AddConfiguration(_overlay)
        .Build();

    /// <summary>Adds everything to a configuration that lives on, and returns the part of it that can be swapped.</summary>
    public LiveFilesProvider AddTo(IConfigurationBuilder configuration, FileContents contents)
    {
        var provider = new LiveFilesProvider(contents);
        configuration.Add(provider).AddConfiguration(_overlay);
        return provider;
    }
}
