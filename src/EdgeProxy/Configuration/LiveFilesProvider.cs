namespace EdgeProxy.Configuration;

/// <summary>
/// The configuration provider of all files at once. Its data changes as a whole, and only to a configuration that was
/// found valid; with that its reload token fires.
/// </summary>
internal sealed class LiveFilesProvider : ConfigurationProvider, IConfigurationSource
{
    public LiveFilesProvider(FileContents contents) => Data = Copy(contents);

    /// <summary>Puts other contents in place and tells everyone who reads them.</summary>
    public void Swap(FileContents contents)
    {
        // Readers hold on to the old dictionary or see the new one; neither is ever written to.
        Data = Copy(contents);
        OnReload();
    }

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    private static Dictionary<string, string?> Copy(FileContents contents) => new(contents.Data, StringComparer.OrdinalIgnoreCase);
}
