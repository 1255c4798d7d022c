using System.Globalization;
using System.Security.Cryptography;

namespace EdgeProxy.Configuration;

/// <summary>Tells whether a file has changed.</summary>
internal static class FileFingerprint
{
    /// <summary>How a file is opened: whoever writes it must not be disturbed.</summary>
    public static readonly FileStreamOptions ShareWithWriters = new() { Share = FileShare.ReadWrite | FileShare.Delete };

    /// <summary>
    /// A text that changes when the file is written, replaced, or when a link on the way to it is swapped. Contents count too: where times
    /// are coarse, or are set by the tool that deploys, they alone tell. It throws nothing.
    /// </summary>
    public static string Of(string path)
    {
        try
        {
            var target = LinkTarget.Resolve(path);
            var info = new FileInfo(target);
            return info.Exists ? string.Create(CultureInfo.InvariantCulture, $"{target}|{info.Length}|{info.LastWriteTimeUtc.Ticks}|{HashOf(info)}") : "missing";
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return failure.GetType().Name;
        }
    }

    private static string HashOf(FileInfo info)
    {
        if (info.Length == 0)
        {
            // Empty, or a pipe, which must not be read twice.
            return "";
        }

        using var stream = info.Open(ShareWithWriters);
        return Convert.ToHexString(SHA256.HashData(stream));
    }
}
