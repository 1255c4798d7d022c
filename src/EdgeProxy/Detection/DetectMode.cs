namespace EdgeProxy.Detection;

/// <summary>Which requests of a route are streams.</summary>
internal enum DetectMode
{
    /// <summary>What the request itself asks for.</summary>
    Auto,

    /// <summary>All that can be one.</summary>
    Always,

    /// <summary>None.</summary>
    Never,
}
