using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace EdgeProxy.Bench.Proxies;

/// <summary>What the machine has installed, and what the build has made.</summary>
internal static partial class Installed
{
    /// <summary>The root of the repository: where the solution file is.</summary>
    /// <exception cref="DirectoryNotFoundException">The bench does not run from a working copy.</exception>
    public static string Root { get; } = FindRoot();

    /// <summary>Asks an installed program for its version.</summary>
    public static Availability Version(string program, string option)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, [option]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var said = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
            process.WaitForExit();
            return Availability.Of(Number().Match(said).Value);
        }
        catch (Win32Exception)
        {
            return Availability.Not($"{program} is not installed");
        }
    }

    /// <summary>An executable that the build of the bench has made, in the configuration of the bench itself.</summary>
    /// <returns>Its path; the file may be missing.</returns>
    public static string Built(string project, string executable) => Path.Combine(Root, "artifacts", "bin", project, Configuration, executable);

    /// <summary>The version of the assembly beside a built executable, and of the runtime that runs it.</summary>
    public static Availability BuiltVersion(string executable, string assembly) => File.Exists(executable)
        ? Availability.Of($"{FileVersionInfo.GetVersionInfo(Path.Combine(Path.GetDirectoryName(executable)!, assembly)).ProductVersion?.Split('+')[0]} on .NET {Environment.Version}")
        : Availability.Not($"{Path.GetRelativePath(Root, executable)} is not built");

    /// <summary>Whether the optimising compiler made what is measured.</summary>
#if DEBUG
    public static bool IsRelease => false;

    private const string Configuration = "debug";
#else
    public static bool IsRelease => true;

    private const string Configuration = "release";
#endif

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "EdgeProxy.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException("the bench runs from a working copy of the repository");
    }

    [GeneratedRegex(@"v?\d+\.\d+[\w.+-]*")]
    private static partial Regex Number();
}
