namespace EdgeProxy.Attempts;

/// <summary>What kind of answer an attempt got.</summary>
internal enum UpstreamAnswer
{
    /// <summary>None: no response head came.</summary>
    None,

    /// <summary>An event stream, relayed as events.</summary>
    Events,

    /// <summary>Another answer, which went to the client as it is.</summary>
    PassedThrough,

    /// <summary>Another answer, which came too late to go to the client as it is.</summary>
    Captured,
}
