using System.Collections.Frozen;

namespace EdgeProxy.Forwarding;

/// <summary>Which headers are not simply copied. YARP's next version may know others: a test compares.</summary>
internal static class HeaderRules
{
    // About the connection or the framing (RFC 9110 sections 7.6 and 10.1), or on YARP's own list: they take more than a copy.
    private static readonly string[] OfConnections =
    [
        "Transfer-Encoding", "TE", "Trailer", "Upgrade", "Expect", "HTTP2-Settings", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authentication-Info",
        "Proxy-Authorization", "Proxy-Features", "Proxy-Instruction", "Security-Scheme", "ALPN", "Close", "Alt-Svc", "Upgrade-Insecure-Requests",
    ];

    /// <summary>The names that need a second look: true for these, which are left out; false for those that only YARP can handle.</summary>
    public static FrozenDictionary<string, bool> LeavingOut(params string[] names) =>
        names.Select(static name => KeyValuePair.Create(name, true))
            .Concat(OfConnections.Except(names).Select(static name => KeyValuePair.Create(name, false)))
            .ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
}
