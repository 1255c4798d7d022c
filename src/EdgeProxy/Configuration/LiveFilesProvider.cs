namespace EdgeProxy.Configuration;

/// <summary>
/// The configuration provider of all files at once. Its data changes as a whole, and only to a configuration that was
/// found valid; with that its reload token fires.
/// </summary>
internal sealed class LiveFilesProvider : ConfigurationProvider, IConfigurationSource
{
    private Dictionary<string, HashSet<string>> _children = [];

    public LiveFilesProvider(FileContents contents) => Take(contents);

    /// <summary>Puts other contents in place and tells everyone who reads them.</summary>
    public void Swap(FileContents contents)
    {
        Take(contents);
        OnReload();
    }

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    /// <summary>The base class looks at every key there is, for every section that is read: seconds for a thousand routes.</summary>
    public override IEnumerable<string> GetChildKeys(IEnumerable<string> earlierKeys, string? parentPath)
    {
        var own = _children.TryGetValue(parentPath ?? "", out var children) ? children : [];
        return own.Concat(earlierKeys).Order(ConfigurationKeyComparer.Instance);
    }

    private void Take(FileContents contents)
    {
        // Readers hold on to the old collections or see the new ones.
        Data = new Dictionary<string, string?>(contents.Data, StringComparer.OrdinalIgnoreCase);
        _children = IndexChildren(contents.Data.Keys);
    }

    private static Dictionary<string, HashSet<string>> IndexChildren(IEnumerable<string> keys)
    {
        var index = new Dictionary<string, HashSet<string>>(StringComparer.OrdinalIgnoreCase);
        foreach (var key in keys)
        {
            var start = 0;
            while (start <= key.Length)
            {
                var parent = start == 0 ? "" : key[..(start - 1)];
                var end = key.IndexOf(ConfigurationPath.KeyDelimiter, start, StringComparison.Ordinal);
                end = end < 0 ? key.Length : end;
                if (!index.TryGetValue(parent, out var children))
                {
                    index[parent] = children = new(StringComparer.OrdinalIgnoreCase);
                }

                children.Add(key[start..end]);
                start = end + 1;
            }
        }

        return index;
    }
}
