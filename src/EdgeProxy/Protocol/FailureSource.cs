namespace EdgeProxy.Protocol;

/// <summary>Who failed.</summary>
internal enum FailureSource
{
    /// <summary>The upstream answered so, or broke.</summary>
    Upstream,

    /// <summary>EdgeProxy ended the stream of its own accord.</summary>
    Edge,
}
