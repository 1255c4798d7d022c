namespace EdgeProxy.Configuration;

/// <summary>The names around stream policies that are part of the contract.</summary>
internal static class PolicyNames
{
    /// <summary>The key in a route's <c>Metadata</c> that names its policy.</summary>
    public const string MetadataKey = "StreamPolicy";

    /// <summary>The policy of a route that names none.</summary>
    public const string Default = "Default";

    /// <summary>The name that turns a route into plain YARP.</summary>
    public const string Off = "Off";

    /// <summary>The policy that a route's metadata names: <see cref="Default"/> if it names none.</summary>
    public static string Of(IReadOnlyDictionary<string, string>? metadata) =>
        metadata is not null && metadata.TryGetValue(MetadataKey, out var name) ? name ?? "" : Default;

    /// <summary>Whether the name is <see cref="Off"/>.</summary>
    public static bool IsOff(string name) => name.Equals(Off, StringComparison.OrdinalIgnoreCase);
}
