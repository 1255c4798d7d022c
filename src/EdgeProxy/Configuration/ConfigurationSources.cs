namespace EdgeProxy.Configuration;

/// <summary>All that a configuration is made of: the files, and over them the environment and then the command line, which stand still.</summary>
/// <param name="files">The files.</param>
/// <param name="readEnvironment">Whether environment variables count: <c>ASPNETCORE_*</c> without their prefix, then all.</param>
/// <param name="settings">The command line's settings, by full key.</param>
internal sealed class ConfigurationSources(ConfigurationFiles files, bool readEnvironment, IReadOnlyDictionary<string, string?> settings)
{
    /// <summary>The files.</summary>
    public ConfigurationFiles Files => files;

    /// <summary>A configuration with these file contents that nobody else sees.</summary>
    public IConfigurationRoot Compose(FileContents contents)
    {
        var configuration = new ConfigurationBuilder();
        AddTo(configuration, contents);
        return configuration.Build();
    }

    /// <summary>Adds everything to a configuration, and returns the part of it that can be swapped.</summary>
    public LiveFilesProvider AddTo(IConfigurationBuilder configuration, FileContents contents)
    {
        var provider = new LiveFilesProvider(contents);
        configuration.Add(provider);
        if (readEnvironment)
        {
            configuration.AddEnvironmentVariables("ASPNETCORE_").AddEnvironmentVariables();
        }

        configuration.AddInMemoryCollection(settings);
        return provider;
    }
}
