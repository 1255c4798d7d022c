namespace EdgeProxy.Protocol;

/// <summary>How much of an upstream's own error text a client may see.</summary>
internal enum ErrorDetail
{
    /// <summary>The upstream's message, type and code.</summary>
    Upstream,

    /// <summary>A message by status alone; the upstream's text is hidden.</summary>
    Generic,
}
