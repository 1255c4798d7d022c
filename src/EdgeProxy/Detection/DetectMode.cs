namespace EdgeProxy.Detection;

/// <summary>Which requests of a route are streams.</summary>
internal enum DetectMode
{
    /// <summary>Those that ask for one, by path, body or headers.</summary>
    Auto,

    /// <summary>All that can be one: upgrades, gRPC, HEAD and OPTIONS requests cannot.</summary>
    Always,

    /// <summary>None.</summary>
    Never,
}
