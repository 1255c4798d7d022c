namespace EdgeProxy.AcceptanceTests.Parts;

/// <summary>A real program that a test needs. Where it is missing the test is skipped by name, or fails if the run must be complete.</summary>
internal static class RealPart
{
    /// <summary>With this variable at <c>1</c>, a missing part is a failure: set where <c>test.sh</c> has installed everything.</summary>
    public const string RequireAllVariable = "EDGEPROXY_REQUIRE_ALL";

    // The daemons' folder is not on the path of an ordinary user.
    private static readonly string[] Folders =
        [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries), "/usr/sbin", "/usr/local/sbin"];

    /// <summary>The full path of a program, or the test ends here.</summary>
    public static string Program(string name)
    {
        var path = Folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        Demand(path is not null, name);
        return path!;
    }

    /// <summary>Goes on if the part is there; otherwise the test ends here, skipped or failed.</summary>
    public static void Demand(bool present, string part)
    {
        if (!present && Environment.GetEnvironmentVariable(RequireAllVariable) == "1")
        {
            Assert.Fail($"Missing: {part}. ./test.sh installs it.");
        }

        Assert.SkipUnless(present, $"Missing: {part}. ./test.sh installs it.");
    }
}
