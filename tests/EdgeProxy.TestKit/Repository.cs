namespace EdgeProxy.TestKit;

/// <summary>Where the sources are that a test reads.</summary>
internal static class Repository
{
    /// <summary>The folder of the solution, found upwards from the test's own.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "EdgeProxy.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No EdgeProxy.sln above {AppContext.BaseDirectory}");
    }
}
